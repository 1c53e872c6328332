// Whether the page is dark: what is painted on a canvas must be painted anew when that changes.

class Scheme {
  dark = $state(false)

  constructor() {
    const asked = matchMedia('(prefers-color-scheme: dark)')
    this.dark = asked.matches
    asked.addEventListener('change', () => (this.dark = asked.matches))
  }
}

export const scheme = new Scheme()
