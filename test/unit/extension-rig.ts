import { Engine } from '../../src/engine/engine.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import { outputGuard, type OutputGuardOptions } from '../../src/extensions/output-guard.ts'
import type { ModelExtension } from '../../src/providers/extension.ts'
import {
  RealtimeModel,
  type HeardItem,
  type ModelCapabilities,
  type ModelEvents,
  type ModelSession,
  type ReplyRequest,
} from '../../src/providers/model.ts'
import type { PlaybackInput } from '../../src/shared/messages.ts'
import { settled, VirtualSpeaker } from '../support/virtual-audio.ts'

export const RATE = 24_000

/** A model that does what the test says, and notes what it is told. */
export class ExtendedModel extends RealtimeModel {
  readonly capabilities: ModelCapabilities
  readonly log: string[] = []
  readonly interruptions: HeardItem[][] = []
  readonly replies: ReplyRequest[] = []
  session: ModelSession | undefined

  constructor(capabilities: Partial<ModelCapabilities> = {}) {
    super()
    const rates = { inputRate: RATE, outputRate: RATE }
    this.capabilities = { ...rates, textInput: true, confirmTurns: true, reply: true, ...capabilities }
  }

  override async connect(session: ModelSession): Promise<void> {
    this.session = session
  }
  override handleAudioInput(): void {}
  override sendMessage({ text }: { text: string }): void {
    this.log.push(`send ${text}`)
  }
  override interrupt(heard: readonly HeardItem[]): void {
    this.log.push('interrupt')
    this.interruptions.push([...heard])
  }
  override answer(wanted: boolean): void {
    this.log.push(`answer ${wanted}`)
  }
  override reply(request: ReplyRequest): void {
    this.log.push('reply')
    this.replies.push(request)
  }
  override close(): void {
    this.log.push('close')
  }

  say<Name extends keyof ModelEvents>(event: Name, payload: ModelEvents[Name]): void {
    this.emit(event, payload)
  }
  speak(itemId: string, ms: number, value = 8000): void {
    this.session?.output.write(itemId, new Int16Array((RATE * ms) / 1000).fill(value))
  }
  heard(id: string, text: string, final = true): void {
    this.emit('transcript', { id, role: 'user', text, final })
  }
  tells(id: string, text: string, final = false): void {
    this.emit('transcript', { id, role: 'agent', text, final })
  }
  begins(responseId: string): void {
    this.emit('responseStarted', { responseId })
  }
  ends(responseId: string, status: 'completed' | 'cancelled' = 'completed'): void {
    this.emit('responseDone', { responseId, status, continues: false })
  }
}

/** An engine, a model within extensions, and a speaker that runs when it is told to. */
export async function extensionRig(
  extensions: readonly ModelExtension[],
  capabilities: Partial<ModelCapabilities> = {},
) {
  const model = new ExtendedModel(capabilities)
  const wrapped = extensions.reduce<RealtimeModel>((inner, extension) => extension.wrap(inner), model)
  const reports: EngineReport[] = []
  const engine = new Engine(wrapped, {
    report: (report) => reports.push(report),
    openPeer: async () => Promise.reject(new Error('There is no page.')),
  })
  const speaker = new VirtualSpeaker(RATE)
  /** What the engine sent to the speaker. */
  const commands: PlaybackInput[] = []
  const post: (message: unknown) => void = speaker.port.postMessage.bind(speaker.port)
  speaker.port.postMessage = (message: unknown) => {
    commands.push(message as PlaybackInput)
    post(message)
  }
  const of = <Type extends EngineReport['type']>(type: Type): Extract<EngineReport, { type: Type }>[] =>
    reports.filter((report): report is Extract<EngineReport, { type: Type }> => report.type === type)
  const states = (): string[] => of('stateChanged').map(({ state }) => state)
  const sent = (type: PlaybackInput['type']): number =>
    commands.filter((command) => command.type === type).length
  engine.handle({ type: 'start', request: 1, instructions: '', tools: [], onLocalSpeech: 'off' })
  engine.handle({ type: 'attachSpeaker', port: speaker.port })
  await settled()
  return { model, wrapped, engine, speaker, reports, of, states, sent }
}

/** A check that finds the word "secret". */
export const noSecrets: OutputGuardOptions['check'] = (text) => {
  const at = text.indexOf('secret')
  return at < 0 ? undefined : { reason: 'a secret', at }
}

/** A rig with a guard that looks for secrets. */
export async function guardedRig(
  options: Partial<OutputGuardOptions> = {},
  capabilities: Partial<ModelCapabilities> = {},
) {
  const rig = await extensionRig([outputGuard({ check: noSecrets, ...options })], capabilities)
  const transcripts = () => rig.of('transcript').map(({ payload }) => payload)
  const texts = (): string[] => transcripts().map(({ text }) => text)
  /** Audio of an item that reached the speaker. */
  const itemMs = (itemId: string): number =>
    transcripts().findLast(({ id }) => id === itemId)?.receivedMs ?? 0
  return { ...rig, texts, itemMs }
}
