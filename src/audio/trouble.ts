import { AudioError, type ErrorCode, MicrophoneError } from '../core/errors.ts'
import type { Trouble, TroubleName } from './audio-trouble.ts'

/**
 * The error of sound that failed. Its words are a chunk of their own, which few pages ever load; where that
 * cannot be had either, the cause has to do.
 * @param name Its own, or that of a browser's `DOMException`.
 */
export async function trouble(
  name: TroubleName | (string & {}),
  cause?: unknown,
  detail?: string,
): Promise<MicrophoneError | AudioError> {
  let described: Trouble = ['Sound failed: see the cause of this error.', 'audio-unsupported']
  try {
    described = (await import('./audio-trouble.ts')).describeTrouble(name, detail)
  } catch {
    // No network.
  }
  const [message, code, retryable = false] = described
  return new (isOfMicrophone(code) ? MicrophoneError : AudioError)(message, { code, retryable, cause })
}

/** The error of a browser that gave no microphone. */
export async function microphoneTrouble(cause: unknown): Promise<MicrophoneError> {
  return trouble(cause instanceof DOMException ? cause.name : '', cause)
}

function isOfMicrophone(code: ErrorCode): boolean {
  return /^(mic|echo)/.test(code)
}
