// A data set on the page: whose it is, which of its rows are shown, and what they are called.
import type { DataTable } from './answers'
import { runPage } from './router.svelte'

/** The data of a run, those at a path, or, without both, those that the studio was opened on. */
export interface Source {
  run: string | null
  path: string
}

/** The part of the interface that is about a data set. */
export function ofData(source: Source, rest = '', choices: Record<string, string | number> = {}): string {
  const query = new URLSearchParams()
  if (source.run) query.set('run', source.run)
  else if (source.path) query.set('path', source.path)
  for (const [name, value] of Object.entries(choices)) query.set(name, String(value))
  const text = query.toString()
  return `dataset${rest && `/${rest}`}${text && `?${text}`}`
}

/** The address of the page See for an image of a run's data. */
export function seeInside(run: string, file: string): string {
  return `${runPage(run, 'see')}?image=${encodeURIComponent(`data:${file}`)}`
}

/** The splits by their numbers; the last is none. */
export const SPLITS = ['train', 'validation', 'test', 'left out'] as const
export const SPLIT_KEYS = ['train', 'val', 'test', 'out'] as const
export const SPLIT_COLORS = ['var(--series-1)', 'var(--series-3)', 'var(--series-5)', 'var(--quiet)'] as const

/** What can be wrong with an image, and why that matters. */
export const PROBLEMS: Record<string, { name: string; about: string }> = {
  unreadable: { name: 'unreadable', about: 'Files that are no image, or a damaged one. They are left out.' },
  leak: {
    name: 'on two sides',
    about:
      'The same picture is learned from and tested with: what is learned by heart looks understood, and the figures are too good.'
  },
  conflict: {
    name: 'under two labels',
    about: 'The same picture under two labels: no network can learn both. Decide which is right.'
  },
  duplicate: {
    name: 'copies',
    about: 'The same picture several times on one side. It does no harm, but counts that often.'
  },
  odd: {
    name: 'odd size',
    about: 'Very long, tiny, or far from the usual size. Do they belong to the set?'
  },
  suspect: {
    name: 'doubtful label',
    about: 'By the answers of this run’s model their label is doubtful: look, and decide.'
  }
}

export interface Filter {
  label: number | null
  split: number | null
  /** A bit of `problems`, or all bits for any problem. */
  problem: number | null
}

/** The rows that pass a filter, in the set's order. */
export function passing(table: DataTable, filter: Filter): number[] {
  const rows: number[] = []
  const { labels, splits, problems } = table
  for (let row = 0; row < table.images; row++) {
    if (filter.label !== null && labels[row] !== filter.label) continue
    if (filter.split !== null && splits[row] !== filter.split) continue
    if (filter.problem !== null && !(problems[row]! & filter.problem)) continue
    rows.push(row)
  }
  return rows
}

/** The bit of a kind of problem; `any` is all of them. */
export function bitOf(table: DataTable, kind: string): number | null {
  if (kind === 'any') return 2 ** table.kinds.length - 1
  const place = table.kinds.indexOf(kind)
  return place < 0 ? null : 1 << place
}

/** The kinds of problems of a row. */
export function kindsOf(table: DataTable, row: number): string[] {
  return table.kinds.filter((_, place) => table.problems[row]! & (1 << place))
}

/** A row in words, for who cannot see it. */
export function told(table: DataTable, row: number): string {
  const problems = kindsOf(table, row).map((kind) => PROBLEMS[kind]?.name ?? kind)
  return [table.classes[table.labels[row]!], SPLITS[table.splits[row]!], ...problems].join(', ')
}

/** Rows as an address has them: 3,7-9. */
export function written(rows: number[]): string {
  const parts: string[] = []
  for (let start = 0; start < rows.length;) {
    let end = start
    while (rows[end + 1] === rows[end]! + 1) end++
    parts.push(end > start ? `${rows[start]}-${rows[end]}` : String(rows[start]))
    start = end + 1
  }
  return parts.join(',')
}
