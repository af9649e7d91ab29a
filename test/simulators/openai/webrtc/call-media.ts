import { decodePcm } from '../../pcm.ts'
import { invalidValue, type ClientError } from '../client-error.ts'
import type { ClientMessage } from '../client-messages.ts'
import { truncateItem } from '../conversation.ts'
import type { SimulatedSession } from '../session.ts'
import type { WireMessage } from '../wire.ts'
import { Playout, type PlayedItem } from './playout.ts'

const SAMPLES_PER_MS = 24

/**
 * What Azure lets through to a browser with `webrtcfilter=on`, so that it never sees instructions or
 * tools: turns, playback and transcripts.
 */
const FILTERED_EVENTS: ReadonlySet<string> = new Set([
  'input_audio_buffer.speech_started',
  'input_audio_buffer.speech_stopped',
  'output_audio_buffer.started',
  'output_audio_buffer.stopped',
  'conversation.item.input_audio_transcription.completed',
  'conversation.item.added',
  'conversation.item.created',
  'response.output_text.delta',
  'response.output_text.done',
  'response.output_audio_transcript.delta',
  'response.output_audio_transcript.done',
])

/** How a call treats its events. */
export interface CallMediaOptions {
  /** Whether only a subset of the events is sent: {@link FILTERED_EVENTS}. */
  readonly filtered: boolean
  /** Whether everything that was played is kept. */
  readonly record: boolean
}

/** The sound of a session whose peer gets it as media: the server plays, and knows what was heard. */
export class CallMedia {
  readonly #filtered: boolean
  readonly #playout: Playout
  readonly #active = new Set<string>()
  #session: SimulatedSession | undefined
  #send: (event: WireMessage) => void = () => {}

  constructor({ filtered, record }: CallMediaOptions) {
    this.#filtered = filtered
    const tell = (type: string, responseId: string): void => this.#send({ type, response_id: responseId })
    this.#playout = new Playout(
      {
        started: (responseId) => tell('output_audio_buffer.started', responseId),
        stopped: (responseId) => tell('output_audio_buffer.stopped', responseId),
      },
      { keepsAll: record },
    )
  }

  /** What went into RTP, by id of the item. */
  get played(): ReadonlyMap<string, PlayedItem> {
    return this.#playout.items
  }

  /** Begins to serve a session. */
  attach(session: SimulatedSession, send: (event: WireMessage) => void): void {
    this.#session = session
    this.#send = send
  }

  /** Whether the peer may see an event. */
  allows(type: string): boolean {
    return !this.#filtered || FILTERED_EVENTS.has(type)
  }

  /** Takes PCM16 at 24 kHz from the peer. */
  hear(pcm: Int16Array): void {
    this.#session?.input.append(pcm)
  }

  /** Gives the next samples at 24 kHz for the peer. */
  read(frame: Int16Array): void {
    this.#playout.read(frame)
  }

  /** Takes an event of the session: sound is played, all else is sent. */
  emit(event: WireMessage): void {
    const responseId = String(event.response_id)
    if (event.type === 'response.output_audio.delta') {
      const unheard = this.#playout.append(responseId, String(event.item_id), decodePcm(String(event.delta)))
      if (unheard) this.#truncate(unheard)
      return
    }
    this.#send(event)
    switch (event.type) {
      case 'input_audio_buffer.speech_started':
        if (this.#session?.config.audio.input.turn_detection?.interrupt_response !== false) this.#cut()
        return
      case 'response.created':
        this.#active.add(idOf(event.response))
        return
      case 'response.output_audio.done':
        this.#playout.endItem(String(event.item_id))
        return
      case 'response.done':
        this.#active.delete(idOf(event.response))
        // As recorded, the buffer is not drained before the rate limits are told, which follow at once.
        queueMicrotask(() => this.#playout.endResponse(idOf(event.response)))
    }
  }

  /** Does what a message asks for; gives what is wrong with it. */
  handle(message: ClientMessage): ClientError | undefined {
    switch (message.type) {
      case 'input_audio_buffer.append':
        return invalidValue('Over WebRTC, audio comes on the media track.', 'type')
      case 'conversation.item.truncate':
        return invalidValue('Over WebRTC, the server truncates what it has not played.', 'type')
      case 'output_audio_buffer.clear':
        this.#cut()
        return undefined
      default:
        return this.#session?.handle(message)
    }
  }

  #cut(): void {
    const cut = this.#playout.cut(this.#active)
    if (!cut) return
    this.#send({ type: 'output_audio_buffer.cleared', response_id: cut.responseId })
    for (const item of cut.items) this.#truncate(item)
  }

  #truncate({ itemId, playedSamples }: PlayedItem): void {
    const audioEndMs = Math.floor(playedSamples / SAMPLES_PER_MS)
    const item = this.#session?.conversation.find(itemId)
    // A response beside the conversation leaves nothing to be forgotten.
    if (!item) return
    truncateItem(item, audioEndMs)
    this.#send({
      type: 'conversation.item.truncated',
      item_id: itemId,
      content_index: 0,
      audio_end_ms: audioEndMs,
    })
  }
}

function idOf(response: unknown): string {
  return (response as { readonly id: string }).id
}
