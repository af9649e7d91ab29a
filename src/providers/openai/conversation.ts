import type { HeardItem, ModelEvents, ModelSession, ResponseStatus } from '../model.ts'
import { type AgentItem, decodePcm, textOf } from './agent-items.ts'
import { cancelResponse, DELETION, userMessage } from './encode.ts'
import { modelError } from './failures.ts'
import { heardEvents, unheardEvents } from './memory.ts'
import { ResponseLog } from './response-log.ts'
import { ResponseQueue } from './response-queue.ts'
import { ToolRounds } from './tool-rounds.ts'
import type {
  ClientEvent,
  PartAddress,
  ServerEvent,
  WireCall,
  WireError,
  WireOutputItem,
  WireResponse,
} from './wire.ts'

/** An interruption that comes sooner after speech began is the speech's own: silence takes less. */
const SPEECH_INTERRUPTION_MS = 500

/** What a {@link Conversation} works with. */
export interface ConversationHost {
  readonly session: Pick<ModelSession, 'output' | 'runTool'>
  /** Whether OpenAI answers by itself when the user stops speaking. Default `true`. */
  readonly createResponse?: boolean
  /** Whether OpenAI cancels its answer by itself when the user begins to speak. Default `true`. */
  readonly interruptResponse?: boolean
  readonly send: (event: ClientEvent) => void
  readonly emit: <Name extends keyof ModelEvents>(event: Name, payload: ModelEvents[Name]) => void
}

/** What is said on one connection, from the moment that its session is set up. */
export class Conversation {
  readonly #host: ConversationHost
  readonly #log = new ResponseLog()
  readonly #queue: ResponseQueue
  readonly #rounds: ToolRounds
  readonly #userTexts = new Map<string, string>()
  #speechAt = -Infinity
  #lastEventId: string | undefined

  constructor(host: ConversationHost) {
    this.#host = host
    this.#queue = new ResponseQueue(host.send)
    this.#rounds = new ToolRounds(host, this.#queue)
  }

  /** See `RealtimeModel.sendMessage`. */
  sendMessage(text: string): void {
    this.#host.send(userMessage(text))
    this.#queue.request()
  }

