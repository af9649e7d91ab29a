import type { AgentUpdate, HeardItem, ReplyRequest, ResponseStatus, UserMessage } from '../model.ts'
import type { AgentItem } from './agent-items.ts'
import { AgentVoice } from './agent-voice.ts'
import type { ConversationHost } from './conversation-host.ts'
import { cancelResponse, replay, replyResponse, userMessage } from './encode.ts'
import { announceExpiry } from './expiry.ts'
import { modelError } from './failures.ts'
import { heardEvents, remember, unheardEvents } from './memory.ts'
import { ResponseLog } from './response-log.ts'
import { ResponseQueue } from './response-queue.ts'
import { ToolRounds } from './tool-rounds.ts'
import { usageOf } from './usage.ts'
import { UserTexts } from './user-texts.ts'
import { COMMITTED, REJECTED, UserTurn } from './user-turn.ts'
import type {
  ClientEvent,
  PartAddress,
  ServerEvent,
  WireCall,
  WireError,
  WireOutputItem,
  WireResponse,
} from './wire.ts'

/**
 * Failures that concern nobody here, by the message's id and the code: what was to be deleted was not there,
 * what was asked for beside the conversation is its asker's, and nothing was left to cancel or to commit.
 */
const harmless = /^(delete|request)_| (response_cancel_not_active|input_audio_buffer_commit_empty)$/

/** An interruption that comes sooner after speech began is the speech's own: silence takes less. */
const SPEECH_INTERRUPTION_MS = 500

/** What is said on one connection, from the moment that its session is set up. */
export class Conversation {
  readonly #host: ConversationHost
  readonly #log = new ResponseLog()
  readonly #queue: ResponseQueue
  readonly #rounds: ToolRounds
  readonly #userTexts: UserTexts
  readonly #turn: UserTurn
  readonly #voice: AgentVoice
  #instructions: string
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
    this.#voice = new AgentVoice(host)
    this.#instructions = session.instructions
    history.flatMap(replay).forEach(send)
    if (session.answerDue) this.#queue.request()
  }

  /** See `RealtimeModel.sendMessage`. Throws an `OptionError` if it is longer than the connection takes. */
  sendMessage(message: UserMessage): void {
    this.#send(userMessage(message))
    this.#queue.request()
  }

  /** See `RealtimeModel.reply`. */
  reply(request: ReplyRequest): void {
    const { replyId } = request
    this.#queue.request({ replyId, response: () => replyResponse(this.#instructions, request) })
  }

  /** See `RealtimeModel.addMessage`. Throws as `sendMessage` does, and so does `update`. */
  addMessage(role: 'user' | 'agent', text: string): void {
    replay({ type: 'message', role, text }).forEach((event) => this.#send(event))
  }

  /** See `RealtimeModel.update`. */
  update(agent: AgentUpdate): boolean {
    this.#send(this.#host.updateOf(agent))
    this.#instructions = agent.instructions
    return true
  }

  /** See `RealtimeModel.answer`. */
  answer(wanted: boolean): void {
    for (const id of this.#turn.undecided.splice(0)) {
      if (wanted) continue
      this.#userTexts.ignore(id)
      this.#turn.mark(id, REJECTED)
    }
    if (wanted) this.#queue.request()
    this.#queue.release()
  }

  /** See `RealtimeModel.interrupt`. */
  interrupt(heard: readonly HeardItem[]): void {
    // The speaker falls silent a little after the user began to speak. OpenAI may have begun its next
    // answer by then, which nobody has interrupted.
    const bySpeech = performance.now() - this.#speechAt < SPEECH_INTERRUPTION_MS
    this.#speechAt = -Infinity
    if (!bySpeech) this.#cut(true, this.#queue.held)
    remember(this.#host, heardEvents(this.#log, heard))
    for (const response of this.#log.responses.values()) {
      response.judged ||= response.cut
      remember(this.#host, unheardEvents(response))
    }
  }

  /** See `RealtimeModel.startTurn`. */
  startTurn(): void {
    this.#speechAt = performance.now()
    this.#queue.held = true
    this.#cut(true, true)
    this.#turn.start()
  }

  /** See `RealtimeModel.endTurn`. */
  endTurn(): void {
    const isEnough = this.#turn.end()
    if (isEnough) this.#queue.request()
    this.#queue.release()
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
        this.#queue.held = true
        if (!session.confirmTurns) {
          this.#speechAt = performance.now()
          this.#cut(!interruptResponse, true)
        }
        return emit('speechStarted', {})
      case 'input_audio_buffer.timeout_triggered':
        texts.ignore(event.item_id)
        this.#queue.expect()
        return emit('speechStopped', {})
      case 'input_audio_buffer.speech_stopped':
        if (session.confirmTurns) this.#turn.undecided.push(event.item_id ?? '')
        else {
          if (createResponse) this.#queue.expect()
          this.#queue.release()
          if (!createResponse) return
        }
        return emit('speechStopped', {})
      case 'input_audio_buffer.committed':
        this.#turn.mark(event.item_id, COMMITTED)
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
      case 'response.output_audio.delta':
        return this.#voice.write(this.#liveItem(event), event.delta)
      case 'response.output_audio.done':
        return this.#voice.endAudio(this.#liveItem(event))
      case 'response.output_audio_transcript.delta':
      case 'response.output_text.delta':
        return this.#voice.say(this.#liveItem(event), event)
      case 'response.output_audio_transcript.done':
      case 'response.output_text.done':
        return this.#voice.say(this.#liveItem(event), event, event.transcript ?? event.text ?? null)
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
    const { wanted, replyId } = this.#queue.created(wire)
    // There is one at a time: the end of one that is open was lost.
    for (const { id, over } of responses.values()) if (!over) this.#done({ id, status: 'cancelled' })
    this.#log.begin(id, wanted)
    if (wanted) this.#begin(id, replyId)
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
    this.#voice.finish(this.#liveItem({ response_id: responseId, item_id: id }))
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
    items.forEach((item) => this.#voice.finish(item))
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
    if (request) this.#noAnswer(eventId, 'failed', request.replyId)
  }

  #begin(responseId: string, replyId: string | undefined): void {
    this.#host.emit('responseStarted', { responseId, ...(replyId && { replyId }) })
  }

  #noAnswer(responseId: string, status: ResponseStatus, replyId?: string): void {
    this.#begin(responseId, replyId)
    this.#host.emit('responseDone', { responseId, status, continues: false })
  }

  #cut(cancel: boolean, bySpeech: boolean): void {
    this.#queue.drop(bySpeech)
    for (const { id, items, over, voice } of this.#log.cut()) {
      if (cancel && (!over || voice)) this.#stop(id, over)
      items.forEach((item) => this.#voice.finish(item))
    }
  }

  /** Sends a message if it is not longer than the connection takes; throws otherwise. */
  #send(event: ClientEvent): void {
    this.#host.assertFits?.(event)
    this.#host.send(event)
  }
}

function statusOf(status: WireResponse['status']): ResponseStatus {
  return /^(cancelled|incomplete|failed)$/.test(status ?? '') ? (status as ResponseStatus) : 'completed'
}
