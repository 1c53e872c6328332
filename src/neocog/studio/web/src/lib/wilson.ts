// The 95 % interval of a share (Wilson, 1927), as `neocog.core.proportion` has it.

const Z = 1.959963984540054

export function wilson(share: number, n: number): { low: number; high: number } {
  if (!n) return { low: share, high: share }
  const middle = (share + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n)
  const half = (Z * Math.sqrt((share * (1 - share)) / n + (Z * Z) / (4 * n * n))) / (1 + (Z * Z) / n)
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}
