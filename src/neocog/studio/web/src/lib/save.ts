// Keeps what a figure shows: its drawing as SVG or PNG, and its numbers as CSV.

export type Cell = string | number | null

export interface Table {
  head: string[]
  rows: Cell[][]
}

export function saveCsv(name: string, { head, rows }: Table): void {
  const quoted = (cell: Cell) => {
    const text = cell === null ? '' : String(cell)
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const text = [head, ...rows].map((row) => row.map(quoted).join(',')).join('\n') + '\n'
  saveBlob(`${name}.csv`, new Blob([text], { type: 'text/csv' }))
}

export function saveSvg(name: string, drawing: string): void {
  saveBlob(`${name}.svg`, new Blob([drawing], { type: 'image/svg+xml' }))
}

/** The longest side of a picture that every browser can paint, in pixels. */
const MOST_SIDE = 8192

/** A drawing in twice its size, for screens and print; a very large one in as much as can be painted. */
export async function savePng(name: string, drawing: string): Promise<void> {
  const address = URL.createObjectURL(new Blob([drawing], { type: 'image/svg+xml' }))
  const image = new Image()
  image.src = address
  await image.decode()
  URL.revokeObjectURL(address)
  const canvas = document.createElement('canvas')
  const times = Math.min(2, MOST_SIDE / Math.max(image.naturalWidth, image.naturalHeight))
  canvas.width = Math.round(times * image.naturalWidth)
  canvas.height = Math.round(times * image.naturalHeight)
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

export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob)
  saveAddress(name, address)
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** Keep what lies at an address. */
export function saveAddress(name: string, address: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = name.replace(/[^\w.-]+/g, '-')
  link.click()
}
