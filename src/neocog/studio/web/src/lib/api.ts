// Talks to the studio; whatever goes wrong is a Trouble, which says what is wrong and how to mend it.

import { connection } from './connection.svelte'

export class Trouble extends Error {
  constructor(
    readonly status: number,
    readonly wrong: string,
    readonly mend: string
  ) {
    super(wrong)
  }
}

const SILENT = 'the studio does not answer'
const AGAIN = 'start it again with neocog studio, and open the address that it prints'

async function asked(path: string, options: RequestInit = {}): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(`/api/${path}`, options)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    connection.lost = true
    throw new Trouble(0, SILENT, AGAIN)
  }
  connection.lost = false
  // what is expected to go wrong is told in a good answer, which no browser writes into its console
  const status = Number(answer.headers.get('problem') ?? (answer.ok ? 0 : answer.status))
  if (!status) return answer
  const text = await answer.text()
  try {
    const told = JSON.parse(text) as { wrong: string; mend: string }
    throw new Trouble(status, told.wrong, told.mend)
  } catch (error) {
    if (error instanceof Trouble) throw error
    throw new Trouble(status, text.trim() || `the studio answered with status ${status}`, '')
  }
}

function posted(body: unknown, signal?: AbortSignal): RequestInit {
  const options: RequestInit = { method: 'POST', headers: { 'content-type': 'application/json' } }
  if (body !== undefined) options.body = JSON.stringify(body)
  if (signal) options.signal = signal
  return options
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await asked(path, signal ? { signal } : {})).json() as Promise<T>
}

export async function post<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return (await asked(path, posted(body, signal))).json() as Promise<T>
}

export async function postText(path: string, body: unknown, signal?: AbortSignal): Promise<string> {
  return (await asked(path, posted(body, signal))).text()
}

/** Bytes, from what is asked for or handed in. */
export async function bytes(path: string, body?: Blob, signal?: AbortSignal): Promise<ArrayBuffer> {
  const options: RequestInit = body ? { method: 'POST', body } : {}
  if (signal) options.signal = signal
  return (await asked(path, options)).arrayBuffer()
}

/** A picture. */
export async function picture(path: string, signal: AbortSignal): Promise<ImageBitmap> {
  return createImageBitmap(await (await asked(path, { signal })).blob())
}

/** A file that is handed in. */
export async function handIn<T>(path: string, body: Blob): Promise<T> {
  return (await asked(path, { method: 'POST', body })).json() as Promise<T>
}

/** A run's part of the interface. */
export function ofRun(name: string, rest = ''): string {
  return `runs/${encodeURIComponent(name)}${rest ? `/${rest}` : ''}`
}

/** The address of the picture of an image of a run's data. */
export function pictureOf(run: string, file: string, side = 96): string {
  return `/api/see/picture?run=${encodeURIComponent(run)}&image=${encodeURIComponent(`data:${file}`)}&side=${side}`
}
