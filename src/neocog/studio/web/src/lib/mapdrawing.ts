// A map as a drawing of its own, to be saved: one path a group, its legend below, the whole of it whatever is in view.
import type { MapPoints } from './answers'
import { midst, type Coloring, type Group } from './coloring'
import { drawn } from './drawn'
import { shapePath } from './marks'
import { Extent, Screen } from './plane'

const SVG = 'http://www.w3.org/2000/svg'
const WIDTH = 960
const HEIGHT = 720
const LINE = 24
const COLUMN = 160

/** A map with its title as a drawing; it stands out of sight in the page while its colors are read. */
export async function mapDrawing(
  points: MapPoints,
  groups: Group[],
  coloring: Coloring,
  title: string
): Promise<string> {
  const drawing = laidOut(points, groups, coloring, title)
  drawing.style.position = 'fixed'
  drawing.style.left = '-9999px'
  document.body.append(drawing)
  try {
    return await drawn(drawing)
  } finally {
    drawing.remove()
  }
}

function laidOut(points: MapPoints, groups: Group[], coloring: Coloring, title: string): SVGSVGElement {
  const columns = Math.floor(WIDTH / COLUMN)
  const legend = LINE + HEIGHT
  const height = legend + LINE * (1 + Math.ceil(groups.length / columns))
  const drawing = element('svg', { width: WIDTH, height }) as SVGSVGElement
  const extent = new Extent(points.x, points.y)
  const screen = new Screen(extent.whole, WIDTH, HEIGHT, extent)
  const radius = points.files.length > 4000 ? 2 : 3
  const place = (at: number): [number, number] => [screen.across(points.x[at]!), LINE + screen.down(points.y[at]!)]
  for (const { mark, members, name } of groups) {
    const size = coloring === 'mistakes' && name === 'mistakes' ? 1.5 * radius : radius
    const outline = members.map((at) => shapePath(mark.shape, ...place(at), size)).join('')
    drawing.append(element('path', { d: outline, fill: mark.color, 'fill-opacity': 0.8 }))
  }
  groups.forEach(({ mark, members, name }, index) => {
    if (coloring !== 'mistakes') drawing.append(text(name, ...place(midst(points, members)), 'middle', 600))
    const [x, y] = [COLUMN * (index % columns), legend + LINE * (1 + Math.floor(index / columns))]
    drawing.append(element('path', { d: shapePath(mark.shape, x + 8, y, 5), fill: mark.color }))
    drawing.append(text(`${name} (${members.length})`, x + 20, y, 'start', 400))
  })
  drawing.append(text(title, 0, LINE / 2, 'start', 600))
  return drawing
}

function text(words: string, x: number, y: number, anchor: string, weight: number): SVGElement {
  const found = element('text', {
    x,
    y: y + 4,
    fill: 'var(--text)',
    'font-size': 13,
    'font-weight': weight,
    'text-anchor': anchor,
    stroke: 'var(--card)',
    'stroke-width': 4,
    'stroke-linejoin': 'round',
    'paint-order': 'stroke'
  })
  found.textContent = words
  return found
}

function element(name: string, attributes: Record<string, string | number>): SVGElement {
  const found = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, String(value))
  return found
}
