import type {
  HeardItem,
  ModelEvents,
  ModelSession,
  OutputTrack,
  RealtimeModel,
  UserMessage,
} from '../providers/model.ts'
import { failureOf, verdictOf } from './guard-verdict.ts'
import { GuardedItem, type GuardedResponse, type Pace } from './guarded-item.ts'
import type { GuardViolation, OutputGuardOptions } from './output-guard.ts'
import { Replacement } from './replacement.ts'
import { type ModelEvent, WrappedModel } from './wrapped-model.ts'

/** A text that has not come so long after its answer will not come. */
const PATIENCE_MS = 1000
/** An interruption that comes sooner after the user began to speak is the speech's own. */
const SPEECH_INTERRUPTION_MS = 500

/** What a {@link GuardedModel} goes by. */
export interface GuardRules extends Pick<OutputGuardOptions, 'check'>, Omit<Pace, 'sampleRate'> {
  readonly replace: ((reason: string) => string) | undefined
  readonly settleMs: number | undefined
}

/** A model whose voice waits until its words were checked. */
export class GuardedModel extends WrappedModel {
  readonly #rules: GuardRules
  readonly #pace: Pace
  #output: OutputTrack | undefined
  /** The user's speech is no interruption until somebody says so. */
  #confirmed = false
  /** Answers that are not told to be over, oldest first. */
  #responses: GuardedResponse[] = []
  #current: GuardedResponse | undefined
  readonly #items = new Map<string, GuardedItem>()
  /** What was dropped for an interruption that the model was not told of. */
  #dropped: GuardedItem[] = []
  #speechAt = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #replacement: Replacement

  constructor(model: RealtimeModel, rules: GuardRules) {
    super(model)
    this.#rules = rules
    this.#pace = { ...rules, sampleRate: model.capabilities.outputRate }
    this.#replacement = new Replacement((request) => this.#call(() => model.reply(request())))
  }

  override async connect(session: ModelSession): Promise<void> {
    this.#reset()
    const { output } = session
    this.#output = output
    this.#confirmed = session.confirmTurns === true
    const holds = (): boolean => this.#responses.some(({ items }) => items.some((item) => item.holds))
    const guarded: OutputTrack = {
      write: (itemId, pcm) => {
        const item = this.#item(itemId)
        if (item.response.dead) return
        item.hold(pcm)
        this.#flow()
      },
      end: (itemId) => {
        const item = this.#item(itemId)
        if (item.response.dead) return
        item.ended = true
        this.#flow()
        this.#settle(item)
      },
      get busy() {
        return output.busy || holds()
      },
      play: (itemId) => output.play(itemId),
      pause: () => output.pause(),
      resume: () => output.resume(),
      duck: () => output.duck(),
    }
    return this.inner.connect({ ...session, output: guarded })
  }

  override close(): void {
    this.#reset()
    this.inner.close()
  }

  override sendMessage(message: UserMessage): void {
    this.#replacement.cancel()
    this.inner.sendMessage(message)
  }

  override startTurn(): void {
    this.#drop()
    this.inner.startTurn()
  }

  override interrupt(heard: readonly HeardItem[]): void {
    // What came since the user began to speak is another answer, which nobody has interrupted.
    if (performance.now() - this.#speechAt >= SPEECH_INTERRUPTION_MS) this.#drop()
    this.#speechAt = -Infinity
    this.#replacement.cancel()
    const known = heard.map((item) => ({
      ...item,
      receivedMs: this.#items.get(item.itemId)?.heard.receivedMs ?? item.receivedMs,
    }))
    const unheard = this.#dropped.map((item) => item.heard).filter(({ heardMs }) => heardMs === 0)
    this.#dropped = []
    this.inner.interrupt([...known, ...unheard])
  }

  protected override hear(event: ModelEvent): void {
    switch (event.name) {
      case 'speechStarted':
        super.hear(event)
        this.#replacement.cancel()
        if (this.#confirmed) return
        this.#speechAt = performance.now()
        return this.#drop()
      case 'responseStarted':
        return this.#begin(event.payload)
      case 'responseDone':
        return this.#end(event.payload)
      case 'transcript':
        if (event.payload.role === 'agent') return this.#read(event.payload)
    }
    super.hear(event)
  }

  #begin({ responseId, replyId }: ModelEvents['responseStarted']): void {
    const isReplacement = this.#replacement.begins(replyId)
    this.#open(responseId, isReplacement)
    this.emit('responseStarted', { responseId, ...(replyId && !isReplacement && { replyId }) })
  }

  #open(id?: string, isReplacement = false): GuardedResponse {
    const told = id === undefined
    const done = told ? { responseId: '', status: 'completed' as const, continues: false } : undefined
    const response = { id, isReplacement, items: [], dead: false, done, told }
    this.#responses.push(response)
    return (this.#current = response)
  }

  #end(done: ModelEvents['responseDone']): void {
    const response = this.#responses.find(({ id }) => id === done.responseId)
    if (!response) return void this.emit('responseDone', done)
    response.done = done
    if (response.dead) this.#tellEnd(response)
    this.#replacement.over(response)
    this.#wait()
    this.#flow()
  }

