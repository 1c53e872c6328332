// All units of a layer as a drawing: their maps, or their numbers as bars, each with its number and its range.
import type { SeenLayer } from './answers'
import { extents } from './format'
import { paintMap } from './paint'
import { brief, largest, type LayerMaps } from './seen'
import { picture, rectangle, sheet, text } from './svg'

const SIDE = 72
const BAR = 64
const LINE = 18
const GAP = 12
const HEAD = 28
/** How much wider than high the whole is made, as far as it goes. */
const WIDE = 1.6

/** A layer as SVG; `sets` are the maps of the image, and of the one beside it; `names` those of the units. */
export function stripDrawing(layer: SeenLayer, sets: LayerMaps[], names: string[] | null): string {
  const [first] = sets as [LayerMaps]
  const bars = !first.rows
  const scale = SIDE / Math.max(1, first.rows, first.columns)
  const [wide, tall] = bars ? [SIDE, BAR] : [scale * first.columns, scale * first.rows]
  const width = SIDE + GAP
  const height = LINE + sets.length * (tall + LINE) + GAP
  const lines = Math.ceil(first.units / Math.ceil(Math.sqrt((WIDE * first.units * height) / width)))
  const across = Math.ceil(first.units / lines)
  const signed = sets.some((maps) => maps.signed)
  const top = Math.max(1e-30, ...sets.map((maps) => maps.low.reduce((most, each) => Math.max(most, Math.abs(each)), 0)))
  const told = `${layer.path} · ${layer.kind} · ${extents(layer.shape)} · sees ${extents(layer.sees)}`
  const parts = [text(told, 0, 6, 'font-weight="600" font-size="15"')]
  const canvas = document.createElement('canvas')
  for (let unit = 0; unit < first.units; unit++) {
    const x = width * (unit % across)
    let y = HEAD + height * Math.floor(unit / across)
    parts.push(text(names?.[unit] ?? String(unit), x, y + LINE / 2 - 2))
    y += LINE
    const most = Math.max(...sets.map((maps) => largest(maps, unit)))
    for (const maps of sets) {
      const [low, high] = [maps.low[unit]!, maps.high[unit]!]
      if (bars) {
        const long = (Math.abs(low) / top) * (signed ? BAR / 2 : BAR)
        const ground = y + (signed ? BAR / 2 : BAR)
        parts.push(rectangle(x, y, wide, tall, 'var(--hover)'))
        parts.push(rectangle(x, low < 0 ? ground : ground - long, wide, long, `var(--${low < 0 ? 'quiet' : 'accent'})`))
      } else {
        paintMap(canvas, maps, unit, most, signed)
        parts.push(picture(canvas, x, y, wide, tall, `unit ${unit}`))
      }
      const range = low === high ? brief(low) : `${brief(low)}…${brief(high)}`
      parts.push(text(range, x, y + tall + LINE / 2, 'font-size="12"', 'var(--quiet)'))
      y += tall + LINE
    }
  }
  return sheet(width * across - GAP, HEAD + height * lines - GAP, parts)
}
