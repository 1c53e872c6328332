// Paints images, maps and heat on canvases, a pixel a place; style sheets enlarge them with hard pixels.
import { level, palette } from './palette'
import { largest, type LayerMaps } from './seen'

/** A unit's map; `most` is the value of the strongest color. */
export function paintMap(
  canvas: HTMLCanvasElement,
  maps: LayerMaps,
  unit: number,
  most: number,
  signed: boolean
): void {
  const own = largest(maps, unit)
  const colors = palette(signed)
  const levels = Uint8Array.from({ length: 256 }, (_, byte) =>
    level((maps.signed ? (byte - 128) / 127 : byte / 255) * own, most, signed)
  )
  const size = maps.rows * maps.columns
  const bytes = maps.values.subarray(unit * size, (unit + 1) * size)
  paint(canvas, maps.rows, maps.columns, (pixels) => {
    for (let place = 0; place < size; place++) {
      const from = 4 * levels[bytes[place]!]!
      pixels.set(colors.subarray(from, from + 4), 4 * place)
    }
  })
}

/** Numbers, colored from -`most` or 0 to `most`. */
export function paintValues(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  rows: number,
  columns: number,
  most: number,
  signed: boolean
): void {
  const colors = palette(signed)
  paint(canvas, rows, columns, (pixels) => {
    for (let place = 0; place < values.length; place++) {
      const from = 4 * level(values[place]!, most, signed)
      pixels.set(colors.subarray(from, from + 4), 4 * place)
    }
  })
}

/** An image (bytes, channel by channel), in gray where a map will lie over it. */
export function paintImage(canvas: HTMLCanvasElement, image: Uint8Array, input: number[], gray = false): void {
  const [channels, rows, columns] = input as [number, number, number]
  const size = rows * columns
  paint(canvas, rows, columns, (pixels) => {
    for (let place = 0; place < size; place++) {
      const color = [0, 1, 2].map((channel) => image[(channels === 1 ? 0 : channel) * size + place]!)
      const mean = gray ? (color[0]! + color[1]! + color[2]!) / 3 : 0
      for (let channel = 0; channel < 3; channel++) pixels[4 * place + channel] = gray ? mean : color[channel]!
      pixels[4 * place + 3] = 255
    }
  })
}

/** The value of a heat map's strongest color: 99 of 100 places are no larger, so that one pixel does not darken all. */
export function heatLimit(values: Float32Array): number {
  const sizes = values.map(Math.abs).sort()
  return sizes[Math.floor(0.99 * (sizes.length - 1))]! || sizes.at(-1)! || 1
}

/** A heat map to lie over its image in gray: the stronger, the less of that is left. */
export function paintHeat(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  rows: number,
  columns: number,
  signed: boolean
): void {
  const colors = palette(signed)
  const most = heatLimit(values)
  paint(canvas, rows, columns, (pixels) => {
    for (let place = 0; place < values.length; place++) {
      const strength = Math.min(1, Math.abs(values[place]!) / most)
      const tone = signed ? Math.sign(values[place]!) * most : values[place]!
      const from = 4 * level(tone, most, signed)
      pixels.set(colors.subarray(from, from + 3), 4 * place)
      pixels[4 * place + 3] = 255 * (signed ? 0.9 * strength : 0.35 + 0.6 * strength)
    }
  })
}

function paint(
  canvas: HTMLCanvasElement,
  rows: number,
  columns: number,
  fill: (pixels: Uint8ClampedArray) => void
): void {
  canvas.width = columns
  canvas.height = rows
  const pen = canvas.getContext('2d')!
  const data = pen.createImageData(columns, rows)
  fill(data.data)
  pen.putImageData(data, 0, 0)
}
