import { encodePcm, joinPcm } from '../pcm.ts'
import { speak, type SpokenWord } from '../speech.ts'
import type { ConversationItem, ItemContent, ItemStatus, WireItem } from './conversation.ts'
import { truncateItem } from './conversation.ts'
import { prepareMcpCall } from './mcp-call.ts'
import {
  ARGUMENT_PIECES,
  type ItemPlace,
  type ItemWriter,
  type OutgoingItem,
  type OutputItemsOptions,
} from './outgoing-item.ts'
import type { ReplyItem } from './reply.ts'
import { newCallId, newId, obfuscation } from './wire.ts'

const SAMPLE_RATE = 24_000
/** Words come that much before they are heard, as recorded. */
const TRANSCRIPT_LEAD_MS = 400
/** A piece of text costs as much time as that much audio. */
const TEXT_DELTA_MS = 25

type Message = Extract<ReplyItem, { type: 'message' }>
type FunctionCall = Extract<ReplyItem, { type: 'function_call' }>

/** Sends what a response says and calls, delta by delta. */
export class OutputItems implements ItemWriter {
  readonly items: WireItem[] = []
  /** Text and transcripts that were sent. */
  text = ''
  audioMs = 0
  /** Whether an item was announced. */
  begun = false
  /** Whether the limit of output tokens, here one for each word, was reached. */
  exhausted = false
  #words = 0
  #announced = 0
  readonly #to: OutputItemsOptions

  constructor(to: OutputItemsOptions) {
    this.#to = to
  }

  /** Makes an item ready to be sent. */
  async prepare(item: ReplyItem): Promise<OutgoingItem> {
    if (item.type === 'function_call') return this.#call(item)
    if (item.type === 'mcp_call') return prepareMcpCall(item, this, this.#to)
    return this.#to.modality === 'audio' ? await this.#speech(item) : this.#text(item)
  }

  async #speech(message: Message): Promise<OutgoingItem> {
    const { text, pcm: appended, speakText = true } = message
    const speech = speakText ? await speak(text, { sampleRate: SAMPLE_RATE }) : undefined
    this.#to.pacer.restart()
    const words = speech?.words ?? (text === '' ? [] : [{ text, startMs: 0 }])
    const pcm = joinPcm([speech?.pcm ?? new Int16Array(0), appended ?? new Int16Array(0)])
    const { begin, place } = this.#announcement(() => messageItem(message))
    let sent = { transcript: '', completed: false }
    return {
      begin: () => {
        begin()
        this.#emit('response.content_part.added', part(place()), { part: { type: 'audio', transcript: '' } })
      },
      stream: async () => {
        sent = await this.#streamSpeech(place().item, part(place()), words, pcm)
      },
      finish: () => {
        const at = part(place())
        const { transcript, completed } = sent
        this.#emit('response.output_audio.done', at, {})
        this.#emit('response.output_audio_transcript.done', at, { transcript })
        this.#emit('response.content_part.done', at, { part: { type: 'audio', transcript } })
        this.finish(place(), statusOf(completed), [{ type: 'output_audio', transcript }])
      },
    }
  }

