// Something that the studio computes for a while: it is asked for until it is there.
import { Trouble } from './api'

const AGAIN = 150

export class Errand<T> {
  value = $state.raw<T | null>(null)
  trouble = $state.raw<Trouble | null>(null)
  private asked = 0

  /** Ask until `ready`; gives what ends the asking, for an effect to return. */
  ask(fetched: () => Promise<T>, ready: (value: T) => boolean): () => void {
    const mine = ++this.asked
    this.value = null
    this.trouble = null
    void this.again(mine, fetched, ready)
    return () => {
      if (this.asked === mine) this.asked++
    }
  }

  clear(): void {
    this.asked++
    this.value = null
    this.trouble = null
  }

  private async again(mine: number, fetched: () => Promise<T>, ready: (value: T) => boolean): Promise<void> {
    while (mine === this.asked) {
      try {
        const value = await fetched()
        if (mine !== this.asked) return
        this.value = value
        if (ready(value)) return
      } catch (error) {
        if (mine !== this.asked) return
        if (!(error instanceof Trouble)) throw error
        this.trouble = error
        return
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN))
    }
  }
}
