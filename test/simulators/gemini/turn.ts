import { Pacer } from '../openai/pacer.ts'
import { encodePcm, joinPcm } from '../pcm.ts'
import { speak, type SpokenWord } from '../speech.ts'
import type { Content } from './conversation.ts'
import type { SessionOptions } from './options.ts'
import type { Reply, ReplyItem, Turn } from './reply.ts'
import { declarationsOf, type ModelTraits, type Setup } from './setup.ts'
import type { PendingCall, ToolCalls } from './tool-calls.ts'
import { usageOf } from './usage.ts'
import { newCallId, type Json } from './wire.ts'

const SAMPLE_RATE = 24_000
/** Words come that much before they are heard, as recorded. */
const TRANSCRIPT_LEAD_MS = 400
/** A piece of text costs as much time as that much audio. */
const TEXT_PIECE_MS = 25

/** What a turn needs of its session. */
export interface TurnHost {
  readonly options: SessionOptions
  readonly traits: ModelTraits
  readonly setup: () => Setup
  readonly contents: Content[]
  readonly calls: ToolCalls
  /** The question as it stands. */
  readonly question: () => Turn
  readonly emit: (message: Json) => void
}

type Speech = Extract<ReplyItem, { type: 'speech' }>

/** One turn of the model, from its thoughts to `turnComplete`. */
export class SimulatedTurn {
  readonly #host: TurnHost
  readonly #pacer = new Pacer()
  #over = false
  #text = ''
  #thought = ''
  #audioMs = 0
  #playsSince: number | undefined
  #pcm: Int16Array = new Int16Array(0)
  #offset = 0
  #words: readonly SpokenWord[] = []
  #wordsSent = 0

  constructor(host: TurnHost) {
    this.#host = host
  }

