// The mark of a class: eight colors in fixed order, and where they run out the next shape.
import { seriesColor } from './series'

const COLORS = 8

/** The shapes, as outlines within -1 to 1; the fragment shader of `points.ts` draws the same ones in this order. */
export const SHAPES = ['circle', 'square', 'triangle', 'diamond'] as const
export type Shape = (typeof SHAPES)[number]

export interface Mark {
  color: string
  shape: Shape
}

export function classMark(index: number): Mark {
  return { color: seriesColor(index), shape: SHAPES[Math.floor(index / COLORS) % SHAPES.length]! }
}

/** A shape as an SVG path around a place. */
export function shapePath(shape: Shape, x: number, y: number, radius: number): string {
  const at = (across: number, down: number) => `${(x + across * radius).toFixed(1)} ${(y + down * radius).toFixed(1)}`
  const r = radius.toFixed(1)
  switch (shape) {
    case 'circle':
      return `M${at(-1, 0)}a${r} ${r} 0 1 0 ${(2 * radius).toFixed(1)} 0a${r} ${r} 0 1 0 ${(-2 * radius).toFixed(1)} 0z`
    case 'square':
      return `M${at(-0.86, -0.86)}L${at(0.86, -0.86)}L${at(0.86, 0.86)}L${at(-0.86, 0.86)}z`
    case 'triangle':
      return `M${at(0, -1)}L${at(1, 0.86)}L${at(-1, 0.86)}z`
    case 'diamond':
      return `M${at(0, -1.1)}L${at(1.1, 0)}L${at(0, 1.1)}L${at(-1.1, 0)}z`
  }
}

/** What a token of the look, such as `var(--series-1)`, is at present: red, green and blue from 0 to 255. */
export function resolved(color: string): [number, number, number] {
  const name = color.replace(/^var\((.*)\)$/, '$1')
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const long = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, '$&$&') : hex
  return [1, 3, 5].map((at) => Number.parseInt(long.slice(at, at + 2), 16)) as [number, number, number]
}
