// Numbers as colors on a canvas: magnitudes in cividis, signed numbers from blue over the ground to red.
import { cividis } from './cividis'

export type Palette = Uint8ClampedArray

const LEVELS = 256
const AGAINST = [47, 111, 208]
const FOR = [207, 68, 54]

let kept: { ground: string; signed: Palette; magnitude: Palette } | null = null

/** The colors of 256 levels (RGBA): of -1 to 1 where there is a sign, else of 0 to 1. */
export function palette(signed: boolean): Palette {
  const ground = getComputedStyle(document.documentElement).getPropertyValue('--ground').trim()
  if (kept?.ground !== ground) kept = { ground, signed: diverging(ground), magnitude: sequential() }
  return signed ? kept.signed : kept.magnitude
}

function sequential(): Palette {
  const canvas = document.createElement('canvas')
  canvas.width = LEVELS
  canvas.height = 1
  const pen = canvas.getContext('2d', { willReadFrequently: true })!
  for (let level = 0; level < LEVELS; level++) {
    pen.fillStyle = cividis(level / (LEVELS - 1))
    pen.fillRect(level, 0, 1, 1)
  }
  return pen.getImageData(0, 0, LEVELS, 1).data
}

function diverging(ground: string): Palette {
  const middle = [1, 3, 5].map((place) => parseInt(ground.slice(place, place + 2), 16))
  const found = new Uint8ClampedArray(4 * LEVELS)
  for (let level = 0; level < LEVELS; level++) {
    const value = Math.max(-1, (level - 128) / 127)
    const strength = Math.abs(value) ** 0.8
    const end = value < 0 ? AGAINST : FOR
    for (let channel = 0; channel < 3; channel++)
      found[4 * level + channel] = (1 - strength) * middle[channel]! + strength * end[channel]!
    found[4 * level + 3] = 255
  }
  return found
}

/** The level of a value that is at most `most` in size. */
export function level(value: number, most: number, signed: boolean): number {
  const scaled = most ? value / most : 0
  return signed
    ? Math.round(128 + 127 * Math.max(-1, Math.min(1, scaled)))
    : Math.round(255 * Math.max(0, Math.min(1, scaled)))
}
