import { onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { ToolCall, ToolDeclaration, ToolOutcome } from '../../src/agent/tool-call.ts'
import type { EngineReport, PipelineState } from '../../src/engine/messages.ts'
import { GeminiRealtime, type GeminiRealtimeOptions } from '../../src/providers/gemini/index.ts'
import type { ImagePart, ModelEvents } from '../../src/providers/model.ts'
import type { MessagePortLike, PlaybackInput } from '../../src/shared/messages.ts'
import { microphoneFrame } from '../../src/shared/microphone-frame.ts'
import {
  createGeminiSimulator,
  type FaultPlan,
  type GeminiConnection,
  type GeminiSimulator,
  type GeminiSimulatorOptions,
  type Json,
} from '../simulators/gemini/index.ts'
import { joinPcm } from '../simulators/pcm.ts'
import { speak } from '../simulators/speech.ts'
import { type HostedEngine, openEngine } from '../support/engine-host.ts'
import { VirtualSpeaker } from '../support/virtual-audio.ts'

const FRAME = 320

/** What a {@link Rig} is made with. */
export interface RigOptions {
  readonly simulator?: GeminiSimulatorOptions
  readonly model?: Partial<GeminiRealtimeOptions>
  readonly tools?: readonly ToolDeclaration[]
  readonly plans?: readonly FaultPlan[]
  /** How much sooner than in life the speaker plays; 0 for only when it is told to. Default 20. */
  readonly speed?: number
  /** What a tool gives. */
  readonly runTool?: (call: ToolCall) => ToolOutcome | Promise<ToolOutcome>
}

/** A tool that takes a city. */
export const weather: ToolDeclaration = {
  name: 'weather',
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

/** A simulator for one test. WebSockets go to it. */
export async function startSimulator(
  options: GeminiSimulatorOptions = {},
): Promise<{ readonly simulator: GeminiSimulator; readonly url: string; readonly httpUrl: string }> {
  vi.stubGlobal('WebSocket', WebSocket)
  const simulator = createGeminiSimulator({ pace: 40, playback: 40, ...options })
  const { url, httpUrl } = await simulator.listen()
  onTestFinished(async () => {
    const wrong = simulator.connections.flatMap(({ sentProblems }) => sentProblems)
    await simulator.close()
    vi.unstubAllGlobals()
    if (wrong.length > 0) throw new Error(`The simulator itself sent: ${wrong.join(', ')}`)
  })
  return { simulator, url, httpUrl }
}

/** A voice that says something, 16 kHz. */
export async function voice(text: string): Promise<Int16Array> {
  return (await speak(text, { sampleRate: 16_000, voice: 'en-us+f3' })).pcm
}

/** A real engine and a real model, and Google's end simulated behind a real socket. */
export class Rig {
  readonly simulator: GeminiSimulator
  readonly model: GeminiRealtime
  readonly engine: HostedEngine
  readonly speaker: VirtualSpeaker = new VirtualSpeaker(24_000, async () => this.engine.settled())
  readonly reports: EngineReport[] = []
  readonly events: { readonly name: keyof ModelEvents; readonly payload: unknown }[] = []
  /** What the engine gave to the speaker. */
  readonly played: PlaybackInput[] = []
  readonly calls: ToolCall[] = []
  readonly cancelled: string[] = []
  readonly #microphone: MessagePortLike = { onmessage: undefined, postMessage: () => {}, close: () => {} }
  #requests = 1
  #over = false

  private constructor(simulator: GeminiSimulator, url: string, options: RigOptions) {
    this.simulator = simulator
    this.model = new GeminiRealtime({
      auth: () => simulator.mintToken(),
      model: 'gemini-3.8-live',
      url,
      ...options.model,
    })
    for (const name of [
      'speechStarted',
      'speechStopped',
      'responseStarted',
      'responseDone',
      'toolCancelled',
    ] as const) {
      this.model.on(name, (payload) => this.events.push({ name, payload }))
    }
    this.engine = openEngine(this.model, (report) => this.#take(report, options))
  }

  static async start(options: RigOptions = {}): Promise<Rig> {
    const { simulator, url } = await startSimulator(options.simulator)
    for (const plan of options.plans ?? []) simulator.nextConnection(plan)
    const rig = new Rig(simulator, url, options)
    const { tools = [], speed = 20 } = options
    const { port } = rig.speaker
    const post = port.postMessage.bind(port)
    port.postMessage = (message: unknown) => {
      rig.played.push(message as PlaybackInput)
      post(message)
    }
    rig.engine.handle({ type: 'start', request: 1, instructions: 'Be brief.', tools, onLocalSpeech: 'off' })
    rig.engine.handle({ type: 'attachSpeaker', port })
    rig.engine.handle({ type: 'attachMicrophone', port: rig.#microphone })
    onTestFinished(() => rig.stop())
    const { error } = await rig.until(() => rig.of('settled')[0])
    if (error) throw error
    if (speed > 0) void rig.#run(speed)
    return rig
  }

  get state(): PipelineState {
    return this.of('stateChanged').at(-1)?.state ?? 'idle'
  }

  /** Items of which something was queued, in order. */
  get items(): string[] {
    return [...new Set(this.played.flatMap((input) => (input.type === 'audio' ? [input.itemId] : [])))]
  }

  /** The last words of each transcript. */
  get transcripts(): { readonly role: string; readonly text: string; readonly final: boolean }[] {
    return [...new Map(this.of('transcript').map(({ payload }) => [payload.id, payload])).values()]
  }

  of<Type extends EngineReport['type']>(type: Type): Extract<EngineReport, { type: Type }>[] {
    return this.reports.filter(
      (report): report is Extract<EngineReport, { type: Type }> => report.type === type,
    )
  }

  /** Waits until there is something, and the engine has told what else it did at once. */
  async until<Value>(look: () => Value | undefined | false): Promise<Value> {
    const found = (await vi.waitUntil(look, { interval: 2, timeout: 20_000 })) as Value
    await this.engine.settled()
    return found
  }

  /** Waits for a state that comes after what has happened so far, unless it is there. */
  async reaches(state: PipelineState): Promise<void> {
    await this.until(() => this.state === state)
  }

  /** Microphone frames, as fast as they can be taken. Resolves when the engine has taken them. */
  async hear(pcm: Int16Array): Promise<void> {
    // Commands take another way than sound does.
    await this.engine.settled()
    for (let at = 0; at < pcm.length; at += FRAME) {
      const frame = microphoneFrame(FRAME)
      frame.samples.set(pcm.subarray(at, at + FRAME))
      ;(this.#microphone.onmessage as ((event: { data: ArrayBuffer }) => void) | undefined)?.({
        data: frame.buffer,
      })
    }
    await this.engine.settled()
  }

  /** Says something, with a pause before and after it that no microphone leaves without any noise. */
  async say(text: string): Promise<void> {
    await this.hear(joinPcm([hiss(400), await voice(text), hiss(1000)]))
  }

  type(text: string, images: readonly ImagePart[] = []): void {
    this.engine.handle({ type: 'sendMessage', request: ++this.#requests, message: { text, images } })
  }

  /** The latest connection. */
  get connection(): GeminiConnection {
    const connection = this.simulator.connections.at(-1)
    if (!connection) throw new Error('Nobody has connected.')
    return connection
  }

  /** What was sent of one kind, over all connections. */
  sent(name: string): Json[] {
    return this.simulator.connections.flatMap(({ received }) =>
      received.filter(({ message }) => message.names.includes(name)).map(({ message }) => message.body),
    )
  }

  get violations(): unknown[] {
    return this.simulator.connections.flatMap(({ violations }) => violations)
  }

  async stop(): Promise<void> {
    this.#over = true
    await this.engine.end()
  }

  #take(report: EngineReport, { runTool }: RigOptions): void {
    this.reports.push(report)
    if (report.type === 'cancelTool') this.cancelled.push(report.callId)
    if (report.type !== 'runTool') return
    const { call } = report
    this.calls.push(call)
    void (async () => {
      const outcome = (await runTool?.(call)) ?? { output: '{"sky":"clear"}', ok: true }
      this.engine.handle({ type: 'toolFinished', callId: call.callId, outcome })
    })()
  }

  async #run(speed: number): Promise<void> {
    let at = performance.now()
    while (!this.#over) {
      await new Promise((resolve) => setTimeout(resolve, 4))
      const now = performance.now()
      await this.speaker.play(Math.min(200, Math.max(1, Math.round((now - at) * speed))))
      at = now
    }
  }
}

/** The noise of a quiet room. */
export function hiss(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 16 }, (_, i) => (i % 3) - 1)
}

/** A story of about six seconds. */
export const STORY =
  'Rome was not built in a day, nor was it seen in one. Begin at the Colosseum, and walk through the Forum up to the hill.'

/** An answer that tells the story. */
export function story(): { items: { type: 'speech'; text: string }[] } {
  return { items: [{ type: 'speech', text: STORY }] }
}
