import { Engine } from '../../src/engine/engine.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import {
  RealtimeModel,
  type AgentUpdate,
  type HeardItem,
  type ModelCapabilities,
  type ModelEvents,
  type ModelSession,
  type ReplyRequest,
} from '../../src/providers/model.ts'
import type { LocalSpeechReaction } from '../../src/shared/messages.ts'
import { settled, VirtualMicrophone, VirtualSpeaker } from './virtual-audio.ts'

const RATE = 24_000

/** A model that does what the test says, and notes what it is told. */
class PuppetModel extends RealtimeModel {
  readonly capabilities: ModelCapabilities
  readonly heard: number[] = []
  readonly log: string[] = []
  readonly interruptions: HeardItem[][] = []
  readonly sessions: ModelSession[] = []
  opening: Promise<void> = Promise.resolve()

  /** Whether it can change without another connection. */
  updates = false

  constructor(resume: 'replay' | 'none') {
    super()
    this.capabilities = {
      inputRate: RATE,
      outputRate: RATE,
      textInput: true,
      tools: true,
      reply: true,
      context: true,
      resume,
    }
  }

  get session(): ModelSession | undefined {
    return this.sessions.at(-1)
  }

  override async connect(session: ModelSession): Promise<void> {
    this.log.push('connect')
    this.sessions.push(session)
    return this.opening
  }
  override handleAudioInput(frame: Int16Array): void {
    this.heard.push(frame[0] ?? 0)
  }
  override sendMessage({ text }: { text: string }): void {
    this.log.push(`send ${text}`)
  }
  override interrupt(heard: readonly HeardItem[]): void {
    this.log.push('interrupt')
    this.interruptions.push([...heard])
  }
  override reply({ text, instructions }: ReplyRequest): void {
    this.log.push(`reply ${text ?? instructions}`)
  }
  override addMessage(role: 'user' | 'agent', text: string): void {
    this.log.push(`add ${role}: ${text}`)
  }
  override update({ instructions }: AgentUpdate): boolean {
    if (this.updates) this.log.push(`update ${instructions}`)
    return this.updates
  }
  override close(): void {
    this.log.push('close')
  }

  say<Name extends keyof ModelEvents>(event: Name, payload: ModelEvents[Name]): void {
    this.emit(event, payload)
  }
  speak(itemId: string, ms: number): void {
    this.session?.output.write(itemId, new Int16Array((RATE * ms) / 1000).fill(8000))
  }
}

/** An engine, a model that obeys, and audio that runs when it is told to. */
export function engineRig({ resume = 'none' }: { readonly resume?: 'replay' | 'none' } = {}) {
  const model = new PuppetModel(resume)
  const reports: EngineReport[] = []
  const engine = new Engine(model, {
    report: (report) => reports.push(report),
    openPeer: async () => Promise.reject(new Error('There is no page.')),
  })
  const speaker = new VirtualSpeaker(RATE)
  const microphone = new VirtualMicrophone()
  const of = <Type extends EngineReport['type']>(type: Type): Extract<EngineReport, { type: Type }>[] =>
    reports.filter((report): report is Extract<EngineReport, { type: Type }> => report.type === type)
  const states = (): string[] => of('stateChanged').map(({ state }) => state)
  const start = async (onLocalSpeech: LocalSpeechReaction = 'duck'): Promise<void> => {
    engine.handle({ type: 'start', request: 1, instructions: 'Be brief.', tools: [], onLocalSpeech })
    engine.handle({ type: 'attachSpeaker', port: speaker.port })
    engine.handle({ type: 'attachMicrophone', port: microphone.port })
    await settled()
  }
  /** An answer of 2 s of which `heardMs` were heard. */
  const answer = async (heardMs: number): Promise<void> => {
    model.say('speechStopped', {})
    model.say('responseStarted', { responseId: 'r1' })
    model.speak('a', 2000)
    model.say('transcript', {
      id: 'a',
      role: 'agent',
      text: 'one two three four five six seven eight',
      final: false,
    })
    await speaker.play(heardMs)
  }
  return { model, engine, speaker, microphone, reports, of, states, start, answer }
}
