// The thumbnails of some rows, many to a picture: fetched ahead of where the reader scrolls to, and kept for a while.
import type { DataTable } from './answers'
import { picture } from './api'
import { ofData, written, type Source } from './dataset'

/** Rows to a strip. */
const LONG = 96
/** The most strips under way at once, and those that are fetched ahead and kept ready behind. */
const AT_ONCE = 4
const AHEAD = 4
const BEHIND = 1
/** The memory that strips may take, in bytes. */
const MOST = 128e6
/** How long to wait before a strip that did not come is asked for again, in milliseconds. */
const PATIENCE = 1000

/** Where a picture is: within a strip, in the strip's pixels. */
export interface Found {
  strip: ImageBitmap
  left: number
  top: number
  width: number
  height: number
}

export class Strips {
  private kept = new Map<number, ImageBitmap>()
  private under = new Map<number, AbortController>()
  private failed = new Map<number, number>()
  private wanted: number[] = []
  private over = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly most: number

  constructor(
    private readonly source: Source,
    private readonly table: DataTable,
    private readonly rows: number[],
    private readonly arrived: () => void
  ) {
    this.most = Math.max(3 * (AHEAD + BEHIND + 4), Math.floor(MOST / (4 * LONG * table.side ** 2)))
  }

  /** Say which places are in view, and which way the reader goes: 1 down, -1 up. */
  look(first: number, last: number, way: number): void {
    const end = Math.ceil(this.rows.length / LONG) - 1
    const [from, to] = [Math.floor(first / LONG), Math.floor(Math.max(first, last) / LONG)]
    const near: number[] = []
    for (let strip = from; strip <= to; strip++) near.push(strip)
    for (let step = 1; step <= AHEAD; step++) near.push(way < 0 ? from - step : to + step)
    for (let step = 1; step <= BEHIND; step++) near.push(way < 0 ? to + step : from - step)
    this.wanted = near.filter((strip) => strip >= 0 && strip <= end)
    this.fetch()
  }

  /** The picture of a place; null where it has not come yet. */
  find(place: number): Found | null {
    const at = Math.floor(place / LONG)
    const strip = this.kept.get(at)
    if (!strip) return null
    const within = place % LONG
    const { side, across, exact } = this.table
    const row = this.rows[place]!
    return {
      strip,
      left: (within % across) * side,
      top: Math.floor(within / across) * side,
      width: exact ? this.table.widths[row]! : side,
      height: exact ? this.table.heights[row]! : side
    }
  }

  end(): void {
    this.over = true
    clearTimeout(this.timer)
    for (const control of this.under.values()) control.abort()
    for (const strip of this.kept.values()) strip.close()
    this.kept.clear()
  }

  private fetch(): void {
    const now = performance.now()
    for (const strip of this.wanted) {
      if (this.under.size >= AT_ONCE) return
      if (this.kept.has(strip)) {
        const found = this.kept.get(strip)!
        this.kept.delete(strip)
        this.kept.set(strip, found)
      } else if (!this.under.has(strip) && now - (this.failed.get(strip) ?? -Infinity) > PATIENCE) void this.get(strip)
    }
  }

  private async get(strip: number): Promise<void> {
    const control = new AbortController()
    this.under.set(strip, control)
    const rows = written(this.rows.slice(strip * LONG, (strip + 1) * LONG))
    try {
      const asked = ofData(this.source, 'strip', { rows, version: this.table.version })
      const made = await picture(asked, control.signal)
      if (this.over) made.close()
      else this.keep(strip, made)
    } catch {
      if (!this.over) this.again(strip)
    }
    this.under.delete(strip)
    if (!this.over) this.fetch()
  }

  private keep(strip: number, made: ImageBitmap): void {
    this.failed.delete(strip)
    this.kept.set(strip, made)
    for (const [oldest, bitmap] of this.kept) {
      if (this.kept.size <= this.most) break
      bitmap.close()
      this.kept.delete(oldest)
    }
    this.arrived()
  }

  private again(strip: number): void {
    this.failed.set(strip, performance.now())
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.fetch(), PATIENCE + 50)
  }
}

/** The most sheets of images from afar that are kept: 64 of 4,096 images take as many megabytes. */
const MOST_FAR = 64

/** All images from afar, a few pixels of each: what is shown until a strip has come. Fetched one sheet after the other. */
export class Far {
  private kept = new Map<number, ImageBitmap>()
  private readonly control = new AbortController()

  constructor(
    private readonly source: Source,
    private readonly table: DataTable,
    private readonly arrived: () => void
  ) {
    void this.fetch()
  }

  /** The picture of a row; null where it has not come yet. */
  find(row: number): Found | null {
    const { far_side: side, far_across: across } = this.table
    const strip = this.kept.get(Math.floor(row / across ** 2))
    const within = row % across ** 2
    return strip
      ? { strip, left: (within % across) * side, top: Math.floor(within / across) * side, width: side, height: side }
      : null
  }

  end(): void {
    this.control.abort()
    for (const strip of this.kept.values()) strip.close()
    this.kept.clear()
  }

  private async fetch(): Promise<void> {
    const parts = Math.ceil(this.table.images / this.table.far_across ** 2)
    try {
      for (let part = 0; part < Math.min(parts, MOST_FAR); part++) {
        const asked = ofData(this.source, 'far', { part, version: this.table.version })
        const made = await picture(asked, this.control.signal)
        if (this.control.signal.aborted) return made.close()
        this.kept.set(part, made)
        this.arrived()
      }
    } catch {
      return // the strips come without it, and say what is wrong
    }
  }
}
