import type { EngineReport, Transcript } from '../../src/engine/messages.ts'
import type { RealtimeModel } from '../../src/providers/model.ts'
import { type HostedEngine, openEngine } from './engine-host.ts'
import { type Json, ScriptedServer, type ServerManners } from './scripted-server.ts'
import { SpeakerLog } from './speaker-log.ts'
import { VirtualMicrophone, VirtualSpeaker } from './virtual-audio.ts'

const RATE = 24_000
const PATIENCE_MS = 16_000
const weather = { name: 'weather', description: 'The weather.', parameters: { type: 'object' } }

/** A service, as far as a script needs to know it. */
export interface ScriptedService extends ServerManners {
  model(url: string): RealtimeModel
  /** Ids of the calls that a message answers. */
  answeredBy(message: Json): readonly string[]
  /** Brings what is under way to an end, and answers once more. */
  finish(talk: ScriptedTalk): Promise<void>
}

/** What the application and its user do. */
export const deeds = [
  'type',
  'interrupt',
  'startTurn',
  'endTurn',
  'reply',
  'recording',
  'outcome',
  'frame',
  'play',
  'wait',
] as const

type Deed = (typeof deeds)[number]

/** What the service says, or somebody does. */
export type ScriptStep = object | Deed

/** What came of a script. */
export interface Outcome {
  /** What is not as it must be. */
  readonly faults: readonly string[]
  /** What the engine told the page, the speaker and the service. */
  readonly reports: readonly string[]
  readonly speaker: readonly string[]
  readonly wire: readonly string[]
}

/** A conversation in which everything is settled before the next thing happens. */
export class ScriptedTalk {
  readonly server: ScriptedServer
  readonly engine: HostedEngine
  readonly reports: EngineReport[] = []
  readonly #service: ScriptedService
  readonly #speaker: VirtualSpeaker
  readonly #microphone = new VirtualMicrophone()
  readonly #log: SpeakerLog
  /** Calls that were not answered yet. */
  readonly #running: string[] = []
  readonly #final = new Map<string, Transcript>()
  readonly #faults: string[] = []
  #count = 0

