// The plane of a map: what part of it is in view, where a point lies on the screen, and what a lasso holds.

export interface Point {
  x: number
  y: number
}

/** The place in the middle of the view, and how many times larger than the whole it is shown. */
export interface View extends Point {
  zoom: number
}

export const WHOLE_ZOOM = 1
const MOST_ZOOM = 400
const LEAST_ZOOM = 0.5
/** The share of the view that the whole map takes. */
const FILLED = 0.92

/** The box around all points: its middle, and half its sides. */
export class Extent {
  readonly middle: Point
  private readonly half: Point

  constructor(x: number[], y: number[]) {
    const [left, right] = ends(x)
    const [bottom, top] = ends(y)
    this.middle = { x: (left + right) / 2, y: (bottom + top) / 2 }
    this.half = { x: Math.max((right - left) / 2, 1e-6), y: Math.max((top - bottom) / 2, 1e-6) }
  }

  get whole(): View {
    return { ...this.middle, zoom: WHOLE_ZOOM }
  }

  /** Pixels a unit where the whole is in view. */
  fit(width: number, height: number): number {
    return FILLED * Math.min(width / (2 * this.half.x), height / (2 * this.half.y))
  }
}

function ends(values: number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

/** A view on a screen of some size; `scale` is pixels a unit, and y goes up on the map and down on the screen. */
export class Screen {
  readonly scale: number

  constructor(
    readonly view: View,
    readonly width: number,
    readonly height: number,
    extent: Extent
  ) {
    this.scale = extent.fit(width, height) * view.zoom
  }

  across(x: number): number {
    return this.width / 2 + (x - this.view.x) * this.scale
  }

  down(y: number): number {
    return this.height / 2 - (y - this.view.y) * this.scale
  }

  /** The place of the map under a pixel. */
  under(across: number, down: number): Point {
    return {
      x: this.view.x + (across - this.width / 2) / this.scale,
      y: this.view.y - (down - this.height / 2) / this.scale
    }
  }

  holds(x: number, y: number): boolean {
    const [across, down] = [this.across(x), this.down(y)]
    return across >= 0 && across <= this.width && down >= 0 && down <= this.height
  }

  /** The view moved by some pixels. */
  moved(across: number, down: number): View {
    return { ...this.view, x: this.view.x - across / this.scale, y: this.view.y + down / this.scale }
  }

  /** The view enlarged, so that what lies under a pixel stays there. */
  zoomed(factor: number, across = this.width / 2, down = this.height / 2): View {
    const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.view.zoom * factor))
    const kept = this.under(across, down)
    const shrunk = this.view.zoom / zoom
    return { x: kept.x + (this.view.x - kept.x) * shrunk, y: kept.y + (this.view.y - kept.y) * shrunk, zoom }
  }
}

/** Which of some points is nearest to a place, within a distance; -1 for none. */
export function nearestPoint(x: number[], y: number[], place: Point, within: number): number {
  let [found, least] = [-1, within * within]
  for (let index = 0; index < x.length; index++) {
    const [across, down] = [x[index]! - place.x, y[index]! - place.y]
    const square = across * across + down * down
    if (square <= least) [found, least] = [index, square]
  }
  return found
}

/** Which of some points lie within an outline, by the crossings of a ray. */
export function within(x: number[], y: number[], outline: Point[]): number[] {
  const found: number[] = []
  for (let index = 0; index < x.length; index++) {
    let inside = false
    for (let corner = 0, before = outline.length - 1; corner < outline.length; before = corner++) {
      const [one, other] = [outline[corner]!, outline[before]!]
      if (
        one.y > y[index]! !== other.y > y[index]! &&
        x[index]! < ((other.x - one.x) * (y[index]! - one.y)) / (other.y - one.y) + one.x
      )
        inside = !inside
    }
    if (inside) found.push(index)
  }
  return found
}

const MOST_CORNERS = 40

/** An outline with few corners, evenly taken. */
export function thinned(outline: Point[]): Point[] {
  if (outline.length <= MOST_CORNERS) return outline
  return Array.from({ length: MOST_CORNERS }, (_, at) => outline[Math.floor((at * outline.length) / MOST_CORNERS)]!)
}

/** Between the numbers of an address; a comma would be escaped there. */
const BETWEEN = '_'

/** As an address has it, and back; three numbers a view, two a corner of an outline. */
export function viewText(view: View): string {
  return [view.x, view.y, view.zoom].map((each) => String(Number(each.toPrecision(4)))).join(BETWEEN)
}

export function readView(text: string | null): View | null {
  const numbers = text?.split(BETWEEN).map(Number) ?? []
  const [x, y, zoom] = numbers
  if (numbers.length !== 3 || !numbers.every(Number.isFinite) || zoom! <= 0) return null
  return { x: x!, y: y!, zoom: Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom!)) }
}

export function outlineText(outline: Point[]): string {
  return outline.flatMap((each) => [each.x, each.y].map((at) => String(Number(at.toPrecision(4))))).join(BETWEEN)
}

export function readOutline(text: string | null): Point[] | null {
  const numbers = text?.split(BETWEEN).map(Number) ?? []
  if (numbers.length < 6 || numbers.length % 2 || !numbers.every(Number.isFinite)) return null
  return Array.from({ length: numbers.length / 2 }, (_, at) => ({ x: numbers[2 * at]!, y: numbers[2 * at + 1]! }))
}
