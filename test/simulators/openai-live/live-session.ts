import type { ServerEvent, SessionResource } from 'openai/resources/live/live'
import { askGuide, wordingIn } from '../guide.ts'
import { PcmRecording } from '../pcm.ts'
import { VoiceDetector } from '../voice-detector.ts'
import { newId } from '../openai/wire.ts'
import { LiveBackend } from './live-backend.ts'
import type { CloseReason, LiveReply, LiveSimulatorOptions, LiveTurn } from './options.ts'
import type { LiveClientMessage, LiveSessionConfig } from './session-schema.ts'
import { VoiceLine } from './voice-line.ts'

const SAMPLES_PER_MS = 24
/** The voice breaks off when the user has talked into it for so long; a shorter word it lets pass. */
const PATIENCE_MS = 400
const SILENCE_MS = 500
const USAGE_MS = 15_000
/** A token is some four bytes. */
const MAX_APPEND_BYTES = 2000

/** An event of the service's, but for its id; OpenAI's own types say what it must have. */
export type LiveEvent<Event = ServerEvent> = Event extends ServerEvent ? Omit<Event, 'event_id'> : never

/** What a message is refused with. */
export interface Refusal {
  readonly code: string
  readonly message: string
}

/** What a {@link LiveSession} works with. */
export interface LiveSessionHost {
  readonly id: string
  readonly config: LiveSessionConfig
  readonly options: LiveSimulatorOptions
  readonly expiresAt: number
  emit(event: LiveEvent): void
  /** `session.closed` was sent. */
  onClosed(): void
}

/** A session: listens while it talks, and has no turns. */
export class LiveSession {
  readonly #host: LiveSessionHost
  readonly #line: VoiceLine
  readonly #ear = new VoiceDetector(1000 * SAMPLES_PER_MS, { threshold: 0.5, silenceMs: SILENCE_MS })
  readonly #heard = new PcmRecording()
  readonly #backend: LiveBackend | undefined
  readonly #delegations = new Set<string>()
  /** What the user typed, as it was given to know. */
  #typed = ''
  #speechFrom: number | undefined
  #patience = 0
  #muted = false
  #usedMs = 0
  #closed = false
  /** What the voice was given to know. */
  readonly known: string[] = []
  /** All that was said, in words. */
  readonly said: string[] = []

