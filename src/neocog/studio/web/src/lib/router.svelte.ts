// Where the reader is: the address is the state of every view, so it can be shared, kept and gone back to.

class Place {
  path = $state(location.pathname)
  search = $state(location.search)

  constructor() {
    addEventListener('popstate', () => this.read())
    document.addEventListener('click', (event) => this.follow(event))
  }

  /** The path's parts, decoded: ['runs', 'first', 'results']. */
  get parts(): string[] {
    return this.path.split('/').filter(Boolean).map(decodeURIComponent)
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.search)
  }

  go(address: string, replace = false): void {
    if (replace || address === location.pathname + location.search) history.replaceState(null, '', address)
    else history.pushState(null, '', address)
    this.read()
  }

  /** The address of this view with other choices; an empty one is left out. */
  with(changes: Record<string, string | null>): string {
    const query = this.query
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === '') query.delete(name)
      else query.set(name, value)
    }
    const text = query.toString()
    return text ? `${this.path}?${text}` : this.path
  }

  /** Choose within what is open: back does not come through here. */
  choose(changes: Record<string, string | null>): void {
    this.go(this.with(changes), true)
  }

  /** Open or close something that has an address of its own: back undoes it. */
  open(changes: Record<string, string | null>): void {
    this.go(this.with(changes))
  }

  private read(): void {
    this.path = location.pathname
    this.search = location.search
  }

  /** Follow a link within the page, unless the reader wants it elsewhere. */
  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return
    const link = (event.target as Element).closest('a')
    const address = link?.getAttribute('href')
    if (!link || !address?.startsWith('/') || address.startsWith('/api/') || link.hasAttribute('download')) return
    event.preventDefault()
    this.go(address)
  }
}

export const place = new Place()

/** The address of a view of a run. */
export function runPage(name: string, page: string): string {
  return `/runs/${encodeURIComponent(name)}/${page}`
}
