import { GeminiRealtime } from '../../src/providers/gemini/index.ts'
import { OpenAIRealtime } from '../../src/providers/openai/index.ts'
import { content, sound } from '../unit/gemini-messages.ts'
import { cleanAnswer } from '../unit/openai-disorder.ts'
import { done, failure, speechStarted, speechStopped } from '../unit/openai-events.ts'
import type { Json } from './scripted-server.ts'
import type { ScriptedService, ScriptedTalk, ScriptStep } from './scripted-talk.ts'

/** Samples in each piece of OpenAI's sound. */
export const SAMPLES = 2400

/** OpenAI, which sets a session up, and says nothing else by itself. */
export const openai: ScriptedService = {
  greeting: [{ type: 'session.created', session: { type: 'realtime' } }],
  answer: ({ type }) =>
    type === 'session.update' ? [{ type: 'session.updated', session: { type: 'realtime' } }] : [],
  model: (url) => new OpenAIRealtime({ auth: () => 'ek_test', model: 'gpt-realtime-2.1', url }),
  answeredBy: ({ item }) => {
    const { type, call_id: id } = Object(item) as { readonly type?: string; readonly call_id?: string }
    return type === 'function_call_output' && id ? [id] : []
  },
  finish: async (talk) => {
    for (const n of [1, 2, 3]) await talk.take(done(`R${n}`, 'cancelled'))
    await failRequests(talk)
    const steps: ScriptStep[] = [speechStarted, speechStopped, 'play', ...cleanAnswer(SAMPLES)]
    for (const step of steps) await talk.take(step)
    await failRequests(talk)
  },
}

/** What is asked for fails, until nothing is asked for any more. */
async function failRequests(talk: ScriptedTalk): Promise<void> {
  const { received } = talk.server
  for (let seen = 0; seen < received.length; await talk.rest()) {
    for (; seen < received.length; seen++) {
      const { event_id: id } = received[seen] as { readonly event_id?: string }
      if (id) await talk.take(failure('server_error', id))
    }
  }
}

/** Gemini, likewise. */
export const gemini: ScriptedService = {
  answer: ({ setup }: Json) => (setup ? [{ setupComplete: {} }] : []),
  model: (url) => new GeminiRealtime({ auth: () => 'auth_tokens/test', model: 'gemini-3.8-live', url }),
  answeredBy: ({ toolResponse }) => {
    const { functionResponses = [] } = Object(toolResponse) as {
      readonly functionResponses?: readonly { readonly id: string }[]
    }
    return functionResponses.map(({ id }) => id)
  },
  finish: async (talk) => {
    await talk.take('type')
    await talk.take('play')
    for (const message of [
      sound,
      content({ outputTranscription: { text: 'Last words.' } }),
      content({ generationComplete: true }),
      content({ turnComplete: true }),
    ]) {
      await talk.take(message)
    }
  },
}
