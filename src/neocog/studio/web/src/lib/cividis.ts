// The color of a magnitude from 0 to 1: cividis, which reads the same to color-blind readers (Nuñez et al., 2018).
import { scale } from '@observablehq/plot'

const map = scale({ color: { type: 'linear', scheme: 'cividis', domain: [0, 1], clamp: true } })

export function cividis(magnitude: number): string {
  return map.apply(magnitude) as string
}
