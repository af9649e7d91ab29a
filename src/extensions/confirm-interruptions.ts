import { invalidOption, OptionError } from '../core/errors.ts'
import type { ModelExtension } from '../providers/extension.ts'
import type { HeardItem, ModelEvents, ModelSession, RealtimeModel, UserMessage } from '../providers/model.ts'
import { commonBackchannels, type CountWords, wordCounter } from './backchannels.ts'
import {
  type InterruptionEffect,
  type InterruptionInput,
  type InterruptionState,
  interruptionTable,
} from './interruption-table.ts'
import { type ModelEvent, WrappedModel } from './wrapped-model.ts'

/** The agent comes back by itself 0.7 s after it was turned down. */
const HUSH_MS = 250
/** The engine waits at most 250 ms for the speaker to be silent. */
const CUT_MS = 400

/** Options of {@link confirmInterruptions}. */
export interface ConfirmInterruptionsOptions {
  /**
   * Speech that goes on so long is an interruption, whatever its words, ms. It is counted from when the model
   * tells that speech began until it tells that it ended, which is its silence (with OpenAI 500 ms) later:
   * less than that and the length of a backchannel lets backchannels interrupt. Default 900.
   */
  readonly afterMs?: number
  /** Words that make speech an interruption, once the model has understood them. Default 1. */
  readonly minWords?: number
  /** What the agent does until it is known: `'duck'` goes on at −18 dB, `'pause'` waits. Default `'duck'`. */
  readonly meanwhile?: 'duck' | 'pause'
  /** How long words are waited for once the speech is over, ms. Default 2000. */
  readonly giveUpMs?: number
  /** What is no interruption on its own, such as "mm-hm". Default `commonBackchannels`. */
  readonly backchannels?: readonly string[]
}

/**
 * Keeps a cough, an "mm-hm" or a noise from interrupting the agent. Speech over the agent turns it down, or
 * pauses it, at once; it is interrupted when the speech lasts, or its words are more than a backchannel.
 * Otherwise it goes on where it was, the model forgets what it heard, and `interruptionDismissed` tells so.
 *
 * With `localSpeech({ reaction: 'cut' })` there is nothing left to confirm. A model that does not transcribe
 * the user is interrupted by lasting speech only.
 * @throws OptionError from the pipeline, `option-unsupported`, if the model cannot wait for a verdict.
 */
export function confirmInterruptions(options: ConfirmInterruptionsOptions = {}): ModelExtension {
  const name = 'confirmInterruptions'
  const { afterMs = 900, minWords = 1, giveUpMs = 2000, meanwhile = 'duck' } = options
  for (const [option, value] of Object.entries({ afterMs, minWords, giveUpMs })) {
    if (!(value >= 0 && value < 2 ** 31)) throw invalidOption(name, option, 'a number, 0 or more')
  }
  if (!/^(duck|pause)$/.test(meanwhile)) throw invalidOption(name, 'meanwhile', "'duck' or 'pause'")
  const countWords = wordCounter(options.backchannels ?? commonBackchannels)
  return {
    name,
    recipe: { name, options },
    wrap(model) {
      const { confirmTurns, media } = model.capabilities
      if (!confirmTurns || (media === 'track' && meanwhile === 'pause')) {
        const [what, instead] = confirmTurns
          ? ['pause a track', "use meanwhile: 'duck'"]
          : [
              'wait for a verdict',
              "use OpenAIRealtime with transport: 'websocket' and the default turnDetection, or localSpeech()",
            ]
        throw new OptionError(`${model.constructor.name} cannot ${what} (${name}): ${instead}.`, {
          code: 'option-unsupported',
          option: name,
        })
      }
      return new ConfirmedModel(model, { afterMs, minWords, giveUpMs, meanwhile, countWords })
    },
  }
}

type Rules = Required<Omit<ConfirmInterruptionsOptions, 'backchannels'>> & { readonly countWords: CountWords }
type UserText = ModelEvents['transcript']

class ConfirmedModel extends WrappedModel {
  readonly #rules: Rules
  readonly #timeMs: { readonly [State in InterruptionState]?: number }
  #state: InterruptionState = 'idle'
  #output: ModelSession['output'] | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #hush: ReturnType<typeof setInterval> | undefined
  #hushedAt = 0
  /** Whether more of an answer is to come. */
  #answering = false
  /** What the user said, as far as it was told, or is to be kept back. */
  readonly #texts = new Map<string, UserText | 'told' | 'dropped'>()
  /** How often speech ended that is being weighed: there are as many texts, or will be. */
  #stops = 0
  /** Whether a text that is new belongs to what was dismissed. */
  #deaf = false

