// The color of a signed number from -1 to 1: blue, ground, red.

export function signed(value: number): string {
  const strength = Math.round(100 * Math.min(1, Math.abs(value)) ** 0.8)
  return `color-mix(in srgb, ${value < 0 ? '#2f6fd0' : '#cf4436'} ${strength}%, var(--ground))`
}
