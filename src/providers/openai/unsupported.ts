import { type OpenAIRealtimeOptions, refuse } from './options.ts'

type Fields = Readonly<Record<string, unknown>> | null | undefined

/**
 * A check that throws an `OptionError` for what a dialect cannot honour.
 * @param paths Options, such as `transcription.prompt`, or values of them, such as `turnDetection.type=semantic_vad`.
 */
export function unsupported(
  name: string,
  paths: readonly string[],
): (options: OpenAIRealtimeOptions) => void {
  return (options) => {
    for (const one of paths) {
      const [path = '', value] = one.split('=')
      const given = path.split('.').reduce<unknown>((at, key) => (at as Fields)?.[key], options)
      if (given === undefined || (value && given !== value)) continue
      refuse(options, path, value ? `cannot be ${value} with ${name}` : `is nothing that ${name} has`)
    }
  }
}
