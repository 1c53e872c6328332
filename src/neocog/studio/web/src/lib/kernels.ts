// Filters that are set by hand, as every course on images shows them, and what they make of an image.

export interface Kernel {
  name: string
  title: string
  says: string
  /** Row by row; 9 or 25 numbers. */
  weights: number[]
}

const gauss5 = [1, 4, 6, 4, 1].flatMap((row) => [1, 4, 6, 4, 1].map((column) => (row * column) / 256))

export const KERNELS: readonly Kernel[] = [
  {
    name: 'identity',
    title: 'Identity',
    says: 'A 1 in the middle keeps every pixel as it is.',
    weights: [0, 0, 0, 0, 1, 0, 0, 0, 0]
  },
  {
    name: 'blur',
    title: 'Blur 3×3',
    says: 'The mean of nine neighbors: what is finer than three pixels goes.',
    weights: Array<number>(9).fill(1 / 9)
  },
  {
    name: 'gauss',
    title: 'Blur 5×5',
    says: 'A mean that counts near neighbors more: a smoother blur, without the square corners of a plain mean.',
    weights: gauss5
  },
  {
    name: 'sharpen',
    title: 'Sharpen',
    says: 'Each pixel less its neighbors: what differs from its surroundings differs more.',
    weights: [0, -1, 0, -1, 5, -1, 0, -1, 0]
  },
  {
    name: 'sobel-x',
    title: 'Sobel, upright edges',
    says: 'Right less left: bright where it gets lighter to the right, dark where it gets darker.',
    weights: [-1, 0, 1, -2, 0, 2, -1, 0, 1]
  },
  {
    name: 'sobel-y',
    title: 'Sobel, level edges',
    says: 'Below less above: the same for edges that lie level.',
    weights: [-1, -2, -1, 0, 0, 0, 1, 2, 1]
  },
  {
    name: 'emboss',
    title: 'Emboss',
    says: 'Lower right less upper left, and the pixel itself: as if light fell on it from one side.',
    weights: [-2, -1, 0, -1, 1, 1, 0, 1, 2]
  },
  {
    name: 'laplace',
    title: 'Edges all around',
    says: 'Each pixel less the mean of those around: nothing where the image is even, whatever its brightness.',
    weights: [-1, -1, -1, -1, 8, -1, -1, -1, -1]
  }
]

/** The numbers of an address: a name of the list, or `own:` and 9 or 25 numbers. */
export function weightsOf(text: string): number[] {
  const known = KERNELS.find((kernel) => kernel.name === text)
  if (known) return known.weights
  const own = text.replace(/^own:/, '').split(',').map(Number)
  return (own.length === 9 || own.length === 25) && own.every(Number.isFinite) ? own : KERNELS[0]!.weights
}

/** What a filter makes of a plane, the products summed as networks do, zeros beyond the border. */
export function filtered(plane: Float32Array, height: number, width: number, weights: number[]): Float32Array {
  const side = Math.sqrt(weights.length)
  const reach = (side - 1) / 2
  const found = new Float32Array(plane.length)
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      let sum = 0
      for (let down = 0; down < side; down++) {
        const from = row + down - reach
        if (from < 0 || from >= height) continue
        for (let across = 0; across < side; across++) {
          const at = column + across - reach
          if (at >= 0 && at < width) sum += plane[from * width + at]! * weights[down * side + across]!
        }
      }
      found[row * width + column] = sum
    }
  return found
}
