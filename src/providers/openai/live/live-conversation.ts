import type { HeardItem, ModelSession, ReplyRequest, UserMessage } from '../../model.ts'
import { verbatim } from '../encode.ts'
import { modelError } from '../failures.ts'
import { usageOf } from '../usage.ts'
import { Delegations } from './delegations.ts'
import { append } from './encode.ts'
import type { LiveWords, OpenAILiveEvents } from './events.ts'
import { SessionClock, Utterance } from './utterance.ts'
import type { LiveClientEvent, LiveServerEvent } from './wire.ts'

/** The speaker needs 100 ms of quiet to say that an item is over; the next one must not be open before. */
const REST_MS = 200
/** Words come so long after the voice, at most. */
const WORDLESS_MS = 1000
/** How many utterances are kept for who works for the voice. */
const MAX_WORDS = 50

/** What a {@link LiveConversation} works with. */
export interface LiveConversationHost {
  readonly session: Pick<ModelSession, 'output' | 'runTool' | 'answerDue'>
  readonly send: (event: LiveClientEvent) => void
  readonly emit: <Name extends keyof OpenAILiveEvents>(event: Name, payload: OpenAILiveEvents[Name]) => void
  /** Counts what is said, over all connections. */
  readonly count: () => number
  /** Whether the application works for the voice. */
  readonly delegates: () => boolean
}

/**
 * A conversation without turns: the voice goes on all the time, silent or not, and the model may talk
 * while it listens. What the pipeline is told is made of the words that come with the voice: an answer is
 * what is said between two pauses.
 *
 * The speaker's gate is open all the time but for a moment after each answer, in which its end is noted.
 */
export class LiveConversation {
  readonly #host: LiveConversationHost
  readonly #user: Utterance
  readonly #agent: Utterance
  readonly #delegations: Delegations
  readonly #working = new Set<string>()
  readonly #delegated = new Set<string>()
  readonly #words = new Map<string, LiveWords>()
  #userId = ''
  /** Of the open item. */
  #itemId = ''
  /** Asked for, and not begun. */
  #replyId: string | undefined
  /** Whether the gate is to stay shut until the voice pauses. */
  #cut = false
  #rest: ReturnType<typeof setTimeout> | undefined

