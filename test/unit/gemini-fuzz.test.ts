import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import type { GeminiRealtimeOptions } from '../../src/providers/gemini/index.ts'
import type { ServerMessage } from '../../src/providers/gemini/wire.ts'
import { settled, VirtualSpeaker } from '../support/virtual-audio.ts'
import { Bare } from './gemini-bare.ts'
import { content, messages, sound } from './gemini-messages.ts'
import { weather } from './gemini-rig.ts'

const deeds = [
  'type',
  'interrupt',
  'startTurn',
  'endTurn',
  'frame',
  'play',
  'wait',
  'reply',
  'context',
] as const
type Step = ServerMessage | (typeof deeds)[number]

const steps = fc.array(fc.oneof(fc.constantFrom<Step>(...messages), fc.constantFrom<Step>(...deeds)), {
  maxLength: 60,
})
const variants = fc.constantFrom<Partial<GeminiRealtimeOptions>>(
  {},
  { toolBehavior: 'BLOCKING' },
  { turnDetection: null },
  { model: 'gemini-3.1-flash-live-preview' },
  { model: 'gemini-2.5-flash-native-audio-preview-12-2025' },
  { activityHandling: 'NO_INTERRUPTION', toolScheduling: 'SILENT' },
)

describe('whatever Gemini sends, in whichever order', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('nothing is thrown, cut answers stay silent, calls are answered once, and it ends in listening', async () => {
    await fc.assert(
      fc.asyncProperty(variants, steps, async (options, script) => {
        const table = new Table(options)
        await table.start()
        for (const step of script) {
          await table.take(step)
          expect(table.late).toEqual([])
          expect(table.wrongReplies).toEqual([])
        }
        // Whoever speaks comes to an end, and a service that says nothing more is waited for no longer.
        await table.take('endTurn')
        for (let i = 0; i < 3; i++) {
          await table.take('play')
          await vi.advanceTimersByTimeAsync(16_000)
        }
        await table.take('play')
        expect(table.late).toEqual([])
        expect(table.state).toBe('listening')
        expect(table.model.problems).toEqual([])
        expect(table.answers).toHaveLength(new Set(table.answers).size)
        table.engine.handle({ type: 'stop' })
      }),
      { numRuns: 250 },
    )
  })

  it.each([
    null,
    5,
    'x',
    [],
    { serverContent: 5 },
    { serverContent: { modelTurn: { parts: 7 } } },
    { toolCall: [] },
  ])('and %o is nothing that it goes wrong by afterwards', async (odd) => {
    const table = new Table({})
    await table.start()
    table.model.receive(odd as never)
    await table.take('type')
    for (const message of [sound, content({ generationComplete: true }), content({ turnComplete: true })]) {
      await table.take(message)
    }
    await table.take('play')
    expect(table.state).toBe('listening')
    table.engine.handle({ type: 'stop' })
  })

  it('a user who interrupts and gets no answer is listened to, and the connection is kept', async () => {
    const table = new Table({})
    await table.start()
    for (const message of [sound, content({ interrupted: true }), content({ turnComplete: true })]) {
      await table.take(message)
    }
    expect(table.state).toBe('listening')
    await vi.advanceTimersByTimeAsync(16_000)
    const speech = table.reports.flatMap(({ type }) => (type.startsWith('speech') ? [type] : []))
    expect(speech).toEqual(['speechStarted', 'speechStopped'])
    expect(table.state).toBe('listening')
    await vi.advanceTimersByTimeAsync(100_000)
    expect(table.model.dead).toEqual([])
    table.engine.handle({ type: 'stop' })
  })

  it('a service that says nothing where it must is given up, and then its connection', async () => {
    const table = new Table({})
    await table.start()
    await table.take('type')
    await vi.advanceTimersByTimeAsync(16_000)
    expect(table.state).toBe('listening')
    expect(table.model.dead).toEqual([])
    await vi.advanceTimersByTimeAsync(31_000)
    expect(table.model.dead).toEqual([1])
    table.engine.handle({ type: 'stop' })
  })
})