  async #streamSpeech(
    item: ConversationItem,
    at: Readonly<Record<string, unknown>>,
    words: readonly SpokenWord[],
    pcm: Int16Array,
  ): Promise<{ readonly transcript: string; readonly completed: boolean }> {
    const { options, pacer } = this.#to
    const chunk = Math.round((options.chunkMs * SAMPLE_RATE) / 1000)
    const sent: SpokenWord[] = []
    const sendWordsBefore = (ms: number): void => {
      for (let word = words[sent.length]; word && word.startMs < ms; word = words[sent.length]) {
        if (!this.#countWord()) return
        sent.push(word)
        this.#emitText('response.output_audio_transcript.delta', at, word.text)
      }
    }
    let offset = 0
    item.words = sent
    for (; offset < pcm.length && this.#to.goesOn() && !this.exhausted; offset += chunk) {
      const startMs = (offset * 1000) / SAMPLE_RATE
      sendWordsBefore(startMs + options.chunkMs + TRANSCRIPT_LEAD_MS)
      const part = pcm.subarray(offset, offset + chunk)
      if (item.truncatedAtMs === undefined) item.pcm = pcm.subarray(0, offset + part.length)
      this.audioMs += (part.length * 1000) / SAMPLE_RATE
      this.#to.deltaSent()
      this.#emit('response.output_audio.delta', at, { delta: encodePcm(part) })
      await pacer.spend(options.chunkMs / options.pace)
    }
    const completed = offset >= pcm.length && this.#to.goesOn() && !this.exhausted
    if (completed) sendWordsBefore(Infinity)
    return { transcript: sent.map(({ text }) => text).join(''), completed: completed && !this.exhausted }
  }

  #text(message: Message): OutgoingItem {
    const { begin, place } = this.#announcement(() => messageItem(message))
    let sent = { text: '', completed: false }
    return {
      begin: () => {
        begin()
        this.#emit('response.content_part.added', part(place()), { part: { type: 'text', text: '' } })
      },
      stream: async () => {
        const pieces = message.text.match(/\s*\S+/g) ?? []
        sent = await this.streamText('response.output_text.delta', part(place()), pieces)
      },
      finish: () => {
        const at = part(place())
        const { text, completed } = sent
        this.#emit('response.output_text.done', at, { text })
        this.#emit('response.content_part.done', at, { part: { type: 'text', text } })
        this.finish(place(), statusOf(completed), [{ type: 'output_text', text }])
      },
    }
  }

  #call({ name, arguments: json }: FunctionCall): OutgoingItem {
    const call = { type: 'function_call', status: 'in_progress', name, call_id: newCallId() } as const
    const { begin, place } = this.#announcement(() => ({ id: newId('item'), ...call, arguments: '' }))
    let completed = false
    return {
      begin,
      stream: async () => {
        const { item } = place()
        const at = { ...place().at, call_id: call.call_id }
        const sent = await this.streamText(
          'response.function_call_arguments.delta',
          at,
          json.match(ARGUMENT_PIECES) ?? [],
        )
        this.#emit('response.function_call_arguments.done', at, { name, arguments: sent.text })
        // A client that answers at once is faster than the rest of the response: it was recorded so.
        await this.#to.pacer.spend(TEXT_DELTA_MS / this.#to.options.pace)
        item.wire = { id: item.wire.id, ...call, arguments: sent.text }
        completed = sent.completed
      },
      finish: () => this.finish(place(), statusOf(completed)),
    }
  }

  /** Sends text in pieces. */
  async streamText(
    type: string,
    at: Readonly<Record<string, unknown>>,
    pieces: readonly string[],
  ): Promise<{ readonly text: string; readonly completed: boolean }> {
    const { goesOn, deltaSent, pacer, options } = this.#to
    pacer.restart()
    let text = ''
    for (const piece of pieces) {
      if (!goesOn() || !this.#countWord()) return { text, completed: false }
      text += piece
      deltaSent()
      this.#emitText(type, at, piece)
      await pacer.spend(TEXT_DELTA_MS / options.pace)
    }
    return { text, completed: goesOn() }
  }

  /** Announces an item; it has the next place in the response. */
  begin(wire: WireItem): ItemPlace {
    const item: ConversationItem = { wire }
    const output_index = this.#announced++
    this.begun = true
    this.#emit('response.output_item.added', { output_index }, { item: wire })
    const { conversation, emit } = this.#to
    if (conversation) {
      conversation.insert(item)
      emit({
        type: 'conversation.item.added',
        previous_item_id: conversation.previousOf(wire.id),
        item: wire,
      })
    }
    return { item, at: { item_id: wire.id, output_index } }
  }

  /** Ends an item. Only messages and function calls have a status. */
  finish({ item, at }: ItemPlace, status?: ItemStatus, content?: readonly ItemContent[]): void {
    const { conversation, emit } = this.#to
    const changes = { ...(status ? { status } : {}), ...(content ? { content } : {}) }
    item.wire = Object.assign({}, item.wire, changes)
    const { wire } = item
    if (conversation) {
      // As recorded: in the first response of a session the predecessor is not told.
      const previous = conversation.responded ? conversation.previousOf(wire.id) : null
      emit({ type: 'conversation.item.done', previous_item_id: previous, item: wire })
    }
    this.#emit('response.output_item.done', { output_index: at.output_index }, { item: wire })
    this.items[at.output_index] = wire
    if (item.truncatedAtMs !== undefined) truncateItem(item, item.truncatedAtMs)
  }

  #announcement(wire: () => WireItem): { readonly begin: () => void; readonly place: () => ItemPlace } {
    let announced: ItemPlace | undefined
    return {
      begin: () => void (announced = this.begin(wire())),
      place: () => {
        if (!announced) throw new Error('The item was not announced.')
        return announced
      },
    }
  }

  #countWord(): boolean {
    const { maxOutputTokens } = this.#to
    if (maxOutputTokens !== 'inf' && this.#words >= maxOutputTokens) this.exhausted = true
    else this.#words++
    return !this.exhausted
  }

  #emitText(type: string, at: Readonly<Record<string, unknown>>, delta: string): void {
    this.text += delta
    this.#emit(type, at, { delta, obfuscation: obfuscation(delta) })
  }

  #emit(
    type: string,
    at: Readonly<Record<string, unknown>>,
    fields: Readonly<Record<string, unknown>>,
  ): void {
    this.#to.emit({ type, response_id: this.#to.responseId, ...at, ...fields })
  }
}

function messageItem({ phase }: Message): WireItem {
  const item = { id: newId('item'), type: 'message', status: 'in_progress', role: 'assistant' } as const
  return { ...item, ...(phase ? { phase } : {}), content: [] }
}

function part({ at }: ItemPlace): Readonly<Record<string, unknown>> {
  return { ...at, content_index: 0 }
}

function statusOf(completed: boolean): ItemStatus {
  return completed ? 'completed' : 'incomplete'
}
