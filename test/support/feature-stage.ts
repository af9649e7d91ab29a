import { type TestContext, vi } from 'vitest'
import { Agent, type AgentOptions } from '../../src/agent/agent.ts'
import type { VivaVoceError } from '../../src/core/errors.ts'
import type { Transcript } from '../../src/engine/messages.ts'
import { RealTimePipeline } from '../../src/pipeline/real-time-pipeline.ts'
import type { PipelineEvents } from '../../src/pipeline/pipeline-events.ts'
import type { RealTimePipelineOptions } from '../../src/pipeline/pipeline-options.ts'
import { joinPcm } from '../simulators/pcm.ts'
import { speak } from '../simulators/speech.ts'
import { engineThread } from './engine-host.ts'
import type { Page } from './feature-page.ts'
import { type Service, startService, type Wishes } from './feature-service.ts'
import type { Provider } from './feature-table.ts'

/** Waits until there is something. */
export function until<Value>(look: () => Value | undefined | false): Promise<Value> {
  return vi.waitUntil(look, { interval: 2, timeout: 20_000 }) as Promise<Value>
}

/** How a conversation begins. */
export interface TalkOptions
  extends
    Partial<Omit<AgentOptions, 'instructions'>>,
    Pick<RealTimePipelineOptions, 'history' | 'extensions'> {
  readonly instructions?: AgentOptions['instructions']
  readonly model?: Wishes
}

/** Where a feature is shown: a page, and the provider's service. Gone when the test ends. */
export class Stage {
  readonly provider: Provider
  readonly service: Service
  readonly page: Page
  /** What the user is understood to have said. */
  said = 'Good morning.'
  readonly onFinished: TestContext['onTestFinished']

  private constructor(provider: Provider, service: Service, page: Page, onFinished: Stage['onFinished']) {
    this.provider = provider
    this.service = service
    this.page = page
    this.onFinished = onFinished
  }

  /** For a test of this provider, on this page. */
  static async open(provider: Provider, page: Page, { onTestFinished }: TestContext): Promise<Stage> {
    onTestFinished(() => page.close())
    if (provider === 'openai-webrtc') await page.prepareCall()
    const service = await startService(provider, () => stage.said)
    onTestFinished(() => service.close())
    const stage = new Stage(provider, service, page, onTestFinished)
    return stage
  }

  /** Another service on the same page. */
  async another(provider: Provider): Promise<Service> {
    if (provider === 'openai-webrtc') await this.page.prepareCall()
    const service = await startService(provider, () => this.said)
    this.onFinished(() => service.close())
    return service
  }

  /** A conversation that has not begun. */
  pipeline({ history, extensions, model, ...agent }: TalkOptions = {}): Talk {
    return new Talk(this, {
      model: this.service.model(model),
      agent: new Agent({ instructions: 'Be brief.', ...agent }),
      ...engineThread(),
      ...(history && { history }),
      ...(extensions && { extensions }),
    })
  }

  /** A conversation that has begun. */
  async talk(options: TalkOptions = {}): Promise<Talk> {
    const talk = this.pipeline(options)
    await talk.pipeline.start()
    return talk
  }
}

/** A conversation, and what has happened in it. */
export class Talk {
  readonly pipeline: RealTimePipeline
  readonly agent: Agent
  readonly errors: VivaVoceError[] = []
  readonly #stage: Stage
  readonly #transcripts = new Map<string, Transcript>()

  constructor(stage: Stage, options: RealTimePipelineOptions) {
    this.#stage = stage
    this.agent = options.agent
    this.pipeline = new RealTimePipeline(options)
    this.pipeline.on('error', (error) => this.errors.push(error))
    this.pipeline.on('transcript', (transcript) => this.#transcripts.set(transcript.id, transcript))
    stage.onFinished(() => this.pipeline.close())
  }

  /** What was said, in order. */
  get transcripts(): readonly Transcript[] {
    return [...this.#transcripts.values()]
  }

  /** What was heard of the agent. */
  get heard(): readonly string[] {
    return this.transcripts.flatMap(({ role, heardText }) => (role === 'agent' ? [heardText] : []))
  }

  /** Keeps the events of a kind. */
  all<Name extends keyof PipelineEvents>(event: Name): PipelineEvents[Name][] {
    const events: PipelineEvents[Name][] = []
    this.pipeline.on(event, (payload) => events.push(payload))
    return events
  }

  /** The user types. */
  async type(text: string): Promise<void> {
    await this.pipeline.sendMessage(text)
  }

  /** The user types, and hears an answer in which that stands. Nobody speaks any more then. */
  async ask(text: string, answer: string): Promise<void> {
    await this.type(text)
    await this.hears(answer)
  }

  /** Resolves when that was heard of the agent, and nobody speaks any more. */
  async hears(answer: string): Promise<void> {
    const isHeard = (): boolean => this.heard.some((text) => text.includes(answer))
    try {
      await until(() => isHeard() && this.pipeline.state === 'listening')
    } catch (cause) {
      const { heard, errors, pipeline } = this
      const told = `${pipeline.state}; heard: ${heard.join(' | ')}; errors: ${errors.map(String).join(' | ')}`
      throw new Error(`"${answer}" was not heard, or is not over: ${told}`, { cause })
    }
  }

  /** The user speaks, and hears the answer to its end. */
  async converse(): Promise<void> {
    const answers = this.heard.length
    await this.speak()
    await until(() => this.heard.length > answers && this.pipeline.state === 'listening')
  }

  /** The user speaks, and is silent for a while: that sound. */
  async speak(text = 'Good morning.'): Promise<Int16Array> {
    const { page } = this.#stage
    const { inputRate } = page
    const { pcm } = await speak(text, { sampleRate: inputRate, voice: 'en-us+f3' })
    const sound = joinPcm([hiss(200, inputRate), pcm, hiss(1000, inputRate)])
    const whole = sound.subarray(0, sound.length - (sound.length % (inputRate / 50)))
    await page.speak(whole)
    return whole
  }
}

/** The noise of a quiet room. */
function hiss(ms: number, rate: number): Int16Array {
  return Int16Array.from({ length: (ms * rate) / 1000 }, (_, i) => (i % 3) - 1)
}