  /** Sends everything. Rejects if the reply does. */
  async run(): Promise<void> {
    const { options, calls } = this.#host
    await this.#pacer.spend(options.thinkingMs)
    let reply: Reply = { items: [] }
    while (!this.#over) {
      reply = await options.reply(this.#host.question())
      if (this.#over) return
      await this.#perform(reply)
      if (this.#over) return
      if (!calls.blocking) break
      await calls.settled()
    }
    if (this.#over) return
    const { groundingMetadata } = reply
    this.#content({ generationComplete: true, ...(groundingMetadata ? { groundingMetadata } : {}) })
    await this.#playOut()
    if (this.#over) return
    this.#over = true
    this.#complete()
  }

  /** Sends what is on its way already, and ends. */
  interrupt(): void {
    if (this.#over) return
    for (let late = 0; late < this.#host.options.lateChunks && this.#offset > 0; late++) this.#sendChunk()
    this.stop()
    this.#keepSpeech()
    this.#content({ interrupted: true })
    this.#complete()
  }

  /** Ends without a word. */
  stop(): void {
    this.#over = true
    this.#pacer.hurry()
  }

  async #perform({ items, thought }: Reply): Promise<void> {
    const { traits } = this.#host
    const speaks = items.some(({ type }) => type === 'speech')
    const summary = thought ?? (traits.thinks && speaks && !this.#answersTool() ? '**Answering**\n\n' : '')
    if (summary !== '') {
      this.#thought += summary
      this.#content({ modelTurn: { parts: [{ text: summary, thought: true }] } })
    }
    for (const [index, item] of items.entries()) {
      if (this.#over) return
      if (item.type === 'speech') await this.#say(item)
      else if (items[index - 1]?.type !== 'call') this.#call(items.slice(index))
    }
  }

  #answersTool(): boolean {
    return this.#host.contents.at(-1)?.parts?.some((part) => part.functionResponse !== undefined) ?? false
  }

  #call(items: readonly ReplyItem[]): void {
    const { calls, contents, traits, setup, emit } = this.#host
    const end = items.findIndex(({ type }) => type !== 'call')
    const declared = declarationsOf(setup().tools)
    const made = items.slice(0, end < 0 ? undefined : end).flatMap((item): PendingCall[] => {
      if (item.type !== 'call') return []
      const behavior = declared.find(({ name }) => name === item.name)?.behavior ?? traits.behavior
      const { name, args } = item
      return [{ id: newCallId(), name, args, blocking: behavior === 'BLOCKING', turn: this }]
    })
    if (traits.showsCode) {
      const code = made.map(({ name }) => `print(default_api.${name}())`).join('\n')
      this.#content({ modelTurn: { parts: [{ executableCode: { language: 'PYTHON', code } }] } })
    }
    const functionCalls = made.map(({ id, name, args }) => ({ name, args, id }))
    contents.push({ role: 'model', parts: functionCalls.map((functionCall) => ({ functionCall })) })
    calls.add(made)
    emit({ toolCall: { functionCalls }, ...(traits.joined ? this.#usage() : {}) })
  }

  async #say({ text, pcm, speakText = true }: Speech): Promise<void> {
    if (this.#host.setup().generationConfig?.responseModalities?.[0] === 'TEXT') {
      await this.#write(text)
      return
    }
    const speech = speakText ? await speak(text, { sampleRate: SAMPLE_RATE }) : undefined
    this.#pacer.restart()
    if (this.#over) return
    this.#words = speech?.words ?? (text === '' ? [] : [{ text, startMs: 0 }])
    this.#wordsSent = 0
    this.#pcm = joinPcm([speech?.pcm ?? new Int16Array(0), pcm ?? new Int16Array(0)])
    this.#offset = 0
    const { chunkMs, pace } = this.#host.options
    while (this.#offset < this.#pcm.length && !this.#over) {
      this.#sendChunk()
      await this.#pacer.spend(chunkMs / pace)
    }
    if (!this.#over) this.#keepSpeech()
  }

  async #write(text: string): Promise<void> {
    for (const piece of text.match(/\s*\S+/g) ?? []) {
      if (this.#over) return
      this.#text += piece
      this.#content({ modelTurn: { parts: [{ text: piece }] } })
      await this.#pacer.spend(TEXT_PIECE_MS / this.#host.options.pace)
    }
    if (!this.#over) this.#keepSpeech()
  }

  #sendChunk(): void {
    const { options, traits } = this.#host
    const part = this.#pcm.subarray(this.#offset, this.#offset + (options.chunkMs * SAMPLE_RATE) / 1000)
    if (part.length === 0) return
    const startMs = (this.#offset * 1000) / SAMPLE_RATE
    const last = this.#offset + part.length >= this.#pcm.length
    const words = this.#takeWords(last ? Infinity : startMs + options.chunkMs + TRANSCRIPT_LEAD_MS)
    const data = encodePcm(part)
    const modelTurn = { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] }
    if (traits.joined) {
      const text = words.join('')
      this.#content({ ...(text === '' ? {} : { outputTranscription: { text } }), modelTurn })
    } else {
      for (const text of words) this.#content({ outputTranscription: { text } })
      this.#content({ modelTurn })
    }
    if (this.#playsSince === undefined && options.emptyMessages) this.#content({})
    this.#playsSince ??= performance.now()
    this.#offset += part.length
    this.#audioMs += (part.length * 1000) / SAMPLE_RATE
  }

  #takeWords(beforeMs: number): readonly string[] {
    const due = this.#words.slice(this.#wordsSent).filter(({ startMs }) => startMs < beforeMs)
    this.#wordsSent += due.length
    const words = due.map(({ text }) => text)
    this.#text += words.join('')
    return this.#host.setup().outputAudioTranscription ? words : []
  }

  #keepSpeech(): void {
    if (this.#text !== '') this.#host.contents.push({ role: 'model', parts: [{ text: this.#text }] })
    this.#text = ''
  }

  async #playOut(): Promise<void> {
    if (this.#playsSince === undefined) return
    const playedMs = performance.now() - this.#playsSince
    this.#pacer.restart()
    await this.#pacer.spend(this.#audioMs / this.#host.options.playback - playedMs)
  }

  #complete(): void {
    const status = this.#host.traits.interactionStatus ? { interactionStatus: 'IDLE' } : {}
    this.#host.emit({ serverContent: { turnComplete: true, ...status }, ...this.#usage() })
  }

  #usage(): Json {
    const modality = this.#audioMs > 0 ? 'AUDIO' : 'TEXT'
    const tokens = Math.ceil(this.#audioMs / 40) || 1
    const said = { modality, tokens, thought: this.#thought }
    return { usageMetadata: usageOf(this.#host.contents, said) }
  }

  #content(serverContent: Json): void {
    this.#host.emit({ serverContent })
  }
}
