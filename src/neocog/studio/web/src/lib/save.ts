// Keeps what a figure shows: as SVG and PNG with their colors put in, and its numbers as CSV.

export type Cell = string | number | null

export function saveCsv(name: string, head: string[], rows: Cell[][]): void {
  const quoted = (cell: Cell) => {
    const text = cell === null ? '' : String(cell)
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const text = [head, ...rows].map((row) => row.map(quoted).join(',')).join('\n') + '\n'
  saveBlob(`${name}.csv`, new Blob([text], { type: 'text/csv' }))
}

export function saveSvg(name: string, drawing: SVGSVGElement, title: string): void {
  saveBlob(`${name}.svg`, new Blob([standalone(drawing, title).text], { type: 'image/svg+xml' }))
}

export async function savePng(name: string, drawing: SVGSVGElement, title: string): Promise<void> {
  const { text, width, height } = standalone(drawing, title)
  const address = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }))
  const image = new Image()
  image.src = address
  await image.decode()
  URL.revokeObjectURL(address)
  const canvas = document.createElement('canvas')
  canvas.width = 2 * width
  canvas.height = 2 * height
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
  canvas.toBlob((blob) => blob && saveBlob(`${name}.png`, blob))
}

/** Keep what is painted on a canvas, enlarged by whole pixels where it is small. */
export function saveCanvas(name: string, painted: HTMLCanvasElement): void {
  const times = Math.max(1, Math.floor(480 / Math.max(painted.width, painted.height)))
  const canvas = document.createElement('canvas')
  canvas.width = times * painted.width
  canvas.height = times * painted.height
  const pen = canvas.getContext('2d')!
  pen.imageSmoothingEnabled = false
  pen.drawImage(painted, 0, 0, canvas.width, canvas.height)
  canvas.toBlob((blob) => blob && saveBlob(`${name}.png`, blob))
}

const MARGIN = 16
const TITLE = 32

/** A drawing on its own, in the page's present colors, with its title above it. */
function standalone(drawing: SVGSVGElement, title: string): { text: string; width: number; height: number } {
  const box = drawing.getBoundingClientRect()
  const width = Math.ceil(box.width) + 2 * MARGIN
  const height = Math.ceil(box.height) + 2 * MARGIN + TITLE
  const copy = drawing.cloneNode(true) as SVGSVGElement
  copy.setAttribute('width', String(box.width))
  copy.setAttribute('height', String(box.height))
  copy.setAttribute('x', String(MARGIN))
  copy.setAttribute('y', String(MARGIN + TITLE))
  inlined(drawing, copy)
  const inner = new XMLSerializer().serializeToString(copy)
  const escaped = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const text =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, sans-serif">` +
    `<rect width="100%" height="100%" fill="var(--card)"/>` +
    `<text x="${MARGIN}" y="${MARGIN + 12}" font-size="15" font-weight="600" fill="var(--text)">${escaped}</text>` +
    `${inner}</svg>`
  const tokens = getComputedStyle(document.documentElement)
  return {
    text: text.replace(/var\((--[\w-]+)\)/g, (_, name: string) => tokens.getPropertyValue(name).trim()),
    width,
    height
  }
}

const KEPT = [
  'fill',
  'stroke',
  'font-size',
  'font-family',
  'font-weight',
  'text-anchor',
  'opacity',
  'fill-opacity'
] as const

/** Write what style sheets say of an element into the copy, which will have none. */
function inlined(from: Element, to: Element): void {
  const style = getComputedStyle(from)
  for (const name of KEPT) to.setAttribute(name, style.getPropertyValue(name))
  for (let index = 0; index < from.children.length; index++) inlined(from.children[index]!, to.children[index]!)
}

export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name.replace(/[^\w.-]+/g, '-')
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
