/** Which way a message went, seen from the server. */
export type Direction = 'received' | 'sent'

/** A message, and when it passed. */
export interface JournalEntry<Message> {
  /** Counts both directions together. */
  readonly sequence: number
  readonly direction: Direction
  /** ms since the connection was opened. */
  readonly atMs: number
  readonly message: Message
}

/** Which entry to wait for. */
export interface WaitOptions {
  /** Default `'sent'`. */
  readonly direction?: Direction
  /** Only entries after this sequence number. */
  readonly after?: number
  /** Default 10 000. */
  readonly timeoutMs?: number
}

/** What is waited for: a message's type, or anything that can be said of it. */
export type Wanted<Message> = string | ((message: Message) => boolean)

interface Waiter<Message> {
  readonly matches: (entry: JournalEntry<Message>) => boolean
  readonly resolve: (entry: JournalEntry<Message>) => void
  readonly reject: (error: Error) => void
}

const LIMIT = 100

/** Everything that passed over a connection, in order. */
export class Journal<Message extends { readonly type: string }> {
  readonly #entries: JournalEntry<Message>[] = []
  readonly #waiters = new Set<Waiter<Message>>()
  readonly #openedAt = performance.now()
  readonly #keepsAll: boolean
  #sequence = 0
  #closed: string | undefined

  constructor({ keepsAll }: { readonly keepsAll: boolean }) {
    this.#keepsAll = keepsAll
  }

  get entries(): readonly JournalEntry<Message>[] {
    return this.#entries
  }

  of(direction: Direction): readonly JournalEntry<Message>[] {
    return this.#entries.filter((entry) => entry.direction === direction)
  }

  record(direction: Direction, message: Message): void {
    const entry = {
      sequence: ++this.#sequence,
      direction,
      atMs: performance.now() - this.#openedAt,
      message,
    }
    this.#entries.push(entry)
    if (!this.#keepsAll && this.#entries.length > LIMIT) this.#entries.shift()
    for (const waiter of this.#waiters) {
      if (waiter.matches(entry)) waiter.resolve(entry)
    }
  }

  /** The first entry that fits, of the past or the future. Rejects when time is up or nothing more comes. */
  async waitFor(
    wanted: Wanted<Message>,
    { direction = 'sent', after = 0, timeoutMs = 10_000 }: WaitOptions = {},
  ): Promise<JournalEntry<Message>> {
    const fits = typeof wanted === 'string' ? (message: Message) => message.type === wanted : wanted
    const matches = (entry: JournalEntry<Message>): boolean =>
      entry.direction === direction && entry.sequence > after && fits(entry.message)
    const past = this.#entries.find(matches)
    if (past) return past
    const name = typeof wanted === 'string' ? `"${wanted}"` : 'that message'
    if (this.#closed !== undefined) throw new Error(`${name} was never ${direction}: ${this.#closed}`)
    const { promise, resolve, reject } = withResolvers<JournalEntry<Message>>()
    const waiter = { matches, resolve, reject }
    this.#waiters.add(waiter)
    const timer = setTimeout(() => {
      const last = this.of(direction)
        .slice(-8)
        .map(({ message }) => message.type)
      reject(new Error(`${name} was not ${direction} within ${timeoutMs} ms. Last: ${last.join(', ')}`))
    }, timeoutMs)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#waiters.delete(waiter)
    }
  }

  /** Nothing more comes. */
  close(why: string): void {
    this.#closed = why
    for (const { reject } of this.#waiters) reject(new Error(`Nothing more comes: ${why}`))
  }
}

function withResolvers<Value>(): {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (error: Error) => void
} {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}
