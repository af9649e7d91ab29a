import type { VivaVoceError } from '../../core/errors.ts'
import type { ModelSession, OutputTrack } from '../model.ts'
import type { ErrorMakers } from './failures.ts'
import type { OpenAIRealtimeOptions } from './options.ts'
import type { ResponseLog } from './response-log.ts'
import type { ServerEvent } from './wire.ts'

/** A message to the service, as it will be on the wire. */
export interface OutgoingEvent {
  readonly type: string
  readonly session?: object
}

/** What a conversation is carried by. */
export interface Link {
  /** Throws an `OptionError` if a message is longer than the other side takes, where there is such a limit. */
  readonly assertFits?: ((message: object) => void) | undefined
  /** The service's own name of a WebRTC call, if it told. */
  readonly callId?: string | undefined
  /** Takes every event, for what it says about a voice that a track carries. */
  readonly followVoice?: ((event: ServerEvent, log: ResponseLog, output: OutputTrack) => void) | undefined
  send(event: OutgoingEvent): void
  /** Sends a frame of the microphone's, or drops one. Over WebRTC it does nothing. */
  sendAudio(frame: Int16Array): void
}

/** How to open a {@link Link}, and who listens to it. */
export interface LinkSetup {
  readonly session: Pick<ModelSession, 'openPeer'>
  readonly url: string
  /** Not asked for where the application negotiates by itself. */
  readonly token: Promise<string>
  readonly options: OpenAIRealtimeOptions
  /** Ends the link, before and after it is open; nothing is reported afterwards. */
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly protocols: (token: string) => readonly string[]
  readonly onMessage: (data: unknown, link: Link) => void
  /** The link ended without `signal`. */
  readonly onClose: (error: VivaVoceError) => void
  /** A frame of the microphone's was dropped. */
  readonly onDrop: () => void
  readonly makers: ErrorMakers
  /** The error of an HTTP answer. */
  readonly refusal: (status: number, body: string) => Promise<VivaVoceError>
}
