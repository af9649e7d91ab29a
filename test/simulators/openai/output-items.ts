import { encodePcm, joinPcm } from '../pcm.ts'
import { speak, type SpokenWord } from '../speech.ts'
import type { Conversation, ConversationItem, ItemContent, ItemStatus, WireItem } from './conversation.ts'
import { truncateItem } from './conversation.ts'
import type { SessionOptions } from './options.ts'
import type { Pacer } from './pacer.ts'
import type { ReplyItem } from './reply.ts'
import { newCallId, newId, obfuscation, type WireMessage } from './wire.ts'

const SAMPLE_RATE = 24_000
/** Words come that much before they are heard, as recorded. */
const TRANSCRIPT_LEAD_MS = 400
/** A piece of text costs as much time as that much audio. */
const TEXT_DELTA_MS = 25

type Message = Extract<ReplyItem, { type: 'message' }>
type FunctionCall = Extract<ReplyItem, { type: 'function_call' }>

/** What the items of a response need of it. */
export interface OutputItemsOptions {
  readonly responseId: string
  readonly modality: 'audio' | 'text'
  readonly maxOutputTokens: number | 'inf'
  readonly conversation: Conversation | undefined
  readonly emit: (event: WireMessage) => void
  readonly options: SessionOptions
  readonly pacer: Pacer
  /** Whether more may be sent. */
  readonly goesOn: () => boolean
  /** Counts what is sent after a response was cancelled. */
  readonly deltaSent: () => void
}

/** Sends what a response says and calls, delta by delta. */
export class OutputItems {
  readonly items: WireItem[] = []
  /** Text and transcripts that were sent. */
  text = ''
  audioMs = 0
  /** Whether an item was announced. */
  begun = false
  /** Whether the limit of output tokens, here one for each word, was reached. */
  exhausted = false
  #words = 0
  readonly #to: OutputItemsOptions

  constructor(to: OutputItemsOptions) {
    this.#to = to
  }

  /** Sends one item from `output_item.added` to `output_item.done`. */
  async send(item: ReplyItem): Promise<void> {
    if (item.type === 'function_call') await this.#sendCall(item)
    else if (this.#to.modality === 'audio') await this.#sendSpeech(item)
    else await this.#sendText(item)
  }

  async #sendSpeech(message: Message): Promise<void> {
    const { text, pcm: appended, speakText = true } = message
    const speech = speakText ? await speak(text, { sampleRate: SAMPLE_RATE }) : undefined
    this.#to.pacer.restart()
    if (!this.#to.goesOn()) return
    const words = speech?.words ?? (text === '' ? [] : [{ text, startMs: 0 }])
    const pcm = joinPcm([speech?.pcm ?? new Int16Array(0), appended ?? new Int16Array(0)])
    const item = this.#begin(messageItem(message))
    const at = { item_id: item.wire.id, output_index: this.items.length, content_index: 0 }
    this.#emit('response.content_part.added', at, { part: { type: 'audio', transcript: '' } })
    const { transcript, completed } = await this.#streamSpeech(item, at, words, pcm)
    this.#emit('response.output_audio.done', at, {})
    this.#emit('response.output_audio_transcript.done', at, { transcript })
    this.#emit('response.content_part.done', at, { part: { type: 'audio', transcript } })
    this.#finish(item, completed, [{ type: 'output_audio', transcript }])
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
      this.#emit('response.output_audio.delta', at, { delta: encodePcm(part) })
      this.#to.deltaSent()
      await pacer.spend(options.chunkMs / options.pace)
    }
    const completed = offset >= pcm.length && this.#to.goesOn() && !this.exhausted
    if (completed) sendWordsBefore(Infinity)
    return { transcript: sent.map(({ text }) => text).join(''), completed: completed && !this.exhausted }
  }

  async #sendText(message: Message): Promise<void> {
    const item = this.#begin(messageItem(message))
    const at = { item_id: item.wire.id, output_index: this.items.length, content_index: 0 }
    this.#emit('response.content_part.added', at, { part: { type: 'text', text: '' } })
    const { text, completed } = await this.#streamText(
      'response.output_text.delta',
      at,
      message.text.match(/\s*\S+/g) ?? [],
    )
    this.#emit('response.output_text.done', at, { text })
    this.#emit('response.content_part.done', at, { part: { type: 'text', text } })
    this.#finish(item, completed, [{ type: 'output_text', text }])
  }

  async #sendCall({ name, arguments: json }: FunctionCall): Promise<void> {
    const callId = newCallId()
    const call = { type: 'function_call', status: 'in_progress', name, call_id: callId } as const
    const item = this.#begin({ id: newId('item'), ...call, arguments: '' })
    const at = { item_id: item.wire.id, output_index: this.items.length, call_id: callId }
    const { text, completed } = await this.#streamText(
      'response.function_call_arguments.delta',
      at,
      json.match(/\s*(?:[\p{L}\d]+|[^\s\p{L}\d]+)/gu) ?? [],
    )
    this.#emit('response.function_call_arguments.done', at, { name, arguments: text })
    // A client that answers at once is faster than the rest of the response: it was recorded so.
    await this.#to.pacer.spend(TEXT_DELTA_MS / this.#to.options.pace)
    item.wire = { ...item.wire, ...call, arguments: text }
    this.#finish(item, completed)
  }

  async #streamText(
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
      this.#emitText(type, at, piece)
      deltaSent()
      await pacer.spend(TEXT_DELTA_MS / options.pace)
    }
    return { text, completed: goesOn() }
  }

  #begin(wire: WireItem): ConversationItem {
    const item: ConversationItem = { wire }
    this.begun = true
    this.#emit('response.output_item.added', { output_index: this.items.length }, { item: wire })
    const { conversation, emit } = this.#to
    if (conversation) {
      conversation.insert(item)
      emit({
        type: 'conversation.item.added',
        previous_item_id: conversation.previousOf(wire.id),
        item: wire,
      })
    }
    return item
  }

  #finish(item: ConversationItem, completed: boolean, content?: readonly ItemContent[]): void {
    const status: ItemStatus = completed ? 'completed' : 'incomplete'
    const { conversation, emit } = this.#to
    item.wire = { ...item.wire, status, ...(content ? { content } : {}) } as WireItem
    const { wire } = item
    if (conversation) {
      // As recorded: in the first response of a session the predecessor is not told.
      const previous = conversation.responded ? conversation.previousOf(wire.id) : null
      emit({ type: 'conversation.item.done', previous_item_id: previous, item: wire })
    }
    this.#emit('response.output_item.done', { output_index: this.items.length }, { item: wire })
    this.items.push(wire)
    if (item.truncatedAtMs !== undefined) truncateItem(item, item.truncatedAtMs)
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
