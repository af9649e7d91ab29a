/* Holds one exchange with a model whose engine runs in a Worker. */
import { outputGuard } from '../../../src/extensions/output-guard.ts'
import { Agent, RealTimePipeline, tool } from '../../../src/index.ts'
import { GeminiRealtime } from '../../../src/providers/gemini/index.ts'
import { NovaSonicRealtime } from '../../../src/providers/nova-sonic/index.ts'
import { OpenAIRealtime } from '../../../src/providers/openai/index.ts'
import { engineWorker } from '../../../src/worker/index.ts'

const models = { GeminiRealtime, NovaSonicRealtime, OpenAIRealtime }

/** Which model. */
export interface ModelPlan {
  readonly name: keyof typeof models
  readonly options: object
  /** What `auth` gives. */
  readonly credential: unknown
  /** Whether the answer is guarded: no name of a city is to be heard. */
  readonly guarded?: boolean
}

/** What a tool of the page's was asked for a question, and how that was answered. */
export interface Exchange {
  readonly chosen: string | undefined
  readonly asked: readonly string[]
  readonly answer: string
  readonly guarded: readonly string[]
}

declare global {
  interface Window {
    exchange(plan: ModelPlan): Promise<Exchange>
  }
}

window.exchange = async ({ name, options, credential, guarded = false }) => {
  const thread = engineWorker()
  const asked: string[] = []
  const reasons: string[] = []
  const Model = models[name]
  const pipeline = new RealTimePipeline({
    model: new Model({ ...options, auth: async () => credential } as never),
    agent: new Agent({
      instructions: 'You are a travel guide.',
      tools: [
        tool({
          name: 'weather',
          description: 'The weather in a city.',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          execute: ({ city }) => {
            asked.push(city)
            return `It is 21 degrees and sunny in ${city}.`
          },
        }),
      ],
    }),
    microphone: false,
    thread,
    extensions: guarded
      ? [outputGuard({ check: (text) => (text.includes('Rome') ? { reason: 'a city' } : undefined) })]
      : [],
  })
  pipeline.on('guarded', ({ reason }) => reasons.push(reason))
  const answer = new Promise<string>((resolve, reject) => {
    pipeline.on('transcript', ({ role, heardText, final }) => {
      if (role === 'agent' && final && asked.length > 0) resolve(heardText)
    })
    pipeline.on('error', reject)
  })
  await pipeline.start()
  await pipeline.sendMessage('What is the weather in Rome?')
  const heard = await answer
  await pipeline.close()
  return { chosen: thread.chosen, asked, answer: heard, guarded: reasons }
}
