// A run as it goes on: asks for what is new since the last answer, and puts it behind what is known.
import type { Epoch, Note, Progress, RunSummary, Started, Step } from './answers'
import { get, ofRun, Trouble } from './api'

const LIVE = ['starting', 'training', 'stopping', 'evaluating']
const OFTEN = 1000
const SELDOM = 4000

export class Watched {
  summary = $state.raw<RunSummary | null>(null)
  started = $state.raw<Started | null>(null)
  steps = $state.raw<Step[]>([])
  epochs = $state.raw<Epoch[]>([])
  notes = $state.raw<Note[]>([])
  log = $state('')
  trouble = $state.raw<Trouble | null>(null)
  private mark = ''
  private timer: ReturnType<typeof setTimeout> | undefined
  private over = false

  constructor(readonly run: string) {}

  get live(): boolean {
    return this.summary !== null && LIVE.includes(this.summary.state)
  }

  /** Begin to ask; gives what ends it. */
  watch(): () => void {
    void this.again()
    return () => {
      this.over = true
      clearTimeout(this.timer)
    }
  }

  /** Ask now, without waiting for the next turn. */
  async now(): Promise<void> {
    clearTimeout(this.timer)
    await this.again()
  }

  private async again(): Promise<void> {
    try {
      if (!document.hidden || !this.summary) this.take(await get(ofRun(this.run, `progress?place=${this.mark}`)))
      this.trouble = null
    } catch (error) {
      if (!(error instanceof Trouble)) throw error
      this.trouble = error
    }
    if (!this.over) this.timer = setTimeout(() => void this.again(), this.live ? OFTEN : SELDOM)
  }

  private take(news: Progress): void {
    const before = <T>(known: T[]): T[] => (news.follows ? known : [])
    if (news.steps.length || !news.follows) this.steps = [...before(this.steps), ...news.steps]
    if (news.epochs.length || !news.follows) this.epochs = [...before(this.epochs), ...news.epochs]
    if (news.notes.length || !news.follows) this.notes = [...before(this.notes), ...news.notes]
    if (news.started || !news.follows) this.started = news.started
    this.summary = news.summary
    this.log = news.log
    this.mark = news.place
  }
}
