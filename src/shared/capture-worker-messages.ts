import type { CaptureCommand, CaptureOptions, LevelReport } from './messages.ts'

/**
 * Page → capture Worker. `Stream` is a `ReadableStream` of `AudioData`, which no library of types has on
 * both sides.
 */
export type CaptureWorkerCommand<Stream> =
  | CaptureCommand
  /** The first of them. `listens`: for speech and echo, too. */
  | { readonly type: 'open'; readonly options: CaptureOptions; readonly listens: boolean }
  /** Capture this, transferred, and nothing else any more. */
  | { readonly type: 'listen'; readonly readable: Stream }

/** Capture Worker → page. */
export type CaptureWorkerReport =
  | LevelReport
  /** The first of them: the Worker runs. */
  | { readonly type: 'ready' }
