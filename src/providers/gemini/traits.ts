import type { GeminiRealtimeOptions } from './options.ts'

/** What differs from model to model. */
export interface Traits {
  /**
   * Whether the model waits for a tool unless it is told not to, and whether voice or text meanwhile ends
   * the connection. Such a model's instructions and tools stay as they are while the session goes on.
   */
  readonly waits: boolean
  /** Whether `clientContent` is taken at any time, not only before the conversation. It stops an answer. */
  readonly clientContent: boolean
  /** Whether the answer to a call may hold images. Otherwise they are shown before it, as frames of a video. */
  readonly responseImages: boolean
}

/** The traits of a model. One that nobody knows is taken for the newest. */
export function traitsOf(model: string): Traits {
  return {
    waits: /2\.[05]|3\.1/.test(model),
    clientContent: !model.includes('3.1'),
    responseImages: !/2\.[05]/.test(model),
  }
}

/** Whether Google Search and functions cannot be had together. */
export function searchesAlone(model: string): boolean {
  return model.includes('2.5')
}

export const newest = 'gemini-3.8-live'
const native = 'leave it out, or use a gemini-2.5 native-audio model'
const not = 'is not supported: '

/** Which models refuse which value of an option, and what to do instead. */
const refusals: readonly (readonly [models: RegExp, option: string, value: RegExp, what: string])[] = [
  [/native-audio|3\.[18]/, 'responseModality', /TEXT/, 'must be AUDIO: read the transcripts instead'],
  [/3\.[18]/, 'enableAffectiveDialog', /true/, not + native],
  [/3\.8/, 'thinkingConfig', /./, `${not}leave it out, or use gemini-3.1-flash-live-preview`],
  [/3\.8/, 'proactivity.proactiveAudio', /false/, `cannot be switched off: ${native}`],
  [/3\.1/, 'thinkingConfig.thinkingBudget', /./, `${not}use thinkingLevel`],
  [/3\.1/, 'proactivity', /./, `${not}leave it out, or use ${newest}`],
  [/3\.1/, 'toolBehavior', /NON_/, `must be BLOCKING: leave it out, or use ${newest}`],
  [/2\.5/, 'thinkingConfig.thinkingLevel', /./, `${not}use thinkingBudget`],
]

/** The first option that the model refuses, and what to do instead. */
export function modelRefusal(options: GeminiRealtimeOptions): readonly [string, string] | undefined {
  for (const [models, path, refused, what] of refusals) {
    const value = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key], options)
    if (models.test(options.model) && value !== undefined && refused.test(JSON.stringify(value))) {
      return [path, what]
    }
  }
  return undefined
}
