// A part of the page as one drawing (SVG): texts, drawings, pictures and grounds where they stand, in the colors of now.
// So whatever can be looked at can be kept, a table or a strip of pictures as well as a chart.

const MARGIN = 16
/** What is for the hand and not for the eye; a choice says what is shown. */
const LEFT_OUT = '[data-unsaved], button:not([aria-pressed]):not(:has(img)), [type="range"], [type="checkbox"]'
/** What style sheets say of a drawing's parts that its copy must say itself. */
const INHERITED = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'shape-rendering'
] as const

interface Corner {
  x: number
  y: number
}
interface Sheet {
  parts: string[]
  right: number
  bottom: number
}

/** The drawing of an element and all in it, also of what its scrolled parts hide. */
export async function drawn(element: Element): Promise<string> {
  const box = element.getBoundingClientRect()
  const sheet: Sheet = { parts: [], right: box.width, bottom: box.height }
  await put(sheet, element, { x: box.left, y: box.top }, 1)
  const [width, height] = [Math.ceil(sheet.right) + 2 * MARGIN, Math.ceil(sheet.bottom) + 2 * MARGIN]
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" ` +
    `width="${width}" height="${height}"><rect x="${-MARGIN}" y="${-MARGIN}" width="${width}" height="${height}" ` +
    `fill="${token('--card')}"/>${sheet.parts.join('')}</svg>`
  )
}

async function put(sheet: Sheet, element: Element, origin: Corner, opacity: number): Promise<void> {
  const style = getComputedStyle(element)
  if (element.matches(LEFT_OUT) || style.display === 'none' || style.clipPath !== 'none') return
  const seen = opacity * Number(style.opacity)
  const box = element.getBoundingClientRect()
  const at = { x: box.left - origin.x, y: box.top - origin.y }
  const place = `x="${round(at.x)}" y="${round(at.y)}" width="${round(box.width)}" height="${round(box.height)}"`
  sheet.right = Math.max(sheet.right, at.x + box.width)
  sheet.bottom = Math.max(sheet.bottom, at.y + box.height)
  if (element instanceof SVGSVGElement) {
    sheet.parts.push(`<svg ${place} opacity="${seen}" overflow="visible">${content(element)}</svg>`)
    return
  }
  if (element instanceof HTMLImageElement || element instanceof HTMLCanvasElement) {
    const source =
      element instanceof HTMLCanvasElement ? element.toDataURL() : await embedded(element.currentSrc || element.src)
    const way = style.imageRendering === 'pixelated' ? ' style="image-rendering: pixelated"' : ''
    const fit = style.objectFit === 'fill' ? ' preserveAspectRatio="none"' : ''
    sheet.parts.push(`<image href="${source}" ${place} opacity="${seen}"${fit}${way}/>`)
    return
  }
  const ground = solid(style.backgroundColor)
  if (ground !== 'none')
    sheet.parts.push(
      `<rect ${place} rx="${parseFloat(style.borderTopLeftRadius) || 0}" fill="${ground}" opacity="${seen}"/>`
    )
  if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) {
    const told = element instanceof HTMLSelectElement ? (element.selectedOptions[0]?.text ?? '') : element.value
    write(sheet, told, style, at.x + parseFloat(style.paddingLeft), at.y + box.height / 2, seen)
    return
  }
  const inside = { x: origin.x - element.scrollLeft, y: origin.y - element.scrollTop }
  for (const child of element.childNodes) {
    if (child instanceof Text) putText(sheet, child, element, inside, seen)
    else if (child instanceof Element) await put(sheet, child, inside, seen)
  }
}

