import type { HeardItem, ResponseStatus, UserMessage } from '../model.ts'
import { type AgentItem, decodePcm, textOf } from './agent-items.ts'
import type { ConversationHost } from './conversation-host.ts'
import { cancelResponse, replay, userMessage } from './encode.ts'
import { announceExpiry } from './expiry.ts'
import { modelError } from './failures.ts'
import { heardEvents, remember, unheardEvents } from './memory.ts'
import { ResponseLog } from './response-log.ts'
import { ResponseQueue } from './response-queue.ts'
import { ToolRounds } from './tool-rounds.ts'
import { usageOf } from './usage.ts'
import { UserTexts } from './user-texts.ts'
import { UserTurn } from './user-turn.ts'
import type { PartAddress, ServerEvent, WireCall, WireError, WireOutputItem, WireResponse } from './wire.ts'

/**
 * Failures that concern nobody here, by the message's id and the code: what was to be deleted was not there,
 * what was asked for beside the conversation is its asker's, and nothing was left to cancel or to commit.
 */
const harmless = /^(delete|request)_| (response_cancel_not_active|input_audio_buffer_commit_empty)$/

/** An interruption that comes sooner after speech began is the speech's own: silence takes less. */
const SPEECH_INTERRUPTION_MS = 500

export type { ConversationHost } from './conversation-host.ts'

/** What is said on one connection, from the moment that its session is set up. */
export class Conversation {
  readonly #host: ConversationHost
  readonly #log = new ResponseLog()
  readonly #queue: ResponseQueue
  readonly #rounds: ToolRounds
  readonly #userTexts: UserTexts
  readonly #turn: UserTurn
  #speechAt = -Infinity
  #lastEventId: string | undefined

  /** Tells the model what was said on earlier connections. */
  constructor(host: ConversationHost) {
    const { session, history, send } = host
    this.#host = host
    this.#queue = new ResponseQueue(send, host.traits.metadata)
    this.#rounds = new ToolRounds(host, this.#queue)
    this.#userTexts = new UserTexts(host.emit)
    this.#turn = new UserTurn(host)
    history.flatMap(replay).forEach(send)
    if (session.answerDue) this.#queue.request()
  }

  /** See `RealtimeModel.sendMessage`. Throws an `OptionError` if it is longer than the connection takes. */
  sendMessage(message: UserMessage): void {
    const { send, assertFits } = this.#host
    const event = userMessage(message)
    assertFits?.(event)
    send(event)
    this.#queue.request()
  }

