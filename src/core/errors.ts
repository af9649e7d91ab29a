/** Every way in which vivavoce can fail, by a stable name to branch on. */
export type ErrorCode =
  | 'microphone-denied'
  | 'microphone-missing'
  | 'microphone-busy'
  | 'microphone-insecure'
  | 'microphone-unsupported'
  | 'microphone-lost'
  | 'echo-not-cancelled'
  | 'audio-blocked'
  | 'audio-unsupported'
  | 'speaker-missing'
  | 'worklet-blocked'
  | 'worklet-crashed'
  | 'worker-blocked'
  | 'worker-crashed'
  | 'auth-failed'
  | 'auth-empty'
  | 'auth-long-lived-key'
  | 'connection-refused'
  | 'connection-timeout'
  | 'connection-lost'
  | 'message-malformed'
  | 'model-error'
  | 'tool-unknown'
  | 'tool-arguments'
  | 'tool-failed'
  | 'tool-timeout'
  | 'tool-cancelled'
  | 'tool-not-approved'
  | 'agent-failed'
  | 'option-invalid'
  | 'option-unsupported'
  | 'state'

const brand = Symbol.for('vivavoce.error')

/** What an error is made of besides its sentence. */
export interface ErrorDetails {
  readonly code: ErrorCode
  /** Whether the same call may succeed if it is made again, with nothing changed. */
  readonly retryable?: boolean
  readonly cause?: unknown
}

/**
 * The base of every error that vivavoce throws, rejects with, or emits as `error`.
 * Its message says what happened and what to do next, and never holds a credential or audio.
 */
export class VivaVoceError extends Error {
  override name = 'VivaVoceError'
  readonly code: ErrorCode
  readonly retryable: boolean

  constructor(message: string, { code, retryable = false, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = retryable
    Object.defineProperty(this, brand, { value: true })
  }
}

/** The microphone could not be had, or was lost. */
export class MicrophoneError extends VivaVoceError {
  override name = 'MicrophoneError'
}

/** An audio context, a worklet or an output device refused to work. */
export class AudioError extends VivaVoceError {
  override name = 'AudioError'
}

/** `auth` gave nothing that may be used in a page. */
export class AuthError extends VivaVoceError {
  override name = 'AuthError'
}

/** The connection to the model was refused, timed out, was lost, or carried something unreadable. */
export class ConnectionError extends VivaVoceError {
  override name = 'ConnectionError'
}

/** The model's service answered with an error of its own. */
export class ModelError extends VivaVoceError {
  override name = 'ModelError'
  /** The service's own code, as in its documentation; `undefined` where it gave none. */
  readonly providerCode: string | undefined

  constructor(message: string, details: ErrorDetails & { readonly providerCode?: string | undefined }) {
    super(message, details)
    this.providerCode = details.providerCode
  }
}

/** A tool failed. The model is told, and the conversation goes on. */
export class ToolError extends VivaVoceError {
  override name = 'ToolError'
  /** The tool's name, as the model called it. */
  readonly toolName: string

  constructor(message: string, details: ErrorDetails & { readonly toolName: string }) {
    super(message, details)
    this.toolName = details.toolName
  }
}

/** An option is wrong, or is one that the chosen model cannot honour. */
export class OptionError extends VivaVoceError {
  override name = 'OptionError'
  /** Path of the option, such as `agent.tools`. */
  readonly option: string

  constructor(message: string, details: ErrorDetails & { readonly option: string }) {
    super(message, details)
    this.option = details.option
  }
}

/** The error of an option that is missing or wrong: `expected` says what it is to be. */
export function invalidOption(owner: string, option: string, expected: string): OptionError {
  return new OptionError(`${owner} needs ${option}: ${expected}.`, { code: 'option-invalid', option })
}

/** A method was called in a state that does not allow it. */
export class StateError extends VivaVoceError {
  override name = 'StateError'

  constructor(message: string) {
    super(message, { code: 'state' })
  }
}

/** Whether `value` is an error of vivavoce's, also across realms and duplicate copies of the package. */
export function isVivaVoceError(value: unknown): value is VivaVoceError {
  return typeof value === 'object' && value !== null && brand in value
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
