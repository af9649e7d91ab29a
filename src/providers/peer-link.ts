import type { VivaVoceError } from '../core/errors.ts'

/** What a model asks of the page's peer connection. */
export interface PeerSetup {
  /** Label of the data channel. */
  readonly channel: string
  /** Ends the connection, before and after it is open; nothing is reported afterwards. */
  readonly signal: AbortSignal
  /** Takes each message of the data channel, in order. */
  readonly onMessage: (text: string) => void
  /** The connection ended without `signal`. Called at most once, and only after `accept` has resolved. */
  readonly onClose: (error: VivaVoceError) => void
  /**
   * Takes the channel to another thread, where it is used from then on; it must be let go in this very call.
   * Resolves when the channel is open there, and calls `lost` when it is not any more; rejects where it cannot
   * be taken, and it stays.
   */
  readonly takeChannel?: (channel: RTCDataChannel, lost: () => void) => Promise<void>
}

/**
 * A peer connection of the page's, with the microphone on it, and with the speaker at its end. It is
 * created before the microphone is there, and takes its track when it comes.
 */
export interface PeerLink {
  /** The page's session description (SDP): audio both ways and the data channel. */
  readonly offer: string
  /**
   * Takes the other side's description. Resolves when the data channel is open.
   * Rejects with a `ConnectionError`, or with the reason of `signal`.
   */
  accept(answer: string): Promise<void>
  /** Bytes that `send` has taken and the network has not. */
  readonly bufferedAmount: number
  /** The longest message that the other side takes, bytes. Known once `accept` has resolved. */
  readonly maxMessageBytes: number
  /** Sends a text message on the data channel. On a channel that is no longer open it does nothing. */
  send(text: string): void
}
