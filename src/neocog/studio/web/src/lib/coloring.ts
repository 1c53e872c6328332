// What the points of a map are colored by, and in which groups that puts them.
import type { MapPoints } from './answers'
import { classMark, type Mark } from './marks'

export const COLORINGS = [
  ['class', 'class'],
  ['answer', 'answer'],
  ['mistakes', 'mistakes']
] as const
export type Coloring = (typeof COLORINGS)[number][0]

export interface Group {
  name: string
  mark: Mark
  /** The places of its points. */
  members: number[]
}

/** The groups of a map's points, those without points left out; mistakes come last, so that they are drawn on top. */
export function groups(points: MapPoints, classes: string[], coloring: Coloring): Group[] {
  const places = points.files.map((_, place) => place)
  const wrong = (place: number) => points.labels[place] !== points.answers[place]
  if (coloring === 'mistakes')
    return [
      {
        name: 'named right',
        mark: { color: 'var(--quiet)', shape: 'circle' } satisfies Mark,
        members: places.filter((place) => !wrong(place))
      },
      {
        name: 'mistakes',
        mark: { color: 'var(--bad)', shape: 'diamond' } satisfies Mark,
        members: places.filter(wrong)
      }
    ]
  const found = classes.map((name, index): Group => ({ name, mark: classMark(index), members: [] }))
  const of = coloring === 'class' ? points.labels : points.answers
  for (const place of places) found[of[place]!]!.members.push(place)
  return found.filter((group) => group.members.length)
}

/** The member of a group that lies in its midst: the one nearest to the median along each axis. */
export function midst(points: MapPoints, members: number[]): number {
  const median = (values: number[]) => values.sort((one, other) => one - other)[values.length >> 1]!
  const [x, y] = [median(members.map((at) => points.x[at]!)), median(members.map((at) => points.y[at]!))]
  const apart = (at: number) => (points.x[at]! - x) ** 2 + (points.y[at]! - y) ** 2
  return members.reduce((best, at) => (apart(at) < apart(best) ? at : best))
}

export function isWrong(points: MapPoints, place: number): boolean {
  return points.labels[place] !== points.answers[place]
}
