import type { ErrorMakers } from './failures.ts'
import type { OpenAIRealtimeOptions } from './options.ts'

/** Throws an `OptionError` if a message is longer than the other side takes. */
export function assertFits(
  message: object,
  maxBytes: number,
  options: Pick<OpenAIRealtimeOptions, 'model'>,
  refuse: ErrorMakers['refuse'],
): void {
  if (new TextEncoder().encode(JSON.stringify(message)).length <= maxBytes) return
  refuse(options, 'message', `is longer than ${maxBytes} bytes: send less, or smaller images`)
}