  constructor(host: LiveConversationHost) {
    this.#host = host
    const { emit, session, send } = host
    const clock = new SessionClock()
    this.#user = new Utterance({
      clock,
      onBegin: () => this.#hear(),
      onText: (text) => this.#say(this.#userId, 'user', text, false),
      onEnd: (text) => this.#say(this.#userId, 'user', text, true),
    })
    this.#agent = new Utterance({
      clock,
      onBegin: () => {
        if (this.#cut) return clearTimeout(this.#rest)
        if (this.#rest) this.#open()
        const replyId = this.#replyId
        this.#replyId = undefined
        return emit('responseStarted', { responseId: this.#itemId, ...(replyId && { replyId }) })
      },
      onText: (text) => this.#cut || this.#say(this.#itemId, 'agent', text, false),
      onEnd: (text) => this.#pause(text),
    })
    this.#delegations = new Delegations({
      session,
      send,
      onBegin: (id) => this.#begin(id),
      onEnd: (id) => this.#finish(id),
      onUsage: (usage) => emit('usage', usageOf(usage)),
      onFailure: (error) => emit('error', modelError(error)),
    })
    this.#open()
    if (session.answerDue) this.#instruct('Answer what the user said last.')
  }

  receive(event: LiveServerEvent): void {
    switch (event.type) {
      case 'session.input_transcript.delta':
        this.#agent.answer(event.start_ms)
        return this.#user.take(event)
      case 'session.output_transcript.delta':
        this.#user.answer(event.start_ms)
        return this.#agent.take(event)
      case 'session.delegation.created':
        if (event.delegation.target === 'client') this.#delegate(event.delegation.id, event.offset_ms)
        return undefined
      case 'response.event':
        return this.#delegations.receive(event)
      case 'error':
        return this.#host.emit('error', modelError(event.error))
    }
    return undefined
  }

  /** The voice has no ear for letters: it is given them to know, and then told to answer. */
  sendMessage({ text }: UserMessage): void {
    this.#invite()
    this.#inform(`The user typed: ${text}`)
    this.#instruct('The user has typed a message. Answer it now.')
  }

  /** What the voice says next is taken for it: nothing tells what an answer is to. */
  reply({ replyId, instructions = '', text }: ReplyRequest): void {
    this.#invite()
    this.#replyId = replyId
    // The voice follows what it was once told for as long as the session lasts.
    this.#instruct(`Do this now, and once: ${text === undefined ? instructions : verbatim(text)}`)
  }

  addMessage(role: 'user' | 'agent', text: string): void {
    this.#inform(`${role === 'user' ? 'The user' : 'You'} said already: ${text}`)
  }

  /** The speaker was silenced, and the gate is shut. What the voice was saying must not come through it. */
  interrupt(heard: readonly HeardItem[]): void {
    this.#replyId = undefined
    if (this.#cut) return undefined
    const sounding = heard.some(({ itemId, heardMs }) => itemId === this.#itemId && heardMs > 0)
    if (!this.#agent.open && !sounding) return this.#open()
    this.#cut = true
    clearTimeout(this.#rest)
    // A voice whose words have not come yet. If none come, it was a sound without words.
    if (!this.#agent.open) this.#rest = setTimeout(() => this.#open(), WORDLESS_MS)
    return undefined
  }

  /** The connection is over. */
  end(): void {
    this.#working.clear()
    this.#user.end()
    this.#agent.end()
    clearTimeout(this.#rest)
    this.#host.session.output.end(this.#itemId)
  }

  /** What the voice says next is an answer to something else than before, and wanted. */
  #invite(): void {
    this.#agent.answer(Infinity)
    if (this.#cut && !this.#agent.open) this.#open()
  }

  #inform(content: string): void {
    for (const event of append('session.thinking.append', content)) this.#host.send(event)
  }

  #instruct(content: string): void {
    for (const event of append('session.instructions.append', content)) this.#host.send(event)
  }

  #say(id: string, role: 'user' | 'agent', text: string, final: boolean): void {
    this.#words.set(id, { role, text })
    const [oldest] = this.#words.keys()
    if (this.#words.size > MAX_WORDS && oldest) this.#words.delete(oldest)
    this.#host.emit('transcript', { id, role, text, final })
  }

  #hear(): void {
    this.#replyId = undefined
    this.#userId = `live-user-${this.#host.count()}`
    if (this.#cut) {
      if (this.#agent.open) this.#agent.end()
      else this.#open()
    }
    // There may have been a sound without words, of whose end nothing else tells.
    else if (!this.#agent.open) this.#close()
  }

  #open(): void {
    clearTimeout(this.#rest)
    this.#rest = undefined
    this.#cut = false
    this.#itemId = `live-${this.#host.count()}`
    this.#host.session.output.play(this.#itemId)
  }

  /** Notes the end of what was heard. */
  #close(): void {
    clearTimeout(this.#rest)
    this.#host.session.output.end(this.#itemId)
    this.#rest = setTimeout(() => this.#open(), REST_MS)
  }

  #pause(text: string): void {
    if (this.#cut) return this.#open()
    this.#say(this.#itemId, 'agent', text, true)
    this.#done(this.#itemId)
    return this.#close()
  }

  #done(responseId: string): void {
    this.#host.emit('responseDone', { responseId, status: 'completed', continues: false })
  }

  #begin(id: string): void {
    this.#working.add(id)
    this.#host.emit('responseStarted', { responseId: id })
  }

  #finish(id: string): void {
    if (!this.#working.delete(id)) return
    this.#done(id)
    if (!this.#agent.open && !this.#cut) this.#close()
  }

  #delegate(id: string, offsetMs: number): void {
    const { emit, send, delegates } = this.#host
    const tell = (...appended: Parameters<typeof append>): void => {
      for (const event of append(...appended)) send(event)
    }
    if (this.#delegated.has(id)) return undefined
    this.#delegated.add(id)
    if (!delegates()) {
      return tell('session.instructions.append', 'This cannot be done here. Tell the user.', id)
    }
    const words = this.#words
    this.#begin(id)
    return emit('delegated', {
      id,
      offsetMs,
      get transcript() {
        return [...words.values()]
      },
      reply: (text, { speak = true } = {}) => {
        tell(speak ? 'session.commentary.append' : 'session.thinking.append', text, id)
        if (speak) this.#finish(id)
      },
      done: () => this.#finish(id),
    })
  }
}
