import type { Conversation } from './conversation.ts'
import type { McpTools } from './mcp-tools.ts'
import type { OutgoingItem } from './outgoing-item.ts'
import { OutputItems } from './output-items.ts'
import type { SessionOptions } from './options.ts'
import { Pacer } from './pacer.ts'
import type { Reply, ReplyEnding, ReplyItem, Turn } from './reply.ts'
import type { SessionConfig, Voice } from './session-config.ts'
import { newId, type WireMessage } from './wire.ts'
import { rateLimits, usageOf } from './usage.ts'

/** What a response was asked for. */
export interface ResponseRequest {
  readonly turn: Turn
  /** The answer, if it is settled already. */
  readonly reply?: Reply
  readonly modality: 'audio' | 'text'
  readonly maxOutputTokens: SessionConfig['max_output_tokens']
  readonly voice: Voice
  /** The conversation that it belongs to; none if it is out of band. */
  readonly conversation: Conversation | undefined
  readonly mcp: McpTools
  readonly emit: (event: WireMessage) => void
  readonly options: SessionOptions
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal
}

/** Why a response was cancelled. */
export type CancelReason = 'turn_detected' | 'client_cancelled'

/** One response, from `response.created` to `response.done`. */
export class SimulatedResponse {
  readonly id: string = newId('resp')
  readonly #request: ResponseRequest
  readonly #pacer = new Pacer()
  readonly #output: OutputItems
  #cancelled: CancelReason | undefined
  #lateDeltas = Infinity

  constructor(request: ResponseRequest) {
    this.#request = request
    this.#output = new OutputItems({
      ...request,
      responseId: this.id,
      pacer: this.#pacer,
      goesOn: () => this.#goesOn(),
      deltaSent: () => this.#lateDeltas--,
    })
  }

  /** Whether it belongs to the conversation. */
  get inConversation(): boolean {
    return this.#request.conversation !== undefined
  }

  /** Audio that was sent, ms. */
  get audioMs(): number {
    return this.#output.audioMs
  }

  /** Whether the service has called an MCP tool, and owes an answer. */
  get calledMcp(): boolean {
    return !this.#cancelled && this.#output.items.some(({ type }) => type === 'mcp_call')
  }

  /** Lets a few more deltas go, and ends. Without effect on one that is ending already. */
  cancel(reason: CancelReason): void {
    if (this.#cancelled) return
    this.#cancelled = reason
    this.#lateDeltas = this.#output.begun ? this.#request.options.lateDeltas : 0
    this.#pacer.hurry()
  }

  /** Sends everything. Never rejects. */
  async run(): Promise<void> {
    const { emit, options, turn, conversation, signal, reply: settled } = this.#request
    const hurry = (): void => this.#pacer.hurry()
    signal.addEventListener('abort', hurry)
    if (options.rateLimits === 'before') emit(rateLimits())
    emit({ type: 'response.created', response: this.#resource('in_progress', null) })
    await this.#pacer.spend(options.thinkingMs)
    let ending: ReplyEnding | undefined
    try {
      const reply: Reply = this.#goesOn() ? (settled ?? (await options.reply(turn))) : { items: [] }
      await this.#send(reply)
      ending = this.#output.exhausted ? { status: 'incomplete', reason: 'max_output_tokens' } : reply.ending
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      ending = { status: 'failed', error: { type: 'server_error', code: 'server_error', message } }
    }
    signal.removeEventListener('abort', hurry)
    if (conversation) conversation.responded = true
    emit({ type: 'response.done', response: this.#finished(ending) })
    if (options.rateLimits !== 'before') emit(rateLimits())
  }

  async #send({ items, interleaved }: Reply): Promise<void> {
    let current = await this.#begin(items[0])
    for (let index = 1; current; index++) {
      await current.stream()
      const ahead = interleaved ? await this.#begin(items[index]) : undefined
      current.finish()
      current = ahead ?? (await this.#begin(items[index]))
    }
  }

  async #begin(item: ReplyItem | undefined): Promise<OutgoingItem | undefined> {
    const ended = (): boolean => !!this.#cancelled || !this.#goesOn() || this.#output.exhausted
    if (!item || ended()) return undefined
    const outgoing = await this.#output.prepare(item)
    if (ended()) return undefined
    outgoing.begin()
    return outgoing
  }

  #goesOn(): boolean {
    return this.#lateDeltas > 0 && !this.#request.signal.aborted
  }

  #finished(ending: ReplyEnding | undefined): Readonly<Record<string, unknown>> {
    if (this.#cancelled) {
      return this.#resource('cancelled', { type: 'cancelled', reason: this.#cancelled })
    }
    if (!ending) return this.#resource('completed', null)
    const { status, ...details } = ending
    return this.#resource(status, { type: status, ...details })
  }

  #resource(status: string, details: unknown): Readonly<Record<string, unknown>> {
    const { conversation, modality, maxOutputTokens, voice, turn } = this.#request
    return {
      object: 'realtime.response',
      id: this.id,
      status,
      status_details: details,
      output: this.#output.items,
      conversation_id: conversation?.id ?? null,
      output_modalities: [modality],
      max_output_tokens: maxOutputTokens,
      audio: { output: { format: { type: 'audio/pcm', rate: 24_000 }, voice } },
      usage: status === 'in_progress' ? null : usageOf(turn.items, this.#output),
      metadata: turn.metadata,
    }
  }
}
