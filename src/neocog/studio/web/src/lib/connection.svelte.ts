// Whether the studio answers; every page says so when it no longer does.

class Connection {
  lost = $state(false)
}

export const connection = new Connection()