  #tellEnd(response: GuardedResponse): void {
    this.#responses = this.#responses.filter((other) => other !== response)
    if (response.done && !response.told) this.emit('responseDone', response.done)
    response.told = true
  }

  #item(id: string): GuardedItem {
    let item = this.#items.get(id)
    if (!item) {
      let response = this.#current
      // What comes when all is said is no answer, but checked like one.
      if (!response || !(response.dead || this.#responses.includes(response))) response = this.#open()
      this.#items.set(id, (item = new GuardedItem(id, response, this.#pace)))
      response.items.push(item)
      this.#wait()
    }
    return item
  }

  #read({ id, text, final }: ModelEvents['transcript']): void {
    const isNew = !this.#items.has(id)
    const item = this.#item(id)
    if (item.response.dead) return
    // It marks the item's place, before what is checked sooner.
    if (isNew) this.#tell(item, '', false)
    this.#take(item, text, final)
    this.#settle(item)
    this.#wait()
  }

  #take(item: GuardedItem, text: string, final: boolean): void {
    item.read(text, final)
    if (!item.checking) void this.#check(item)
  }

  /** What does not grow any more is complete. */
  #settle(item: GuardedItem): void {
    item.onSettled(this.#rules.settleMs, () => {
      if (!item.response.dead) this.#take(item, item.text, true)
    })
  }

  async #check(item: GuardedItem): Promise<void> {
    item.checking = true
    for (let text = item.due; text !== undefined; text = item.due) {
      const { final } = item
      const { check } = this.#rules
      const verdict = await verdictOf(check, text, { itemId: item.id, final }, (error) => {
        if (!item.response.dead) this.emit('error', error)
      })
      if (item.response.dead) return
      if (verdict !== undefined && verdict !== true) return this.#violate(item, text, verdict)
      item.approve(text, final)
      this.#tell(item, text, item.clear)
      this.#flow()
    }
    item.checking = false
  }

  #tell({ id }: GuardedItem, text: string, final: boolean): void {
    this.emit('transcript', { id, role: 'agent', text, final })
  }

  /** Lets through what may be, in order: what plays first must be known to its end before more is. */
  #flow(): void {
    const output = this.#output
    for (const response of this.#responses) {
      if (response.dead || !output) continue
      for (const item of response.items) {
        item.release(output)
        if (!item.settled) return
      }
      if (response.done) this.#tellEnd(response)
    }
  }

  /** Audio whose text does not come is not heard. */
  #wait(): void {
    clearTimeout(this.#timer)
    const owed = this.#responses
      .filter(({ dead, done }) => done && !dead)
      .flatMap(({ items }) => items)
      .find((item) => !item.final && !item.clear)
    if (!owed) return
    this.#timer = setTimeout(() => {
      if (owed.holds) this.#violate(owed, owed.good, { reason: 'no transcript' })
      else owed.clear = true
      this.#flow()
      this.#wait()
    }, PATIENCE_MS)
  }

  #violate(item: GuardedItem, all: string, { reason, at }: GuardViolation): void {
    const { response } = item
    const before = at ?? (all.startsWith(item.good) ? item.good.length : 0)
    const text = all.slice(0, Math.max(0, before)).trimEnd()
    const cut = response.items.filter((other) => other === item || !other.settled)
    response.dead = true
    for (const other of cut) if (this.#output) other.cut(this.#output)
    this.#tell(item, text, true)
    this.#call(() => this.inner.interrupt(cut.map(({ heard }) => heard)))
    const { id: responseId = '', told, isReplacement } = response
    response.told = true
    if (!told) this.emit('responseDone', { responseId, status: 'cancelled', continues: false })
    this.emit('notice', { name: 'guarded', payload: { itemId: item.id, text, reason } })
    if (response.done) this.#tellEnd(response)
    this.#flow()
    const { replace } = this.#rules
    if (!replace || isReplacement || !this.inner.capabilities.reply) return
    this.#replacement.prepare(response, () => replace(reason))
    if (response.done) this.#replacement.over(response)
  }

  /** Nothing of what is being said is to be heard any more. */
  #drop(): void {
    this.#replacement.cancel()
    // A copy: what is told to be over is taken out.
    for (const response of this.#responses.filter(({ dead }) => !dead)) {
      response.dead = true
      this.#dropped.push(...response.items.filter(({ settled }) => !settled))
      for (const item of response.items) item.drop()
      this.#tellEnd(response)
    }
  }

  /** Nobody else is there to take what this throws. */
  #call(call: () => void): void {
    try {
      call()
    } catch (cause) {
      this.emit('error', failureOf(cause))
    }
  }

  #reset(): void {
    clearTimeout(this.#timer)
    this.#replacement.cancel()
    for (const item of this.#items.values()) {
      item.response.dead = true
      item.onSettled()
    }
    this.#items.clear()
    this.#responses = []
    this.#dropped = []
    this.#current = this.#output = undefined
    this.#speechAt = -Infinity
  }
}