class Table {
  readonly model: Bare
  readonly engine: Engine
  readonly reports: EngineReport[] = []
  readonly #speaker = new VirtualSpeaker(24_000)
  /** Items that were cut, and how much of them the speaker had got then. */
  readonly #cut = new Map<string, number>()
  readonly #queued = new Map<string, number>()
  /** Replies that began though they were not asked for, or not any more. */
  readonly wrongReplies: string[] = []
  #asked: string | undefined
  #requests = 1

  readonly #manual: boolean

  constructor(options: Partial<GeminiRealtimeOptions>) {
    this.#manual = options.turnDetection === null
    this.model = new Bare(options)
    this.model.on('responseStarted', ({ replyId }) => {
      if (replyId !== undefined && replyId !== this.#asked) this.wrongReplies.push(replyId)
      if (replyId !== undefined) this.#asked = undefined
    })
    // Whatever the user does first, there is no reply any more.
    this.model.on('speechStarted', () => (this.#asked = undefined))
    this.engine = new Engine(this.model, {
      report: (report) => {
        this.reports.push(report)
        if (report.type !== 'runTool') return
        const outcome = { output: 'clear', ok: true }
        queueMicrotask(() => {
          this.engine.handle({ type: 'toolFinished', callId: report.call.callId, outcome })
        })
      },
      openPeer: async () => Promise.reject(new Error('There is no page.')),
    })
  }

  get state(): string | undefined {
    return this.reports.findLast((report) => report.type === 'stateChanged')?.state
  }

  /** Ids of the calls that were answered. */
  get answers(): string[] {
    return this.model.sent.flatMap(({ toolResponse }) =>
      ((toolResponse as { functionResponses?: { id: string }[] } | undefined)?.functionResponses ?? []).map(
        ({ id }) => id,
      ),
    )
  }

  async start(): Promise<void> {
    const { port } = this.#speaker
    const post = port.postMessage.bind(port)
    port.postMessage = (message: unknown) => {
      const { type, itemId } = message as { readonly type: string; readonly itemId: string }
      if (type === 'audio') this.#queued.set(itemId, (this.#queued.get(itemId) ?? 0) + 1)
      if (type === 'flush') for (const [id, count] of this.#queued) this.#cut.set(id, count)
      post(message)
    }
    this.engine.handle({
      type: 'start',
      request: 1,
      instructions: '',
      tools: [weather],
      onLocalSpeech: 'off',
    })
    this.engine.handle({ type: 'attachSpeaker', port })
    await settled()
  }

  async take(step: Step): Promise<void> {
    const isQuiet = this.state === 'listening'
    const isDropped =
      step === 'type' || (step === 'interrupt' && !isQuiet) || (step === 'startTurn' && this.#manual)
    if (isDropped) this.#asked = undefined
    if (step === 'reply') {
      if (isQuiet) this.model.reply({ replyId: (this.#asked = `reply ${++this.#requests}`) })
    } else if (step === 'context') {
      if (isQuiet) this.model.addMessage()
    } else if (step === 'type') {
      const message = { text: 'Hello' }
      this.engine.handle({ type: 'sendMessage', request: ++this.#requests, message })
    } else if (step === 'frame') this.model.handleAudioInput(new Int16Array(320).fill(1))
    else if (step === 'play') await this.#speaker.play(800)
    else if (step === 'wait') await vi.advanceTimersByTimeAsync(4000)
    else if (step === 'interrupt') this.engine.handle({ type: step })
    else if (typeof step === 'string') {
      if (this.#manual) this.engine.handle({ type: step })
    } else this.model.receive(step)
    await settled()
  }

  /** Items of which something was given to the speaker after they were cut. */
  get late(): string[] {
    return [...this.#cut].filter(([id, count]) => this.#queued.get(id) !== count).map(([id]) => id)
  }
}
