/** A point in the life of a connection. */
export type Moment =
  /** After that many server events; 0 is before the first. */
  | { readonly events: number }
  /** After the n-th server event of a type; `nth` counts from 1, and is 1 by default. */
  | { readonly type: string; readonly nth?: number }
  /** That many ms after the connection was opened. */
  | { readonly ms: number }

/** Something that goes wrong at one moment. */
export type FaultStep = { readonly at: Moment } & (
  | { readonly do: 'close'; readonly code: number; readonly reason?: string }
  /** The connection breaks, with no close frame. */
  | { readonly do: 'drop' }
  /** The server is dead, but its side of the connection stays: it reads and sends nothing more. */
  | { readonly do: 'freeze' }
  /** The server reads nothing more, until `resumeReading`; what it has to say still comes. */
  | { readonly do: 'stopReading' }
  | { readonly do: 'resumeReading' }
  /** The server reads on, but sends nothing more, and does not close. */
  | { readonly do: 'mute' }
  /** Sends an event that the server would not send, as it is. */
  | { readonly do: 'send'; readonly event: { readonly type: string; readonly [field: string]: unknown } }
  /** Sends a frame of any content: text, or binary if it is bytes. */
  | { readonly do: 'sendFrame'; readonly frame: string | Uint8Array }
)

/** What goes wrong on one connection. */
export interface FaultPlan {
  /** The upgrade is answered with this HTTP status. */
  readonly refuse?: number
  /** The upgrade is not answered: the connection ends without a word. */
  readonly hangUp?: boolean
  /** Body of that answer to a call, instead of the service's own. */
  readonly refuseBody?: string
  /** A call is answered, but its peer is never reached. */
  readonly stallIce?: boolean
  /** Every server event is late by that much. Their order stays. */
  readonly delayMs?: number
  /** Types of server events that are never sent. */
  readonly withhold?: readonly string[]
  /** Types of server events that are sent twice; `'*'` for all. */
  readonly duplicate?: readonly string[] | '*'
  readonly steps?: readonly FaultStep[]
}

/** What a gate does to its connection. */
export interface FaultGateHost<Event> {
  write(frame: string | Uint8Array): void
  /** An event has been written. */
  sent(event: Event): void
  close(code: number, reason: string): void
  drop(): void
  /** Stop reading. */
  freeze(): void
  /** Read again. */
  thaw?(): void
}

/** Lets server events through to a connection, as far as its plan allows. */
export class FaultGate<Event extends { readonly type: string }> {
  readonly #plan: FaultPlan
  readonly #host: FaultGateHost<Event>
  readonly #pending: Set<FaultStep>
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  readonly #counts = new Map<string, number>()
  #total = 0
  #shut = false

  constructor(plan: FaultPlan, host: FaultGateHost<Event>) {
    this.#plan = plan
    this.#host = host
    this.#pending = new Set(plan.steps)
  }

  /** The connection is open. */
  open(): void {
    for (const step of this.#pending) {
      if ('ms' in step.at) this.#later(step.at.ms, () => this.#run(step))
    }
    this.#runSteps((at) => 'events' in at && at.events === 0)
  }

  send(event: Event): void {
    if (this.#plan.withhold?.includes(event.type)) return
    if (this.#plan.delayMs === undefined) this.#deliver(event)
    else this.#later(this.#plan.delayMs, () => this.#deliver(event))
  }

  /** Lets nothing more through. */
  shut(): void {
    this.#shut = true
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #deliver(event: Event): void {
    const { duplicate = [] } = this.#plan
    const copies = duplicate === '*' || duplicate.includes(event.type) ? 2 : 1
    for (let copy = 0; copy < copies && !this.#shut; copy++) {
      this.#host.write(JSON.stringify(event))
      this.#host.sent(event)
    }
    this.#total++
    const count = (this.#counts.get(event.type) ?? 0) + 1
    this.#counts.set(event.type, count)
    this.#runSteps((at) =>
      'events' in at
        ? at.events === this.#total
        : 'type' in at && at.type === event.type && (at.nth ?? 1) === count,
    )
  }

  #runSteps(due: (at: Moment) => boolean): void {
    for (const step of this.#pending) {
      if (due(step.at)) this.#run(step)
    }
  }

  #run(step: FaultStep): void {
    if (this.#shut) return
    this.#pending.delete(step)
    switch (step.do) {
      case 'send':
        this.#host.write(JSON.stringify(step.event))
        return
      case 'sendFrame':
        this.#host.write(step.frame)
        return
      case 'close':
        this.shut()
        this.#host.close(step.code, step.reason ?? '')
        return
      case 'drop':
        this.shut()
        this.#host.drop()
        return
      case 'freeze':
        this.shut()
        this.#host.freeze()
        return
      case 'stopReading':
        this.#host.freeze()
        return
      case 'resumeReading':
        this.#host.thaw?.()
        return
      case 'mute':
        this.shut()
    }
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      action()
    }, ms)
    this.#timers.add(timer)
  }
}
