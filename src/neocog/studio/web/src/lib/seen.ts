// What a network makes of an image, as bytes: its answer, the prepared image, and the maps of every layer.
import type { Seen, SeenMaps } from './answers'
import { bytes as fetched } from './api'
import type { Table } from './save'

export interface LayerMaps extends SeenMaps {
  low: Float32Array
  high: Float32Array
  /** A byte a place, unit by unit; empty for a layer of single numbers. */
  values: Uint8Array
}

export interface Look extends Omit<Seen, 'layers'> {
  /** The prepared image, channel by channel. */
  pixels: Uint8Array
  layers: Map<string, LayerMaps>
}

export async function look(path: string, input: number[], body?: Blob, signal?: AbortSignal): Promise<Look> {
  return unpacked(await fetched(path, body, signal), input)
}

function unpacked(buffer: ArrayBuffer, input: number[]): Look {
  let place = 4 + new DataView(buffer).getUint32(0, true)
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, place - 4))) as Seen
  const take = (count: number) => {
    place += count
    return buffer.slice(place - count, place)
  }
  const pixels = new Uint8Array(take(input.reduce((product, side) => product * side, 1)))
  const layers = new Map<string, LayerMaps>()
  for (const layer of head.layers) {
    const low = new Float32Array(take(4 * layer.units))
    const high = new Float32Array(take(4 * layer.units))
    layers.set(layer.path, {
      ...layer,
      low,
      high,
      values: new Uint8Array(take(layer.units * layer.rows * layer.columns))
    })
  }
  return { ...head, pixels, layers }
}

/** The largest magnitude of a unit. */
export function largest(maps: LayerMaps, unit: number): number {
  return Math.max(Math.abs(maps.low[unit]!), Math.abs(maps.high[unit]!))
}

/** The value that a byte stands for, as near as a byte can say it. */
export function valueAt(maps: LayerMaps, unit: number, row: number, column: number): number {
  if (!maps.rows) return maps.low[unit]!
  const byte = maps.values[(unit * maps.rows + row) * maps.columns + column]!
  return (maps.signed ? (byte - 128) / 127 : byte / 255) * largest(maps, unit)
}

/** Numbers that came as base64 of float32. */
export function numbers(text: string): Float32Array {
  const raw = atob(text)
  const bytes = new Uint8Array(raw.length)
  for (let place = 0; place < raw.length; place++) bytes[place] = raw.charCodeAt(place)
  return new Float32Array(bytes.buffer)
}

/** Numbers of rows and columns as a table. */
export function grid(values: Float32Array, rows: number, columns: number): Table {
  return {
    head: ['row', ...Array.from({ length: columns }, (_, column) => `column ${column}`)],
    rows: Array.from({ length: rows }, (_, row) => [row, ...values.subarray(row * columns, (row + 1) * columns)])
  }
}

/** A number in three digits. */
export function short(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  const text = size >= 1000 || size < 0.001 ? value.toExponential(1) : value.toPrecision(3)
  return text.replaceAll('-', '−')
}

/** A number in one or two digits, for little room. */
export function brief(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 10_000 || size < 0.0095) return value.toExponential(0).replaceAll('-', '−')
  return (size >= 9.95 ? value.toFixed(0) : value.toPrecision(size < 0.095 ? 1 : 2)).replace('-', '−')
}

/** A place in all maps at once: a part of their width and height. */
export interface Pointed {
  path: string
  unit: number
  x: number
  y: number
}

export function placeAt(maps: { rows: number; columns: number }, pointed: Pointed): [number, number] {
  return [Math.floor(pointed.y * maps.rows), Math.floor(pointed.x * maps.columns)]
}