  /** See `RealtimeModel.interrupt`. */
  interrupt(heard: readonly HeardItem[]): void {
    // The speaker falls silent a little after the user began to speak. OpenAI may have begun its next
    // answer by then, which nobody has interrupted.
    const bySpeech = performance.now() - this.#speechAt < SPEECH_INTERRUPTION_MS
    this.#speechAt = -Infinity
    if (!bySpeech) this.#cut(true)
    heardEvents(this.#log, heard).forEach(this.#host.send)
    for (const response of this.#log.responses.values()) {
      response.judged ||= response.cut
      unheardEvents(response).forEach(this.#host.send)
    }
  }

  receive(event: ServerEvent): void {
    if (event.event_id && event.event_id === this.#lastEventId) return
    this.#lastEventId = event.event_id
    const { emit, session, createResponse = true, interruptResponse = true } = this.#host
    switch (event.type) {
      case 'error':
        return this.#failed(event.error)
      case 'input_audio_buffer.speech_started':
        this.#speechAt = performance.now()
        this.#cut(!interruptResponse)
        return emit('speechStarted', {})
      case 'input_audio_buffer.speech_stopped':
        if (!createResponse) return
        this.#queue.expect()
        return emit('speechStopped', {})
      case 'conversation.item.input_audio_transcription.delta':
        return this.#userSaid(event.item_id, event.delta)
      case 'conversation.item.input_audio_transcription.completed':
        return this.#userSaid(event.item_id, '', event.transcript ?? null)
      case 'conversation.item.input_audio_transcription.failed':
        if (this.#userTexts.has(event.item_id)) this.#userSaid(event.item_id, '', null)
        return emit('error', modelError(event.error))
      case 'response.created':
        return this.#created(event.response)
      case 'response.output_audio.delta': {
        const item = this.#liveItem(event)
        if (item) session.output.write(item.id, decodePcm(item, event.delta))
        return
      }
      case 'response.output_audio.done':
        return this.#endAudio(this.#liveItem(event))
      case 'response.output_audio_transcript.delta':
      case 'response.output_text.delta':
        return this.#agentSaid(event, event.delta)
      case 'response.output_audio_transcript.done':
        return this.#agentSaid(event, '', event.transcript)
      case 'response.output_text.done':
        return this.#agentSaid(event, '', event.text)
      case 'response.function_call_arguments.done':
        return this.#call(event.response_id, event)
      case 'response.output_item.done':
        return this.#itemDone(event.response_id, event.item)
      case 'response.done':
        return this.#done(event.response)
    }
  }

  #created(wire: WireResponse): void {
    if (this.#log.responses.get(wire.id)) return
    const wanted = this.#queue.created(wire)
    this.#log.begin(wire.id, wanted)
    if (wanted) this.#host.emit('responseStarted', { responseId: wire.id })
    else this.#host.send(cancelResponse(wire.id))
  }

  #itemDone(responseId: string, item: WireOutputItem): void {
    const { id, type, status } = item
    if (type === 'function_call' && status !== 'incomplete') this.#call(responseId, item)
    if (type !== 'message' || !id) return
    this.#finish(this.#liveItem({ response_id: responseId, item_id: id }))
  }

  #liveItem({ response_id, item_id }: Omit<PartAddress, 'content_index'>): AgentItem | undefined {
    const item = this.#log.itemOf(response_id, item_id)
    return item && this.#log.live(item.response.id) ? item : undefined
  }

  #call(responseId: string, { call_id, name, arguments: args }: WireCall): void {
    const response = this.#log.live(responseId)
    if (!response || !call_id || !name) return
    this.#rounds.take(response, { callId: call_id, name, arguments: args ?? '' })
  }

  #done(wire: WireResponse): void {
    const response = this.#log.responses.get(wire.id)
    if (!response || response.over) return
    const { items, cut, announced, calls } = response
    items.forEach((item) => this.#finish(item))
    const status = cut ? 'cancelled' : statusOf(wire)
    const continues = calls > 0 && status !== 'cancelled' && status !== 'failed'
    response.over = true
    if (!continues) response.calls = 0
    if (status === 'failed') this.#host.emit('error', modelError(wire.status_details?.error ?? {}))
    if (announced) this.#host.emit('responseDone', { responseId: wire.id, status, continues })
    unheardEvents(response).forEach(this.#host.send)
    this.#rounds.settle(response)
    this.#queue.done(wire.id)
  }

  #failed(error: WireError): void {
    const eventId = error.event_id ?? ''
    const request = this.#queue.failed(eventId, error.code ?? '')
    const harmless = eventId.startsWith(DELETION) || error.code === 'response_cancel_not_active'
    if (request === false || harmless) return
    this.#host.emit('error', modelError(error))
    if (!request) return
    // Somebody waits for an answer: it failed before it began.
    this.#host.emit('responseStarted', { responseId: eventId })
    this.#host.emit('responseDone', { responseId: eventId, status: 'failed', continues: false })
  }

  #cut(cancel: boolean): void {
    this.#queue.drop()
    for (const { id, items, over } of this.#log.cut()) {
      if (cancel && !over) this.#host.send(cancelResponse(id))
      items.forEach((item) => this.#finish(item))
    }
  }

  /** @param whole The text of the part, when it is complete; null if that is what was added. */
  #agentSaid(at: PartAddress, added: string, whole?: string | null): void {
    const item = this.#liveItem(at)
    if (!item) return
    const index = at.content_index ?? 0
    const before = item.parts[index] ?? ''
    const text = (item.parts[index] = whole ?? before + added)
    if (text !== before) this.#transcribe(item)
  }

  /** @param whole The whole text, when it is complete; null if that is what was added. */
  #userSaid(id: string, added?: string | null, whole?: string | null): void {
    const text = whole ?? (this.#userTexts.get(id) ?? '') + (added ?? '')
    this.#userTexts.set(id, text)
    this.#host.emit('transcript', { id, role: 'user', text: text.trimStart(), final: whole !== undefined })
  }

  #finish(item: AgentItem | undefined): void {
    if (item?.samples) this.#endAudio(item)
    if (!item || item.final || !textOf(item)) return
    item.final = true
    this.#transcribe(item)
  }

  #transcribe(item: AgentItem): void {
    const { id, final = false } = item
    this.#host.emit('transcript', { id, role: 'agent', text: textOf(item), final })
  }

  #endAudio(item: AgentItem | undefined): void {
    if (!item || item.ended) return
    item.ended = true
    this.#host.session.output.end(item.id)
  }
}

function statusOf({ status }: WireResponse): ResponseStatus {
  return status === 'cancelled' || status === 'incomplete' || status === 'failed' ? status : 'completed'
}