  /** See `RealtimeModel.interrupt`. */
  interrupt(heard: readonly HeardItem[]): void {
    // The speaker falls silent a little after the user began to speak. OpenAI may have begun its next
    // answer by then, which nobody has interrupted.
    const bySpeech = performance.now() - this.#speechAt < SPEECH_INTERRUPTION_MS
    this.#speechAt = -Infinity
    if (!bySpeech) this.#cut(true)
    remember(this.#host, heardEvents(this.#log, heard))
    for (const response of this.#log.responses.values()) {
      response.judged ||= response.cut
      remember(this.#host, unheardEvents(response))
    }
  }

  /** See `RealtimeModel.startTurn`. */
  startTurn(): void {
    this.#speechAt = performance.now()
    this.#cut(true)
    this.#turn.start()
  }

  /** See `RealtimeModel.endTurn`. */
  endTurn(): void {
    const isEnough = this.#turn.end()
    if (isEnough) this.#queue.request()
    // Whoever ended the turn is about to wait for an answer.
    if (isEnough === false) queueMicrotask(() => this.#noAnswer('turn', 'cancelled'))
  }

  /** Whether a frame is for the model; if so, it counts. */
  takes(frame: Int16Array): boolean {
    return this.#turn.takes(frame)
  }

  receive(event: ServerEvent): void {
    if (event.event_id && event.event_id === this.#lastEventId) return
    this.#lastEventId = event.event_id
    const { emit, session, options, followVoice } = this.#host
    followVoice?.(event, this.#log, session.output)
    const { createResponse = true, interruptResponse = true } = options.turnDetection ?? {}
    const texts = this.#userTexts
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        return announceExpiry(event, this.#host)
      case 'error':
        return this.#failed(event.error)
      case 'input_audio_buffer.speech_started':
        this.#speechAt = performance.now()
        this.#cut(!interruptResponse)
        return emit('speechStarted', {})
      case 'input_audio_buffer.timeout_triggered':
        texts.ignore(event.item_id)
        this.#queue.expect()
        return emit('speechStopped', {})
      case 'input_audio_buffer.speech_stopped':
        if (!createResponse) return
        this.#queue.expect()
        return emit('speechStopped', {})
      case 'input_audio_buffer.committed':
        if (options.transcription !== false) texts.place(event.item_id)
        return
      case 'conversation.item.input_audio_transcription.delta':
        return texts.add(event.item_id, event.delta)
      case 'conversation.item.input_audio_transcription.completed':
        return texts.add(event.item_id, '', event.transcript ?? null)
      case 'conversation.item.input_audio_transcription.failed':
        if (texts.fail(event.item_id)) emit('error', modelError(event.error))
        return
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
      case 'response.output_text.done':
        return this.#agentSaid(event, '', event.transcript ?? event.text)
      case 'response.function_call_arguments.done':
        return this.#call(event.response_id, event)
      case 'conversation.item.done':
        // OpenAI runs these tools, but leaves it to the client to have the answer go on.
        if (event.item.type === 'mcp_call') this.#queue.request()
        return
      case 'response.output_item.done':
        return this.#itemDone(event.response_id, event.item)
      case 'response.done':
        return this.#done(event.response)
    }
  }

  #created(wire: WireResponse): void {
    const { id, metadata, conversation_id } = wire
    const { responses } = this.#log
    // What is asked for beside the conversation is its asker's alone.
    if (responses.get(id) || metadata?.request_id || conversation_id === null) return
    const wanted = this.#queue.created(wire)
    // There is one at a time: the end of one that is open was lost.
    for (const { id, over } of responses.values()) if (!over) this.#done({ id, status: 'cancelled' })
    this.#log.begin(id, wanted)
    if (wanted) this.#host.emit('responseStarted', { responseId: id })
    else this.#stop(id)
  }

  #stop(id: string, over?: boolean): void {
    const { send, traits } = this.#host
    if (!over) send(cancelResponse(id))
    if (traits.media === 'track') send({ type: 'output_audio_buffer.clear' })
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

  #done({ id, status: ended, status_details, usage }: WireResponse): void {
    const { emit } = this.#host
    const response = this.#log.responses.get(id)
    if (response?.over) return
    if (usage?.total_tokens) emit('usage', usageOf(usage))
    if (!response) return
    const { items, cut, announced, calls } = response
    items.forEach((item) => this.#finish(item))
    const status = cut ? 'cancelled' : statusOf(ended)
    const continues = calls > 0 && status !== 'cancelled' && status !== 'failed'
    response.over = true
    if (!continues) response.calls = 0
    if (status === 'failed') emit('error', modelError(status_details?.error ?? {}))
    if (status === 'incomplete') emit('error', modelError({ code: status_details?.reason ?? status }))
    if (announced) emit('responseDone', { responseId: id, status, continues })
    remember(this.#host, unheardEvents(response))
    this.#rounds.settle(response)
    this.#queue.done(id)
  }

  #failed(error: WireError): void {
    const { emit } = this.#host
    const eventId = error.event_id ?? ''
    const code = error.code ?? ''
    const request = this.#queue.failed(eventId, code)
    if (code === 'session_expired') return emit('expiring', { inMs: 0 })
    if (request === false || harmless.test(`${eventId} ${code}`)) return
    emit('error', modelError(error))
    // Somebody waits for an answer: it failed before it began.
    if (request) this.#noAnswer(eventId, 'failed')
  }

  #noAnswer(responseId: string, status: ResponseStatus): void {
    this.#host.emit('responseStarted', { responseId })
    this.#host.emit('responseDone', { responseId, status, continues: false })
  }

  #cut(cancel: boolean): void {
    this.#queue.drop()
    for (const { id, items, over, voice } of this.#log.cut()) {
      if (cancel && (!over || voice)) this.#stop(id, over)
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

  #finish(item: AgentItem | undefined): void {
    this.#endAudio(item)
    if (!item || item.final || !textOf(item)) return
    item.final = true
    this.#transcribe(item)
  }

  #transcribe(item: AgentItem): void {
    const { id, final = false } = item
    this.#host.emit('transcript', { id, role: 'agent', text: textOf(item), final })
  }

  #endAudio(item: AgentItem | undefined): void {
    // What a track carries ends when it has sounded.
    if (!item?.samples || item.ended) return
    item.ended = true
    this.#host.session.output.end(item.id)
  }
}

function statusOf(status: WireResponse['status']): ResponseStatus {
  return /^(cancelled|incomplete|failed)$/.test(status ?? '') ? (status as ResponseStatus) : 'completed'
}
