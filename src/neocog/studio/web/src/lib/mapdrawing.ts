// A map as a drawing of its own, to be saved: one path a group, its legend below, the whole of it whatever is in view.
import type { MapPoints } from './answers'
import { midst, type Coloring, type Group } from './coloring'
import { shapePath } from './marks'
import { Extent, Screen } from './plane'
import { color, sheet, text } from './svg'

const WIDTH = 960
const HEIGHT = 720
const LINE = 24
const COLUMN = 160

/** A map as SVG, in the colors of now, under a title. */
export function mapDrawing(points: MapPoints, groups: Group[], coloring: Coloring, title: string): string {
  const columns = Math.floor(WIDTH / COLUMN)
  const height = HEIGHT + LINE * (2 + Math.ceil(groups.length / columns))
  const extent = new Extent(points.x, points.y)
  const screen = new Screen(extent.whole, WIDTH, HEIGHT, extent)
  const radius = points.files.length > 4000 ? 2 : 3
  const place = (at: number): [number, number] => [screen.across(points.x[at]!), LINE + screen.down(points.y[at]!)]
  const parts = [text(title, 0, 8, 'font-weight="600" font-size="15"')]
  for (const { mark, members, name } of groups) {
    const size = coloring === 'mistakes' && name === 'mistakes' ? 1.5 * radius : radius
    const outline = members.map((at) => shapePath(mark.shape, ...place(at), size)).join('')
    parts.push(`<path d="${outline}" fill="${color(mark.color)}" fill-opacity="0.8"/>`)
  }
  groups.forEach(({ mark, members, name }, index) => {
    const halo = `text-anchor="middle" font-weight="600" stroke="${color('var(--card)')}" stroke-width="4"`
    if (coloring !== 'mistakes')
      parts.push(text(name, ...place(midst(points, members)), `${halo} stroke-linejoin="round" paint-order="stroke"`))
    const [x, y] = [COLUMN * (index % columns), HEIGHT + LINE * (2 + Math.floor(index / columns))]
    parts.push(`<path d="${shapePath(mark.shape, x + 8, y, 5)}" fill="${color(mark.color)}"/>`)
    parts.push(text(`${name} (${members.length})`, x + 20, y))
  })
  return sheet(WIDTH, height, parts)
}
