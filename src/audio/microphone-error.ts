import { MicrophoneError } from '../core/errors.ts'

/** Turns what `getUserMedia` rejected with into an error that says what to do. */
export function microphoneError(cause: unknown): MicrophoneError {
  switch (cause instanceof DOMException ? cause.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return new MicrophoneError(
        'The microphone is not allowed for this page: allow it in the address bar, then start again.',
        { code: 'microphone-denied', cause },
      )
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new MicrophoneError(
        'No such microphone: connect one, or choose another (microphone.deviceId), then start again.',
        { code: 'microphone-missing', retryable: true, cause },
      )
    case 'NotReadableError':
    case 'AbortError':
      return new MicrophoneError(
        'The microphone is in use by another application: close that, then start again.',
        { code: 'microphone-busy', retryable: true, cause },
      )
    default:
      return new MicrophoneError('The microphone could not be opened: see the cause of this error.', {
        code: 'microphone-unsupported',
        cause,
      })
  }
}

/** The error of a page that is not given any microphone at all. */
export function noMediaDevices(): MicrophoneError {
  return isSecureContext
    ? new MicrophoneError('This browser gives pages no microphone: use a current browser.', {
        code: 'microphone-unsupported',
      })
    : new MicrophoneError('Pages get a microphone only over HTTPS or from localhost: serve this one so.', {
        code: 'microphone-insecure',
      })
}
