import { type ErrorCode, MicrophoneError } from '../core/errors.ts'

type Failure = readonly [what: string, code: ErrorCode, retryable?: boolean]

const denied: Failure = ['is not allowed for this page: allow it in the address bar', 'microphone-denied']
const missing: Failure = [
  'is not there: connect one, or choose another (microphone.deviceId)',
  'microphone-missing',
  true,
]
const busy: Failure = ['is in use by another application: close that', 'microphone-busy', true]
const unknown: Failure = ['could not be opened: see the cause of this error', 'microphone-unsupported']

/** By the name of the `DOMException`. */
const failures: Readonly<Record<string, Failure>> = {
  NotAllowedError: denied,
  SecurityError: denied,
  NotFoundError: missing,
  OverconstrainedError: missing,
  NotReadableError: busy,
  AbortError: busy,
}

/** Turns what `getUserMedia` rejected with into an error that says what to do. */
export function microphoneError(cause: unknown): MicrophoneError {
  const name = cause instanceof DOMException ? cause.name : ''
  const [what, code, retryable = false] = failures[name] ?? unknown
  return new MicrophoneError(`The microphone ${what}, then start again.`, { code, retryable, cause })
}

/** The error of a page that is not given any microphone at all. */
export function noMediaDevices(): MicrophoneError {
  return isSecureContext
    ? new MicrophoneError('No microphone in this browser: use a current one.', {
        code: 'microphone-unsupported',
      })
    : new MicrophoneError('No microphone here: serve the page over HTTPS or from localhost.', {
        code: 'microphone-insecure',
      })
}
