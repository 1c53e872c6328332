// Figures as a reader wants them, in the same words as the report and the terminal.
import type { Share } from './answers'

/** A percent sign that stays with its number. */
const UNIT = '\u00a0%'

/** A share in percent, never rounded up to a 100 % or down to a 0 % that it is not. */
export function percent(share: number): string {
  if (share === 0 || share === 1) return `${share * 100}${UNIT}`
  for (let digits = 1; digits < 6; digits++) {
    const text = (100 * share).toFixed(digits)
    if (Number(text) !== 0 && Number(text) !== 100) return `${text}${UNIT}`
  }
  return `${100 * share}${UNIT}`
}

/** The 95 % interval of a share: "94.4 to 99.1 %". */
export function interval(share: { low: number; high: number }): string {
  return `${percent(share.low).replace(UNIT, '')} to ${percent(share.high)}`
}

export function withInterval(share: Share): string {
  return `${percent(share.value)} (${interval(share)})`
}

export function whole(value: number): string {
  return value.toLocaleString('en-US')
}

/** A tick of an axis of epochs along which steps lie between: only whole epochs have a number. */
export function wholeEpoch(value: number): string {
  return Number.isInteger(value) ? whole(value) : ''
}

/** A number with so many places, a true minus, and no zero below zero. */
export function fixed(value: number, places = 2): string {
  const text = value.toFixed(places)
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−')
}

/** A number with its noun: "1 image", "2 classes". */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${whole(value)} ${value === 1 ? noun : plural}`
}

/** A large number in three digits: 61.7 k, 4.1 G. */
export function compact(value: number): string {
  const units = ['', ' k', ' M', ' G', ' T']
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit && value < 99.95 ? 1 : 0
  return value.toFixed(digits) + units[unit]
}

export function bytes(value: number): string {
  return `${compact(value).replace(/(\d)$/, '$1 ')}B`
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')} min`
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')} h`
}

/** When something was: the time today, else the date. */
export function when(iso: string): string {
  const date = new Date(iso)
  const today = date.toDateString() === new Date().toDateString()
  return today
    ? date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

/** A shape or extent: 16×5×5. */
export function extents(sides: number[]): string {
  return sides.map((side) => (Number.isInteger(side) ? String(side) : side.toFixed(2))).join('×')
}

/** The beginning of a sentence: a capital first, but not where it begins with a file or the like. */
export function sentence(text: string): string {
  return /^\S*[\d/\\._]\S*[^\s.,:;]/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)
}

/** The end of a sentence: a full stop last, but none after a question. */
export function ended(text: string): string {
  return /[.?!]$/.test(text) || !text ? text : `${text}.`
}

/** A whole sentence: a capital first, and its end. */
export function full(text: string): string {
  return ended(sentence(text))
}