  constructor(host: LiveSessionHost) {
    this.#host = host
    this.#line = new VoiceLine(({ text, startMs, endMs }) => {
      this.said.push(text)
      const times = { start_ms: startMs, end_ms: endMs }
      host.emit({ type: 'session.output_transcript.delta', delta: text, ...times })
    })
    const { delegation } = host.config
    if (delegation?.type === 'responses') {
      this.#backend = new LiveBackend({
        backend: delegation.responses,
        emit: (delegation_id, event) => host.emit({ type: 'response.event', delegation_id, event }),
        answer: (text) => void this.#line.say(text),
      })
    }
  }

  /** Whether the voice has anything to say. */
  get talking(): boolean {
    return this.#line.talking
  }

  /** Whether the model that works waits to be asked to go on. */
  get waiting(): boolean {
    return this.#backend?.waiting ?? false
  }

  start(): void {
    this.#host.emit({ type: 'session.started', session: this.#resource() })
    const allowed = this.#host.config.client?.data_channel.allowed_client_events ?? 'all'
    if (allowed !== 'all') {
      const message = `This data channel may send: ${allowed.join(', ')}.`
      this.#host.emit({ type: 'info', code: 'data_channel_permissions', message })
    }
  }

  /** Says something without being asked. */
  async say(text: string): Promise<void> {
    return this.#line.say(text)
  }

  /** Takes PCM16 at 24 kHz. */
  hear(pcm: Int16Array): void {
    const audible = this.#muted ? new Int16Array(pcm.length) : pcm
    this.#heard.append(audible)
    for (const edge of this.#ear.push(audible)) {
      if (edge.type === 'started') {
        this.#speechFrom = edge.position
        this.#patience = edge.position + PATIENCE_MS * SAMPLES_PER_MS
      } else this.#listen(edge.position)
    }
    if (this.#speechFrom !== undefined && this.#ear.position >= this.#patience) this.#line.stop()
    if (this.#speechFrom === undefined) this.#heard.forget(this.#heard.length - 12_000)
  }

  /** Gives the next samples. */
  read(frame: Int16Array): void {
    this.#line.read(frame)
    const { nowMs } = this.#line
    if (nowMs - this.#usedMs < USAGE_MS) return
    this.#usedMs = nowMs
    this.#host.emit({ type: 'session.usage.updated', usage: { seconds: nowMs / 1000 } })
  }

  /** Ends it. */
  close(reason: CloseReason, clientEventId?: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#host.emit({
      type: 'session.closed',
      reason,
      session: this.#resource(),
      usage: { seconds: this.#line.nowMs / 1000 },
      ...(clientEventId && { client_event_id: clientEventId }),
    })
    this.#host.onClosed()
  }

  /** Does what a message asks for. Gives what is wrong with it. */
  take(message: LiveClientMessage): Refusal | undefined {
    const acknowledge = (event: LiveEvent): undefined => {
      this.#host.emit({ ...event, ...(message.event_id && { client_event_id: message.event_id }) })
    }
    switch (message.type) {
      case 'session.update':
        return acknowledge({ type: 'session.updated', session: this.#resource() })
      case 'session.input_audio.mute':
        this.#muted = true
        return acknowledge({ type: 'session.input_audio.muted' })
      case 'session.input_audio.unmute':
        this.#muted = false
        return acknowledge({ type: 'session.input_audio.unmuted' })
      case 'session.close':
        this.close('close_requested', message.event_id ?? undefined)
        return undefined
      case 'response.item.create':
      case 'response.create':
        return this.#work(message)
      default: {
        const refusal = this.#checkAppend(message)
        if (refusal) return refusal
        const at = Math.round(this.#line.nowMs)
        acknowledge({ type: appended[message.type], start_ms: at, end_ms: at })
        this.#know(message)
        return undefined
      }
    }
  }

  #work(
    message: Extract<LiveClientMessage, { type: 'response.item.create' | 'response.create' }>,
  ): Refusal | undefined {
    if (!this.#backend) {
      return { code: 'invalid_request', message: `${message.type} requires Responses delegation.` }
    }
    const problem =
      message.type === 'response.create' ? this.#backend.create() : this.#backend.add(message.item)
    return problem === undefined ? undefined : { code: 'invalid_request', message: problem }
  }

  #checkAppend({ content, delegation_id: id }: Append): Refusal | undefined {
    if (Buffer.byteLength(content) > MAX_APPEND_BYTES) {
      return { code: 'string_above_max_length', message: 'content is limited to 500 tokens.' }
    }
    if (id === null) return undefined
    if (this.#backend) {
      return { code: 'invalid_value', message: 'delegation_id must be null with Responses delegation.' }
    }
    if (this.#delegations.has(id)) return undefined
    return { code: 'invalid_value', message: `There is no delegation '${id}'.` }
  }

  #know({ type, content, delegation_id: id }: Append): void {
    if (type === 'session.commentary.append') void this.#line.say(content)
    else if (type === 'session.thinking.append') {
      this.known.push(content)
      // Of what was said, nothing is to be answered; a long message comes in parts.
      const typed = content.replace(/^The user typed: /, '')
      if (id === null && (this.#typed || typed !== content)) this.#typed += typed
    } else if (id !== null) void this.#line.say('I am sorry, I cannot do that here.')
    else {
      const wording = wordingIn(content)
      const text = this.#typed
      this.#typed = ''
      if (wording) void this.#line.say(wording)
      else this.#answer({ text, typed: true, config: this.#host.config })
    }
  }

  #listen(position: number): void {
    const from = this.#speechFrom ?? position
    this.#speechFrom = undefined
    const pcm = this.#heard.slice(from, position)
    const { transcribe = describe } = this.#host.options
    const text = transcribe(pcm)
    const words = text.match(/\s*\S+/g) ?? []
    const endMs = this.#line.nowMs - SILENCE_MS
    const startMs = Math.max(0, this.#line.nowMs - (position - from) / SAMPLES_PER_MS)
    for (const [index, delta] of words.entries()) {
      const at = (share: number): number => Math.round(startMs + (share * (endMs - startMs)) / words.length)
      const times = { start_ms: at(index), end_ms: at(index + 1) }
      this.#host.emit({ type: 'session.input_transcript.delta', delta, ...times })
    }
    if (words.length > 0) this.#answer({ text, typed: false, config: this.#host.config })
  }

  #answer(turn: LiveTurn): void {
    const { reply = answerAsGuide } = this.#host.options
    const { say, delegate = false } = reply(turn)
    if (say) void this.#line.say(say)
    if (!delegate) return
    const id = `dlg_${newId('item').slice('item_'.length)}`
    this.#delegations.add(id)
    const responseId = this.#backend?.begin(id, turn.text)
    const target = this.#backend ? 'responses' : 'client'
    this.#host.emit({
      type: 'session.delegation.created',
      delegation: { type: 'delegation', id, target, ...(responseId && { response_id: responseId }) },
      offset_ms: Math.round(this.#line.nowMs),
    })
  }

  #resource(): SessionResource {
    const { id, config, expiresAt } = this.#host
    // It is as the schema wants it, which says of nothing optional that it may be undefined.
    const given = config as SessionResource
    return {
      ...given,
      id,
      status: 'active',
      expires_at: Math.floor(expiresAt / 1000),
      audio: { output: { voice: given.audio?.output?.voice ?? 'marin' } },
      delegation: given.delegation ?? { type: 'client' },
    }
  }
}

const appended = {
  'session.instructions.append': 'session.instructions.appended',
  'session.thinking.append': 'session.thinking.appended',
  'session.commentary.append': 'session.commentary.appended',
} as const

type Append = Extract<LiveClientMessage, { content: string }>

function describe(pcm: Int16Array): string {
  return `(speech, ${(pcm.length / SAMPLES_PER_MS / 1000).toFixed(1)} s)`
}

/** Speech is answered with how long it was; text by the guide, or by who works for the voice if that has tools. */
function answerAsGuide({ text, typed, config: { delegation } }: LiveTurn): LiveReply {
  if (!typed) return { say: `I heard you: ${text.replaceAll(/[()]/g, '')}.` }
  if (delegation?.type === 'responses' && delegation.responses.tools?.length) {
    return { say: 'Let me see.', delegate: true }
  }
  const answer = askGuide({ text, wording: undefined, tools: [], toolChoice: 'none', outputs: [] })
  return { say: 'text' in answer ? answer.text : '' }
}
