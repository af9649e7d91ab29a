import { byId, create } from './dom.ts'

export const EVENT_KINDS = [
  'state',
  'speech',
  'echo',
  'transcript',
  'tool',
  'agent',
  'guard',
  'interruption',
  'turn',
  'connection',
  'error',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

const MAX_EVENTS = 500

interface LoggedEvent {
  readonly kind: EventKind
  readonly key: string | undefined
  readonly row: HTMLLIElement
  readonly summary: HTMLElement
}

/** The latest 500 events, newest first, filtered by text and kind. */
export class EventLog {
  readonly #list = byId('event-list', HTMLOListElement)
  readonly #text = byId('event-text', HTMLInputElement)
  readonly #kind = byId('event-kind', HTMLSelectElement)
  readonly #count = byId('event-count', HTMLElement)
  readonly #empty = byId('event-empty', HTMLElement)
  readonly #scroller = document.querySelector<HTMLElement>('.event-scroller')
  #events: LoggedEvent[] = []

  constructor() {
    this.#kind.append(new Option('All kinds', ''), ...EVENT_KINDS.map((kind) => new Option(kind, kind)))
    this.#text.addEventListener('input', () => this.#filter())
    this.#kind.addEventListener('change', () => this.#filter())
    byId('event-clear', HTMLButtonElement).addEventListener('click', () => this.#clear())
    this.#filter()
  }

  /** @param key Events in a row that share it are one row: only the latest of them is of interest. */
  add(kind: EventKind, summary: string, key?: string): void {
    const latest = this.#events.at(-1)
    if (latest && key !== undefined && latest.key === key) {
      latest.summary.textContent = summary
      latest.row.hidden = !this.#matches(latest)
      return
    }
    const event = createEvent(kind, summary, key)
    event.row.hidden = !this.#matches(event)
    this.#events.push(event)
    this.#list.prepend(event.row)
    while (this.#events.length > MAX_EVENTS) this.#events.shift()?.row.remove()
    this.#showCount()
  }

  /** What happened, oldest first, in lines fit to be sent to somebody: nothing that was said is in it. */
  report(): string[] {
    return this.#events
      .filter(({ kind }) => kind !== 'transcript' && kind !== 'tool')
      .map(({ kind, row, summary }) => {
        const time = row.querySelector('time')?.textContent ?? ''
        return `${time} ${kind}: ${summary.textContent}`
      })
  }

  #matches({ kind, summary }: LoggedEvent): boolean {
    const wanted = this.#text.value.trim().toLowerCase()
    return (
      (this.#kind.value === '' || this.#kind.value === kind) &&
      `${kind} ${summary.textContent}`.toLowerCase().includes(wanted)
    )
  }

  #filter(): void {
    for (const event of this.#events) event.row.hidden = !this.#matches(event)
    this.#showCount()
  }

  #clear(): void {
    this.#events = []
    this.#list.replaceChildren()
    this.#showCount()
  }

  #showCount(): void {
    const shown = this.#events.filter(({ row }) => !row.hidden).length
    const total = this.#events.length
    this.#count.textContent = shown === total ? String(total) : `${shown} of ${total}`
    this.#empty.hidden = shown > 0
    if (this.#scroller) this.#scroller.hidden = shown === 0
  }
}

function createEvent(kind: EventKind, text: string, key: string | undefined): LoggedEvent {
  const now = new Date()
  const time = create('time', '', clockTime(now))
  time.dateTime = now.toISOString()
  const summary = create('span', 'event-summary', text)
  const row = create('li', 'event', '', time, create('span', 'event-kind', kind), summary)
  row.dataset.kind = kind
  return { kind, key, row, summary }
}

function clockTime(date: Date): string {
  return date.toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  })
}
