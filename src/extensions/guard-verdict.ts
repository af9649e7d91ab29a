import { isVivaVoceError, messageOf, ModelError, OptionError, type VivaVoceError } from '../core/errors.ts'
import type { GuardDetails, GuardVerdict, OutputGuardOptions } from './output-guard.ts'

const CHECK_MS = 10_000

/** Runs a check, and takes one that fails for a violation. */
export async function verdictOf(
  check: OutputGuardOptions['check'],
  text: string,
  details: GuardDetails,
  onError: (error: VivaVoceError) => void,
): Promise<GuardVerdict> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it took ${CHECK_MS} ms`)), CHECK_MS)
    })
    return await Promise.race([check(text, details), late])
  } catch (cause) {
    const message = `The check of outputGuard failed: ${messageOf(cause)}. The rest of the answer is not heard.`
    onError(new OptionError(message, { code: 'option-invalid', option: 'outputGuard.check', cause }))
    return { reason: 'the guard failed' }
  } finally {
    clearTimeout(timer)
  }
}

/** What a model, or the application, threw, as an error of ours. */
export function failureOf(cause: unknown): VivaVoceError {
  if (isVivaVoceError(cause)) return cause
  return new ModelError(`The model failed: ${messageOf(cause)}`, { code: 'model-error', cause })
}
