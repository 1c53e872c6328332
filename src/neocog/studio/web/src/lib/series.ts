// The colors that tell runs apart: a run keeps its color while it is chosen.

const COLORS = 8

export function seriesColor(index: number): string {
  return `var(--series-${(index % COLORS) + 1})`
}
