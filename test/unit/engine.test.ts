import { describe, expect, it } from 'vitest'
import { ConnectionError, ModelError } from '../../src/core/errors.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import {
  RealtimeModel,
  type HeardItem,
  type ModelEvents,
  type ModelSession,
} from '../../src/providers/model.ts'
import { settled, VirtualMicrophone, VirtualSpeaker } from '../support/virtual-audio.ts'

const RATE = 24_000

/** A model that does what the test says, and notes what it is told. */
class PuppetModel extends RealtimeModel {
  readonly capabilities = { inputRate: RATE, outputRate: RATE, textInput: true, tools: true }
  readonly heard: number[] = []
  readonly log: string[] = []
  readonly interruptions: HeardItem[][] = []
  session: ModelSession | undefined
  opening: Promise<void> = Promise.resolve()

  override async connect(session: ModelSession): Promise<void> {
    this.log.push('connect')
    this.session = session
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

function rig() {
  const model = new PuppetModel()
  const reports: EngineReport[] = []
  const engine = new Engine(model, (report) => reports.push(report))
  const speaker = new VirtualSpeaker(RATE)
  const microphone = new VirtualMicrophone()
  const of = <Type extends EngineReport['type']>(type: Type): Extract<EngineReport, { type: Type }>[] =>
    reports.filter((report): report is Extract<EngineReport, { type: Type }> => report.type === type)
  const states = (): string[] => of('stateChanged').map(({ state }) => state)
  const start = async (): Promise<void> => {
    engine.handle({ type: 'start', attempt: 1, instructions: 'Be brief.', tools: [] })
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

describe('Engine', () => {
  it('keeps what the microphone heard before the model was ready, and sends it first', async () => {
    const { model, microphone, start } = rig()
    let open = (): void => {}
    model.opening = new Promise((resolve) => {
      open = resolve
    })
    await start()
    for (let i = 1; i <= 25; i++) microphone.capture(i)
    await settled()
    expect(model.heard).toEqual([])
    open()
    await settled()
    for (let i = 26; i <= 30; i++) microphone.capture(i)
    await settled()
    expect(model.heard).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    expect(microphone.returned).toBe(30)
  })

  it('keeps the newest ten seconds when the model takes longer', async () => {
    const { model, microphone, start } = rig()
    let open = (): void => {}
    model.opening = new Promise((resolve) => {
      open = resolve
    })
    await start()
    for (let i = 1; i <= 600; i++) microphone.capture(i)
    await settled()
    open()
    await settled()
    for (let i = 601; i <= 700; i++) microphone.capture(i)
    await settled()
    expect(model.heard).toEqual(Array.from({ length: 600 }, (_, i) => i + 101))
  })

  it('goes through the states of a turn, and tells what was heard and when', async () => {
    const { model, speaker, states, of, start, answer } = rig()
    await start()
    model.say('speechStarted', {})
    await answer(500)
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    model.say('transcript', { id: 'a', role: 'agent', text: 'one two three four', final: true })
    await speaker.play(2000)
    expect(states()).toEqual(['connecting', 'listening', 'thinking', 'speaking', 'listening'])
    expect(of('transcript').at(-1)?.transcript).toMatchObject({
      heardText: 'one two three four',
      final: true,
    })
    const [turn] = of('turnEnded')
    expect(turn?.metrics).toMatchObject({ turn: 1 })
    expect(Object.keys(turn?.metrics ?? {}).toSorted()).toEqual(
      ['endedAt', 'firstAudioAt', 'firstSoundAt', 'responseStartedAt', 'turn', 'userDoneAt'].toSorted(),
    )
  })

  it('is silent at once when the user speaks, and tells the model what was heard, once', async () => {
    const { model, speaker, of, states, start, answer } = rig()
    await start()
    await answer(600)
    model.say('speechStarted', {})
    await speaker.play(4)
    // The fade is 3 ms, and no more than a prebuffer's wait is missing from the time played.
    expect(await speaker.play(500)).toBe(0)
    expect(model.interruptions).toHaveLength(1)
    const [item] = model.interruptions[0] ?? []
    expect(item).toMatchObject({ itemId: 'a', receivedMs: 2000 })
    expect(item?.heardMs).toBeGreaterThan(590)
    expect(item?.heardMs).toBeLessThanOrEqual(604)
    expect(of('interrupted')).toEqual([
      { type: 'interrupted', interruption: { itemId: 'a', heardMs: item?.heardMs } },
    ])
    expect(of('transcript').at(-1)?.transcript).toMatchObject({ final: true })
    expect(states().slice(-2)).toEqual(['speaking', 'listening'])
    expect(of('turnEnded')[0]?.metrics.silentAt).toBeTypeOf('number')
  })

  it('never lets anything of a cut answer be heard, however late it comes', async () => {
    const { model, speaker, start, answer } = rig()
    await start()
    await answer(300)
    model.say('speechStarted', {})
    model.speak('a', 500)
    model.speak('another item of the same answer', 500)
    await speaker.play(10)
    model.speak('a', 500)
    model.speak('another item of the same answer', 500)
    model.say('responseDone', { responseId: 'r1', status: 'cancelled', continues: false })
    expect(await speaker.play(1500)).toBe(0)
    model.say('responseStarted', { responseId: 'r2' })
    model.speak('b', 500)
    expect(await speaker.play(300)).toBeGreaterThan(0.2)
  })

  it('sends a typed message only after the answer it interrupts was cut', async () => {
    const { model, engine, speaker, of, start, answer } = rig()
    await start()
    await answer(300)
    engine.handle({ type: 'sendMessage', request: 7, message: { text: 'Stop' } })
    await settled()
    expect(model.log).toEqual(['connect'])
    await speaker.play(10)
    expect(model.log).toEqual(['connect', 'interrupt', 'send Stop'])
    expect(of('settled')).toEqual([{ type: 'settled', request: 7 }])
  })

  it('does not wait for an audio thread that stands still', async () => {
    const { model, engine, start, answer } = rig()
    await start()
    await answer(300)
    engine.handle({ type: 'interrupt' })
    await expect.poll(() => model.log).toContain('interrupt')
    expect(model.interruptions[0]?.[0]?.heardMs).toBeGreaterThan(200)
  })

  it('plays an item to its end that its model forgot to end', async () => {
    const { model, speaker, states, start, answer } = rig()
    await start()
    await answer(100)
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    await speaker.play(2500)
    expect(states().at(-1)).toBe('listening')
  })

  it('keeps thinking while a tool runs, and ignores the end of an answer that was interrupted', async () => {
    const { model, engine, states, of, start } = rig()
    await start()
    model.say('responseStarted', { responseId: 'r1' })
    const outcome = model.session?.runTool({ callId: 'c', name: 'weather', arguments: '{}' })
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: true })
    expect(states().at(-1)).toBe('thinking')
    expect(of('runTool')).toHaveLength(1)
    engine.handle({ type: 'toolFinished', callId: 'c', outcome: { output: 'sunny', ok: true } })
    await expect(outcome).resolves.toEqual({ output: 'sunny', ok: true })
    model.say('responseStarted', { responseId: 'r2' })
    model.say('speechStarted', {})
    model.say('speechStopped', {})
    model.say('responseDone', { responseId: 'r2', status: 'cancelled', continues: false })
    expect(states().at(-1)).toBe('thinking')
  })

  it('fails a start with what the model rejected with, and frees the model', async () => {
    const { model, engine, of, states } = rig()
    model.opening = Promise.reject(new Error('no route'))
    engine.handle({ type: 'start', attempt: 1, instructions: '', tools: [] })
    await settled()
    expect(of('started')).toMatchObject([{ attempt: 1, error: { code: 'model-error' } }])
    expect(of('started')[0]?.error).toBeInstanceOf(ModelError)
    expect(model.log).toEqual(['connect', 'close'])
    expect(states()).toEqual(['connecting', 'idle'])
  })

  it('lets a connection that opens after stop come to nothing', async () => {
    const { model, engine, of, states } = rig()
    let open = (): void => {}
    model.opening = new Promise((resolve) => {
      open = resolve
    })
    engine.handle({ type: 'start', attempt: 1, instructions: '', tools: [] })
    engine.handle({ type: 'stop' })
    expect(model.session?.signal.aborted).toBe(true)
    open()
    await settled()
    expect(of('started')).toMatchObject([{ attempt: 1, error: { code: 'connection-lost' } }])
    expect(states()).toEqual(['connecting', 'idle'])
    expect(model.log).toEqual(['connect', 'close'])
  })

  it('tells of a lost connection once, and settles the tools that ran', async () => {
    const { model, of, start } = rig()
    await start()
    const outcome = model.session?.runTool({ callId: 'c', name: 'weather', arguments: '{}' })
    const error = new ConnectionError('gone', { code: 'connection-lost', retryable: true })
    model.say('closed', error)
    model.say('closed', error)
    await expect(outcome).resolves.toMatchObject({ ok: false })
    expect(of('lost')).toEqual([{ type: 'lost', error }])
    expect(of('abortTools')).toHaveLength(1)
  })

  it('turns what a model throws into one error event, and goes on', async () => {
    const { model, microphone, of, start } = rig()
    await start()
    model.handleAudioInput = () => {
      throw new TypeError('boom')
    }
    microphone.capture(1)
    await settled()
    expect(of('error')).toMatchObject([{ error: { code: 'model-error' } }])
    expect(microphone.returned).toBe(1)
  })
})
