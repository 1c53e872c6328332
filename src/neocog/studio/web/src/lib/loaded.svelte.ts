// Something that is fetched: not there yet, there, or in trouble; fetched again now and then where it may change.
import { Trouble } from './api'

export class Loaded<T> {
  value = $state.raw<T | null>(null)
  trouble = $state.raw<Trouble | null>(null)
  private asked = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  /** Fetch; an older answer that comes late is dropped. What was there stays until the new one comes. */
  async load(fetched: () => Promise<T>): Promise<void> {
    const mine = ++this.asked
    try {
      const value = await fetched()
      if (mine !== this.asked) return
      this.value = value
      this.trouble = null
    } catch (error) {
      if (mine !== this.asked) return
      if (!(error instanceof Trouble)) throw error
      this.trouble = error
    }
  }

  /** Fetch now and again after each answer; gives what ends that, for an effect to return. */
  watch(fetched: () => Promise<T>, milliseconds: () => number): () => void {
    let over = false
    const again = async () => {
      if (!document.hidden) await this.load(fetched)
      if (!over) this.timer = setTimeout(() => void again(), milliseconds())
    }
    this.clear()
    void again()
    return () => {
      over = true
      this.asked++
      clearTimeout(this.timer)
    }
  }

  clear(): void {
    this.asked++
    this.value = null
    this.trouble = null
  }
}