  private constructor(server: ScriptedServer, service: ScriptedService, host: 'page' | 'worker') {
    this.server = server
    this.#service = service
    this.engine = openEngine(service.model(server.url), (report) => this.#take(report), { host })
    this.#speaker = new VirtualSpeaker(RATE, async () => this.engine.settled())
    this.#log = new SpeakerLog(this.#speaker.port)
  }

  /** Plays a script to its end. */
  static async run(
    service: ScriptedService,
    host: 'page' | 'worker',
    steps: readonly ScriptStep[],
  ): Promise<Outcome> {
    const talk = new ScriptedTalk(await ScriptedServer.open(service), service, host)
    try {
      await talk.#start()
      for (const step of steps) await talk.take(step)
      await talk.#finish()
      return talk.#outcome()
    } finally {
      await talk.engine.end()
      talk.server.close()
    }
  }

  /** Does a step, and waits until nothing comes of it any more. */
  async take(step: ScriptStep): Promise<void> {
    if (typeof step === 'string') await this.#do(step)
    else this.server.say(step)
    await this.settle()
  }

  async settle(): Promise<void> {
    const countAll = (): number =>
      this.reports.length + this.server.received.length + this.#log.entries.length
    let before = countAll()
    // What is done because of a command is at the server in the second round.
    for (let quiet = 0; quiet < 2;) {
      await this.server.settled()
      await this.engine.settled()
      const now = countAll()
      quiet = now === before ? quiet + 1 : 0
      before = now
    }
  }

  async #start(): Promise<void> {
    const { engine } = this
    engine.handle({ type: 'attachSpeaker', port: this.#speaker.port })
    engine.handle({ type: 'attachMicrophone', port: this.#microphone.port })
    engine.handle({
      type: 'start',
      request: 0,
      instructions: 'Be brief.',
      tools: [weather],
      onLocalSpeech: 'off',
    })
    await this.server.connected()
    while (!this.reports.some(({ type }) => type === 'settled')) await this.settle()
  }

  async #do(deed: Deed): Promise<void> {
    const { engine } = this
    const request = ++this.#count
    switch (deed) {
      case 'type':
        return engine.handle({ type: 'sendMessage', request, message: { text: `Message ${request}` } })
      case 'reply':
        return engine.handle({
          type: 'reply',
          request,
          reply: { replyId: `reply ${request}`, text: 'Hello.' },
        })
      case 'recording': {
        const pcm = new Int16Array(RATE / 10).fill(5000)
        return engine.handle({ type: 'play', request, itemId: `recording ${request}`, pcm, text: 'Beep.' })
      }
      case 'outcome': {
        const callId = this.#running.shift()
        const outcome = { output: '{"sky":"clear"}', ok: true }
        if (callId !== undefined) engine.handle({ type: 'toolFinished', callId, outcome })
        return undefined
      }
      case 'frame':
        return this.#microphone.capture(request)
      case 'play':
        return void (await this.#speaker.play(120))
      case 'wait':
        return engine.pass(1000)
      default:
        return engine.handle({ type: deed })
    }
  }

  /** Everybody comes to an end, and the service answers once more. */
  async #finish(): Promise<void> {
    await this.take('endTurn')
    await this.rest()
    await this.#service.finish(this)
    await this.rest()
  }

  /** Tools end, what is queued is heard, and nothing is waited for any longer. */
  async rest(): Promise<void> {
    while (this.#running.length > 0) await this.take('outcome')
    for (let i = 0; i < 3; i++) {
      await this.#speaker.play(1000)
      await this.settle()
      await this.engine.pass(PATIENCE_MS)
      await this.settle()
    }
  }

  #take(report: EngineReport): void {
    this.reports.push(report)
    if (report.type === 'runTool') this.#running.push(report.call.callId)
    if (report.type === 'lost') this.#faults.push(`lost: ${report.error.message}`)
    if (report.type === 'error' && /^The (model failed|engine)/.test(report.payload.message)) {
      this.#faults.push(report.payload.message)
    }
    if (report.type !== 'transcript') return
    const { id, text, heardText, final } = report.payload
    const before = this.#final.get(id)
    if (before && !(final && text === before.text && heardText === before.heardText)) {
      this.#faults.push(`"${before.heardText}" was final, and is "${heardText}"`)
    }
    if (final) this.#final.set(id, report.payload)
  }

  #outcome(): Outcome {
    const called = this.reports.flatMap((report) => (report.type === 'runTool' ? [report.call.callId] : []))
    const takenBack = this.reports.flatMap((report) => (report.type === 'cancelTool' ? [report.callId] : []))
    const answered = this.server.received.flatMap((message) => this.#service.answeredBy(message))
    const settled = new Set([...answered, ...takenBack])
    const unanswered = called.filter((id) => !settled.has(id))
    const faults = [...this.#faults, ...this.#log.late.map((id) => `${id} was cut, and went on`)]
    if (unanswered.length > 0) faults.push(`not answered: ${unanswered.join()}`)
    if (new Set(answered).size < answered.length) faults.push(`answered again: ${answered.join()}`)
    if (new Set(called).size < called.length) faults.push(`called again: ${called.join()}`)
    const state = this.reports.findLast((report) => report.type === 'stateChanged')?.state
    if (state !== 'listening') faults.push(`it ends in ${state}`)
    return {
      faults,
      reports: withoutChance(this.reports.map((report) => textOf(report))),
      speaker: withoutChance(this.#log.entries),
      wire: withoutChance(this.server.received.map((message) => JSON.stringify(message))),
    }
  }
}

/** A report as a text. Clocks differ by what passes between two steps. */
function textOf(report: EngineReport): string {
  if (report.type === 'turnEnded') return `turnEnded ${Object.keys(report.payload).join()}`
  return JSON.stringify(report, (_key, value: unknown) =>
    value instanceof Error ? [...Object.entries(value), value.message] : value,
  )
}

/** Texts in which ids and ports that nobody can foretell are numbered as they come. */
function withoutChance(texts: readonly string[]): string[] {
  const ids = new Map<string, string>()
  return texts.map((text) =>
    text.replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f-]{22}|127\.0\.0\.1:\d+/g, (id) => {
      const name = ids.get(id) ?? `#${ids.size + 1}`
      ids.set(id, name)
      return name
    }),
  )
}
