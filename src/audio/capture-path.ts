import type { AudioError } from '../core/errors.ts'
import type { CaptureCommand, CaptureOptions } from '../shared/messages.ts'

/** What a {@link CapturePath} is opened with. */
export interface CaptureSetup {
  readonly options: CaptureOptions
  /** Another worklet's source than the one that only captures: one that listens as well. */
  readonly workletSource?: string | undefined
  readonly workletUrl: string | undefined
  /** What to capture, as soon as the browser gives it. */
  readonly stream: Promise<MediaStream>
  /** The path failed after it was opened. */
  readonly onError: (error: AudioError) => void
}

/** A way from a stream to the engine's frames, off the main thread. */
export interface CapturePath {
  /** What the worklet runs in, if one does. */
  readonly context?: AudioContext
  /** Root mean square of the latest frame, 0 to 1. */
  readonly level: number
  /** A port that carries frames of that rate to an engine, and their buffers back; the one before is deaf. */
  connect(wireRate: number): MessagePort
  /** Captures another stream in the place of the one before. Throws what the browser throws if it refuses. */
  listen(stream: MediaStream): void
  command(command: CaptureCommand, transfer?: Transferable[]): void
  /** Releases all but the stream. Idempotent. */
  close(): void
}
