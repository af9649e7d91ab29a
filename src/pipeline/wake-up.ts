import type { Listenable } from '../core/emitter.ts'
import { invalidOption } from '../core/errors.ts'
import type { PipelineState, SpeechSource, Transcript, TurnMetrics } from '../engine/messages.ts'

/** Longest time that a timer takes, ms. */
const MAX_MS = 2 ** 31 - 1

/** The part of a pipeline's events that tell whether anybody is there. */
export interface WakeUpSource {
  stateChanged: { readonly state: PipelineState }
  speechStarted: { readonly by: SpeechSource }
  speechStopped: { readonly by: SpeechSource }
  transcript: Pick<Transcript, 'role'>
  turnEnded: Pick<TurnMetrics, 'userDoneAt'>
}

/** The part of a pipeline that {@link wakeUp} works with. */
export interface WakeUpPipeline extends Listenable<WakeUpSource> {
  readonly state: PipelineState
  generateReply(options: { readonly instructions: string }): Promise<unknown>
}

/** When a silent user is spoken to, and how. One of `reply` and `onIdle`, or both. */
export interface WakeUpOptions {
  /** How long nobody has said anything, ms. */
  readonly afterMs: number
  /** How often, until the user does something. `Infinity`: always. Default 1. */
  readonly times?: number
  /** What the agent is to say, for the model: its own words, as of `generateReply`. */
  readonly reply?: string
  /** Called just before. */
  readonly onIdle?: () => void
  /** The model cannot speak unasked, or refused to. Without this it is an unhandled rejection. */
  readonly onError?: (error: unknown) => void
  /** Stops it too. */
  readonly signal?: AbortSignal
}

/**
 * Has the agent speak to a user who is silent.
 *
 * ```ts
 * wakeUp(pipeline, { afterMs: 10_000, times: 2, reply: 'Ask whether the user is still there.' })
 * ```
 *
 * Time counts while the pipeline is listening and nobody speaks. A noise, which loudness alone took for
 * speech, begins it anew. What the model, or the application, takes for speech, and a message, also begin
 * the count of `times` anew. It ends when the pipeline is closed.
 *
 * @returns Stops it.
 * @throws OptionError for an option that is wrong.
 */
export function wakeUp(
  pipeline: WakeUpPipeline,
  { afterMs, times = 1, reply, onIdle, onError, signal }: WakeUpOptions,
): () => void {
  if (!(afterMs > 0 && afterMs <= MAX_MS)) throw invalid('afterMs', `above 0, and ${MAX_MS} at most`)
  if (!(times >= 1 && (Number.isInteger(times) || times === Infinity)))
    throw invalid('times', 'a whole number, 1 or more')
  if (!reply && !onIdle) throw invalid('reply', 'instructions for the model, unless there is onIdle')
  const speaking = new Set<SpeechSource>()
  let left = times
  let timer: ReturnType<typeof setTimeout> | undefined
  const life = new AbortController()
  const stopped = signal ? AbortSignal.any([signal, life.signal]) : life.signal

  const isQuiet = (): boolean => !stopped.aborted && pipeline.state === 'listening' && speaking.size === 0
  // Everything that happens comes here, so that there is one timer, and none that should not be.
  const wait = (): void => {
    clearTimeout(timer)
    if (left > 0 && isQuiet()) timer = setTimeout(wake, afterMs)
  }
  const wake = (): void => {
    if (!isQuiet()) return
    left--
    wait()
    onIdle?.()
    // Whoever was called may have ended it, or changed what the pipeline does.
    if (!reply || !isQuiet()) return
    void pipeline.generateReply({ instructions: reply }).catch((error: unknown) => {
      if (!onError) throw error
      onError(error)
    })
  }
  const listening = { signal: stopped }
  const hear = (by: SpeechSource, on: boolean): void => {
    if (on) speaking.add(by)
    else speaking.delete(by)
    if (by !== 'microphone') left = times
    wait()
  }
  pipeline.on('speechStarted', ({ by }) => hear(by, true), listening)
  pipeline.on('speechStopped', ({ by }) => hear(by, false), listening)
  pipeline.on(
    'transcript',
    ({ role }) => {
      if (role === 'user') left = times
      wait()
    },
    listening,
  )
  pipeline.on(
    'turnEnded',
    ({ userDoneAt }) => {
      // Of a message that was typed nothing else tells.
      if (userDoneAt !== undefined) left = times
      wait()
    },
    listening,
  )
  pipeline.on(
    'stateChanged',
    ({ state }) => {
      // A turn that was taken from the user, or lost with the connection, may have no end.
      if (state !== 'listening') speaking.clear()
      if (state === 'connecting') left = times
      if (state === 'closed') life.abort()
      wait()
    },
    listening,
  )
  stopped.addEventListener('abort', wait)
  wait()
  return () => life.abort()
}

function invalid(option: string, expected: string): Error {
  return invalidOption('wakeUp()', option, expected)
}
