// Drawings that are written and not copied from the page, for what of a view is out of sight when it is saved.
import { resolved } from './marks'

const MARGIN = 16

/** A drawing of a size and its margin, on the ground of a card. */
export function sheet(width: number, height: number, parts: string[]): string {
  const [wide, high] = [Math.ceil(width) + 2 * MARGIN, Math.ceil(height) + 2 * MARGIN]
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} ${-MARGIN} ${wide} ${high}" width="${wide}" ` +
    `height="${high}" font-family="system-ui, sans-serif" font-size="13"><rect x="${-MARGIN}" y="${-MARGIN}" ` +
    `width="${wide}" height="${high}" fill="${color('var(--card)')}"/>${parts.join('')}</svg>`
  )
}

/** A line of text, its middle at a height. */
export function text(words: string, x: number, y: number, more = '', tone = 'var(--text)'): string {
  return `<text x="${x.toFixed(1)}" y="${(y + 4).toFixed(1)}" fill="${color(tone)}" ${more}>${escaped(words)}</text>`
}

export function rectangle(x: number, y: number, width: number, height: number, tone: string, more = ''): string {
  const place = [x, y, width, height].map((each) => each.toFixed(1))
  return `<rect x="${place[0]}" y="${place[1]}" width="${place[2]}" height="${place[3]}" fill="${color(tone)}" ${more}/>`
}

/** A picture with hard pixels, which lies in the drawing itself; `told` is what it shows. */
export function picture(
  canvas: HTMLCanvasElement,
  x: number,
  y: number,
  width: number,
  height: number,
  told = ''
): string {
  const place = [x, y, width, height].map((each) => each.toFixed(1))
  return (
    `<image href="${canvas.toDataURL()}" x="${place[0]}" y="${place[1]}" width="${place[2]}" height="${place[3]}" ` +
    `preserveAspectRatio="none" style="image-rendering: pixelated"><title>${escaped(told)}</title></image>`
  )
}

/** A color of the look, as every program reads it. */
export function color(token: string): string {
  return `rgb(${resolved(token).join(', ')})`
}

export function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
