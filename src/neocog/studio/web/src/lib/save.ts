// Keeps what a figure shows: its drawing as SVG or PNG, and its numbers as CSV.

export type Cell = string | number | null

export function saveCsv(name: string, head: string[], rows: Cell[][]): void {
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

/** A drawing in twice its size, for screens and print. */
export async function savePng(name: string, drawing: string): Promise<void> {
  const address = URL.createObjectURL(new Blob([drawing], { type: 'image/svg+xml' }))
  const image = new Image()
  image.src = address
  await image.decode()
  URL.revokeObjectURL(address)
  const canvas = document.createElement('canvas')
  canvas.width = 2 * image.naturalWidth
  canvas.height = 2 * image.naturalHeight
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
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name.replace(/[^\w.-]+/g, '-')
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
