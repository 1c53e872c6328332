// A list is one stop for Tab, however long it is: the arrow keys walk along it, and from line to line.
const ITEMS = 'a, button'
const NEAR = 4

/** For `use:roving` on what holds the links or buttons. */
export function roving(list: HTMLElement | SVGElement): { destroy: () => void } {
  let at: Element | null = null
  const items = () => [...list.querySelectorAll<HTMLElement>(ITEMS)]

  function settle() {
    const all = items()
    if (!at || !all.includes(at as HTMLElement))
      at = all.find((each) => each.matches('[aria-current=true], [aria-pressed=true]')) ?? all[0] ?? null
    for (const each of all) {
      const stop = each === at ? 0 : -1
      if (each.tabIndex !== stop || !each.hasAttribute('tabindex')) each.tabIndex = stop
    }
  }
  function focused(event: Event) {
    at = (event.target as Element).closest(ITEMS)
    settle()
  }
  function walk(event: Event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event as KeyboardEvent
    if (ctrlKey || metaKey || altKey || shiftKey || !at) return
    const all = items()
    const here = all.indexOf(at as HTMLElement)
    const next =
      { ArrowLeft: all[here - 1], ArrowRight: all[here + 1], Home: all[0], End: all.at(-1) }[key] ??
      (key === 'ArrowUp' || key === 'ArrowDown' ? beyond(all, at, key === 'ArrowDown') : undefined)
    if (!next) return
    event.preventDefault()
    next.focus()
  }
  /** The item of the next line that stands nearest below, or above. */
  function beyond(all: HTMLElement[], from: Element, below: boolean): HTMLElement | undefined {
    const own = from.getBoundingClientRect()
    let found: HTMLElement | undefined
    let least = Infinity
    for (const each of all) {
      const box = each.getBoundingClientRect()
      const down = below ? box.top - own.bottom : own.top - box.bottom
      const far = 1000 * Math.max(0, down) + Math.abs(box.left - own.left)
      if (down > -NEAR && far < least) [found, least] = [each, far]
    }
    return found
  }

  const watcher = new MutationObserver(settle)
  watcher.observe(list, { childList: true, subtree: true })
  list.addEventListener('focusin', focused)
  list.addEventListener('keydown', walk)
  settle()
  return {
    destroy() {
      watcher.disconnect()
      list.removeEventListener('focusin', focused)
      list.removeEventListener('keydown', walk)
    }
  }
}
