import { isVivaVoceError } from './sdk.ts'

/** An error in a user's words. */
export interface ErrorAdvice {
  readonly title: string
  readonly message: string
  readonly retryable: boolean
  /** Whether it goes away if the user types instead of speaking. */
  readonly microphone: boolean
}

/** By what the code begins with. */
const TITLES: readonly (readonly [prefix: string, title: string])[] = [
  ['microphone-denied', 'The microphone is not allowed'],
  ['microphone', 'The microphone is not available'],
  ['speaker', 'The speaker is not available'],
  ['audio', 'The browser plays no sound'],
  ['worklet', 'The browser’s audio engine failed'],
  ['auth', 'No token for the model'],
  ['connection-lost', 'The connection was lost'],
  ['connection', 'No connection to the model'],
  ['message', 'The model sent something unreadable'],
  ['model', 'The model reports an error'],
  ['tool', 'A tool failed'],
  ['option-unsupported', 'The model cannot do that'],
  ['agent', 'The agent failed'],
]

/** Anything that was thrown or emitted, made fit to show. */
export function adviseOn(reason: unknown): ErrorAdvice {
  const code = isVivaVoceError(reason) ? reason.code : ''
  return {
    title: TITLES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'Something went wrong',
    message: sentences(reason).join(' '),
    // What is not of the pipeline's is the page's own server, which may be back.
    retryable: isVivaVoceError(reason) ? reason.retryable : true,
    microphone: code.startsWith('microphone'),
  }
}

/** The message, and that of the cause where an `auth()` of ours has one to give. */
function sentences(reason: unknown): string[] {
  if (!(reason instanceof Error)) return [String(reason)]
  if (isVivaVoceError(reason) && reason.code === 'auth-failed' && reason.cause instanceof Error) {
    return [reason.cause.message]
  }
  return [reason.message]
}