/** A text, line by line as the page broke it; where the page cut it short, so is it here. */
function putText(sheet: Sheet, text: Text, parent: Element, origin: Corner, opacity: number): void {
  if (!text.data.trim()) return
  const style = getComputedStyle(parent)
  const cut = style.textOverflow === 'ellipsis' && parent.scrollWidth > parent.clientWidth
  const limit = cut ? parent.getBoundingClientRect().right - 12 : Infinity
  const range = document.createRange()
  let line = { told: '', left: 0, top: NaN, middle: 0 }
  const end = () => line.told.trim() && write(sheet, line.told.trimEnd(), style, line.left, line.middle, opacity)
  for (let index = 0; index < text.length; index++) {
    range.setStart(text, index)
    range.setEnd(text, index + 1)
    const box = range.getBoundingClientRect()
    if (!box.width) continue
    const letter = /[ \t\n]/.test(text.data[index]!) ? ' ' : text.data[index]!
    if (Math.abs(box.top - line.top) > 2 || Number.isNaN(line.top)) {
      end()
      line = { told: '', left: box.left - origin.x, top: box.top, middle: box.top + box.height / 2 - origin.y }
    }
    if (!line.told && letter === ' ') line.top = NaN
    else if (box.right <= limit) line.told += letter
    else {
      line.told += '…'
      break
    }
  }
  end()
}

function write(
  sheet: Sheet,
  told: string,
  style: CSSStyleDeclaration,
  left: number,
  middle: number,
  opacity: number
): void {
  const family = style.fontFamily.replaceAll('"', "'")
  sheet.parts.push(
    `<text x="${round(left)}" y="${round(middle)}" dominant-baseline="central" font-family="${family}" ` +
      `font-size="${style.fontSize}" font-weight="${style.fontWeight}" fill="${solid(style.color)}" ` +
      `opacity="${opacity}" style="white-space: pre">${escaped(told)}</text>`
  )
}

/** What stands in a drawing, its style written into it. */
function content(drawing: SVGSVGElement): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement
  const none = Object.fromEntries(INHERITED.map((name) => [name, '']))
  inlined(drawing, copy, none)
  for (const sheet of copy.querySelectorAll('style')) sheet.remove()
  const group = document.createElementNS('http://www.w3.org/2000/svg', 'g')
  for (const name of INHERITED) if (copy.hasAttribute(name)) group.setAttribute(name, copy.getAttribute(name)!)
  group.append(...copy.childNodes)
  return new XMLSerializer().serializeToString(group)
}

function inlined(from: Element, to: Element, above: Record<string, string>): void {
  const style = getComputedStyle(from)
  const told: Record<string, string> = {}
  for (const name of INHERITED) {
    const value = style.getPropertyValue(name)
    told[name] = /^(color|oklab|oklch)/.test(value) ? solid(value) : value
    if (told[name] === above[name]) to.removeAttribute(name)
    else to.setAttribute(name, told[name])
  }
  if (style.opacity !== '1') to.setAttribute('opacity', style.opacity)
  for (const name of ['style', 'class', 'href', 'tabindex']) to.removeAttribute(name)
  for (let index = 0; index < from.children.length; index++) inlined(from.children[index]!, to.children[index]!, told)
}

async function embedded(address: string): Promise<string> {
  if (address.startsWith('data:')) return address
  const blob = await (await fetch(address)).blob()
  if (!blob.type.startsWith('image/')) return '' // it cannot be shown, and so it is not
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result as string)
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(blob)
  })
}

const known = new Map<string, string>()
let pot: OffscreenCanvasRenderingContext2D | null = null

/** A color as every program reads it, whatever mixture it is written as. */
function solid(color: string): string {
  const before = known.get(color)
  if (before) return before
  pot ??= new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!
  pot.clearRect(0, 0, 1, 1)
  pot.fillStyle = color
  pot.fillRect(0, 0, 1, 1)
  const [red, green, blue, alpha] = [...pot.getImageData(0, 0, 1, 1).data] as [number, number, number, number]
  const found = alpha ? `rgba(${red}, ${green}, ${blue}, ${round(alpha / 255)})` : 'none'
  known.set(color, found)
  return found
}

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const round = (value: number) => Math.round(100 * value) / 100
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