  constructor(model: RealtimeModel, rules: Rules) {
    super(model)
    this.#rules = rules
    const { afterMs, giveUpMs } = rules
    this.#timeMs = {
      weighing: afterMs,
      overruled: afterMs,
      waiting: giveUpMs,
      lingering: giveUpMs,
      cutting: CUT_MS,
      settling: CUT_MS,
    }
  }

  override async connect(session: ModelSession): Promise<void> {
    this.#reset()
    this.#output = session.output
    return this.inner.connect({ ...session, confirmTurns: true })
  }

  override close(): void {
    this.#reset()
    this.inner.close()
  }

  override sendMessage(message: UserMessage): void {
    this.#take('silenced')
    this.inner.sendMessage(message)
  }

  override interrupt(heard: readonly HeardItem[]): void {
    this.inner.interrupt(heard)
    // Not before: the model is to know what was heard when it is asked for an answer.
    this.#take('silenced')
  }

  override startTurn(): void {
    this.#take('silenced')
    this.inner.startTurn()
  }

  protected override hear(event: ModelEvent): void {
    switch (event.name) {
      case 'speechStarted':
        return this.#take(this.#output?.busy ? 'speechOverAgent' : 'speechInSilence')
      case 'speechStopped':
        this.#stops++
        this.#lookForEnd()
        this.#take('speechStopped')
        return this.#judge()
      case 'transcript':
        if (event.payload.role === 'user') return this.#read(event.payload)
        break
      case 'responseStarted':
        this.#answering = true
        break
      case 'responseDone':
        this.#answering = event.payload.continues
    }
    super.hear(event)
  }

  get #undecided(): boolean {
    return /^(weighing|waiting|overruled|lingering)$/.test(this.#state)
  }

  get #hushed(): boolean {
    return this.#state === 'weighing' || this.#state === 'waiting'
  }

  #take(input: InterruptionInput): void {
    const { to, effects } = interruptionTable[this.#state][input]
    const before = this.#state
    const [undecided, hushed] = [this.#undecided, this.#hushed]
    this.#state = to
    if (to !== before) {
      clearTimeout(this.#timer)
      const ms = this.#timeMs[to]
      if (ms !== undefined) this.#timer = setTimeout(() => this.#take('time'), ms)
    }
    if (this.#undecided && !undecided) {
      this.#stops = 0
      this.#deaf = false
    }
    if (this.#hushed && !hushed) this.#startHush()
    for (const effect of effects) this.#perform(effect)
    // Not before the user's speech was told: what was paused would be heard once more.
    if (hushed && !this.#hushed) this.#endHush()
  }

  #perform(effect: InterruptionEffect): void {
    switch (effect) {
      case 'start':
        this.emit('speechStarted', {})
        return this.#tell()
      case 'stop':
        return void this.emit('speechStopped', {})
      case 'accept':
        return this.inner.answer(true)
      case 'refuse':
        this.#deaf = true
        for (const { id } of this.#held()) this.#texts.set(id, 'dropped')
        return this.inner.answer(false)
      case 'dismiss': {
        const durationMs = performance.now() - this.#hushedAt
        const text = this.#said()
        return void this.emit('notice', { name: 'interruptionDismissed', payload: { text, durationMs } })
      }
    }
  }

  #startHush(): void {
    const hush = (): void => this.#output?.[this.#rules.meanwhile]()
    this.#hushedAt = performance.now()
    hush()
    this.#hush = setInterval(() => {
      if (!this.#lookForEnd() && this.#rules.meanwhile === 'duck') hush()
    }, HUSH_MS)
  }

  #endHush(): void {
    clearInterval(this.#hush)
    if (this.#rules.meanwhile === 'pause') this.#output?.resume()
  }

  #lookForEnd(): boolean {
    const isOver = this.#hushed && !this.#answering && !this.#output?.busy
    if (isOver) this.#take('agentDone')
    return isOver
  }

  #read(text: UserText): void {
    const known = this.#texts.get(text.id)
    if (known === 'dropped' || (!known && this.#deaf && !this.#undecided)) {
      this.#texts.set(text.id, 'dropped')
    } else if (known === 'told' || !this.#undecided) {
      this.#texts.set(text.id, 'told')
      this.emit('transcript', text)
    } else {
      this.#texts.set(text.id, text)
      this.#judge()
    }
  }

  #judge(): void {
    if (!this.#undecided) return
    const texts = this.#held()
    const words = this.#rules.countWords(this.#said())
    const known = texts.length >= this.#stops && texts.every(({ final }) => final)
    if (words > 0 && words >= this.#rules.minWords) this.#take('words')
    else if (known && this.#stops > 0) this.#take('noWords')
  }

  #held(): UserText[] {
    return [...this.#texts.values()].filter((text) => typeof text === 'object')
  }

  #said(): string {
    return this.#held()
      .map(({ text }) => text)
      .filter(Boolean)
      .join(' ')
  }

  /** The user has the turn: what was kept back is told. */
  #tell(): void {
    this.#deaf = false
    for (const text of this.#held()) {
      this.#texts.set(text.id, 'told')
      this.emit('transcript', text)
    }
  }

  #reset(): void {
    clearTimeout(this.#timer)
    if (this.#hushed) this.#endHush()
    this.#state = 'idle'
    this.#answering = this.#deaf = false
    this.#texts.clear()
    this.#output = undefined
  }
}
