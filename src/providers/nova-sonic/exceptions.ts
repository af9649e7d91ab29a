import { ModelError } from '../../core/errors.ts'

/** An exception of the service's, as ours. @param name Such as `throttlingException`. */
export function exceptionError(name: string, message: string): ModelError {
  return new ModelError(`Nova Sonic: ${message || name}`, {
    code: 'model-error',
    providerCode: name,
    // An idle stream that was ended is told as a validation error.
    retryable: /^timed out/i.test(message) || !/validation|accessDenied|notFound|quota|signature/i.test(name),
  })
}
