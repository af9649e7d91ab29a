import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  Agent,
  isVivaVoceError,
  RealTimePipeline,
  traceTurns,
  RealtimeModel,
  tool,
  type ModelSession,
  type RealTimePipelineOptions,
} from '../../src/index.ts'

/** Answers a typed message with half a second of a tone. */
class ToneModel extends RealtimeModel {
  readonly capabilities = { inputRate: 16_000, outputRate: 24_000, textInput: true }
  frames = 0
  closed = 0
  session: ModelSession | undefined
  opening: Promise<void> = Promise.resolve()
  #answers = 0

  override async connect(session: ModelSession): Promise<void> {
    this.session = session
    return this.opening
  }
  override handleAudioInput(frame: Int16Array): void {
    if (frame.length === 320) this.frames++
  }
  override sendMessage(): void {
    const id = `answer ${++this.#answers}`
    this.emit('responseStarted', { responseId: id })
    const pcm = Int16Array.from({ length: 12_000 }, (_, i) => 8000 * Math.sin(i / 8))
    this.session?.output.write(id, pcm)
    this.session?.output.end(id)
    this.emit('transcript', { id, role: 'agent', text: 'La la la.', final: true })
    this.emit('responseDone', { responseId: id, status: 'completed', continues: false })
  }
  override close(): void {
    this.closed++
  }
}

const agent = new Agent({ instructions: 'Sing.' })
const open: RealTimePipeline[] = []

function make(options: Partial<RealTimePipelineOptions> = {}) {
  const model = new ToneModel()
  const pipeline = new RealTimePipeline({ model, agent, ...options })
  open.push(pipeline)
  const states: string[] = []
  pipeline.on('stateChanged', ({ state }) => states.push(state))
  return { model, pipeline, states }
}

async function failure(
  promise: Promise<unknown> | (() => unknown),
): Promise<{ code: string; message: string }> {
  try {
    await (typeof promise === 'function' ? promise() : promise)
  } catch (error) {
    if (isVivaVoceError(error)) return error
    throw error
  }
  throw new Error('it did not fail')
}

afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(open.splice(0).map((pipeline) => pipeline.close()))
})

describe('RealTimePipeline', () => {
  it('holds a conversation with a model of its own, and releases everything at the end', async () => {
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia')
    const closed = vi.spyOn(AudioContext.prototype, 'close')
    const { model, pipeline, states } = make()
    await pipeline.start()
    await expect.poll(() => model.frames).toBeGreaterThan(5)
    const heard: string[] = []
    pipeline.on('transcript', ({ heardText, final }) => final && heard.push(heardText))
    await pipeline.sendMessage('Sing!')
    await expect.poll(() => pipeline.speakerLevel).toBeGreaterThan(0.05)
    await expect.poll(() => heard).toEqual(['La la la.'])
    await expect.poll(() => pipeline.state).toBe('listening')
    expect(states).toEqual(['connecting', 'listening', 'thinking', 'speaking', 'listening'])
    await pipeline.close()
    expect(pipeline.state).toBe('closed')
    expect(model.closed).toBe(1)
    expect(model.session?.signal.aborted).toBe(true)
    expect(closed).toHaveBeenCalledTimes(2)
    const stream = await (asked.mock.results[0]?.value as Promise<MediaStream>)
    expect(stream.getTracks().map(({ readyState }) => readyState)).toEqual(['ended'])
    const { frames } = model
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
    expect(model.frames).toBe(frames)
  })

  it('draws each turn in the Performance panel, and tells its marks', async () => {
    const { pipeline } = make({ microphone: false })
    traceTurns(pipeline)
    performance.clearMeasures()
    const turn = new Promise<object>((resolve) => {
      pipeline.on('turnEnded', resolve)
    })
    await pipeline.start()
    await pipeline.sendMessage('Sing!')
    const { userDoneAt, firstSoundAt, endedAt } = (await turn) as Record<string, number>
    expect(userDoneAt).toBeLessThanOrEqual(firstSoundAt ?? 0)
    expect(firstSoundAt).toBeLessThan(endedAt ?? 0)
    const measures = performance.getEntriesByType('measure') as PerformanceMeasure[]
    expect(measures.map(({ name }) => name)).toContain('Agent is heard (turn 1)')
    const details = measures.map(
      ({ detail }) => (detail as { devtools: { trackGroup: string } }).devtools.trackGroup,
    )
    expect(new Set(details)).toEqual(new Set(['vivavoce']))
  })

  it('interrupts at once, and tells what was heard', async () => {
    const { pipeline } = make({ microphone: false })
    await pipeline.start()
    await pipeline.sendMessage('Sing!')
    await expect.poll(() => pipeline.state).toBe('speaking')
    const cut = new Promise<{ itemId: string; heardMs: number }>((resolve) => {
      pipeline.on('interrupted', resolve, { once: true })
    })
    pipeline.interrupt()
    expect(await cut).toMatchObject({ itemId: 'answer 1' })
    expect((await cut).heardMs).toBeLessThan(500)
    expect(pipeline.state).toBe('listening')
    await expect.poll(() => pipeline.speakerLevel).toBe(0)
  })

  it('answers in text alone when there is no speaker', async () => {
    const { pipeline } = make({ microphone: false, speaker: false })
    const contexts = vi.spyOn(globalThis, 'AudioContext')
    const said: string[] = []
    pipeline.on('transcript', ({ heardText, final }) => final && said.push(heardText))
    await pipeline.start()
    await pipeline.sendMessage('Sing!')
    await expect.poll(() => said).toEqual(['La la la.'])
    expect(pipeline.state).toBe('listening')
    expect(contexts).not.toHaveBeenCalled()
  })

  it('mutes before the start as well as after it', async () => {
    const { model, pipeline } = make()
    const loud: boolean[] = []
    model.handleAudioInput = (frame) => void loud.push(frame.some((sample) => sample !== 0))
    pipeline.mute()
    await pipeline.start()
    await expect.poll(() => loud.length).toBeGreaterThan(60)
    expect(loud.includes(true)).toBe(false)
    expect(pipeline.muted).toBe(true)
    pipeline.unmute()
    await expect.poll(() => loud.at(-1), { timeout: 3000, interval: 5 }).toBe(true)
  })

  it('refuses calls that are out of order, and names the state', async () => {
    const { pipeline } = make({ microphone: false, speaker: false })
    expect(await failure(pipeline.sendMessage('too early'))).toMatchObject({
      code: 'state',
      message: expect.stringContaining('idle'),
    })
    const starting = pipeline.start()
    expect(await failure(pipeline.start())).toMatchObject({ message: expect.stringContaining('connecting') })
    await starting
    expect(await failure(pipeline.start())).toMatchObject({ message: expect.stringContaining('listening') })
    await pipeline.close()
    await pipeline.close()
    for (const call of [
      () => pipeline.start(),
      () => pipeline.sendMessage('too late'),
      () => pipeline.interrupt(),
      () => pipeline.mute(),
      () => pipeline.setMicrophone('any'),
      () => pipeline.setSpeaker('any'),
    ]) {
      expect(await failure(call)).toMatchObject({ code: 'state', message: expect.stringContaining('closed') })
    }
  })

  it('can be closed half-way through start, and then holds nothing', async () => {
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia')
    const closed = vi.spyOn(AudioContext.prototype, 'close')
    const { model, pipeline, states } = make()
    model.opening = new Promise(() => {})
    const starting = pipeline.start()
    await expect.poll(() => model.session).toBeDefined()
    await pipeline.close()
    expect(await failure(starting)).toMatchObject({ code: 'state' })
    expect(model.closed).toBe(1)
    const stream = await (asked.mock.results[0]?.value as Promise<MediaStream>)
    await expect.poll(() => stream.getTracks()[0]?.readyState).toBe('ended')
    await expect.poll(() => closed.mock.calls.length).toBe(2)
    expect(states).toEqual(['connecting', 'closed'])
  })

  it('can be started again after a start that failed', async () => {
    const { model, pipeline, states } = make()
    vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockRejectedValueOnce(
      new DOMException('no', 'NotAllowedError'),
    )
    expect(await failure(pipeline.start())).toMatchObject({ code: 'microphone-denied' })
    expect(model.closed).toBe(1)
    await pipeline.start()
    await expect.poll(() => model.frames).toBeGreaterThan(0)
    expect(states).toEqual(['connecting', 'idle', 'connecting', 'listening'])
  })

  it('changes microphone and speaker while it runs', async () => {
    const { model, pipeline } = make()
    await pipeline.start()
    const context = new AudioContext()
    const destination = context.createMediaStreamDestination()
    await pipeline.setMicrophone(destination.stream)
    const silent: boolean[] = []
    model.handleAudioInput = (frame) => void silent.push(frame.every((sample) => sample === 0))
    await expect
      .poll(() => silent.slice(-40).length === 40 && !silent.slice(-40).includes(false), { timeout: 3000 })
      .toBe(true)
    await pipeline.setSpeaker('default')
    expect(await failure(pipeline.setMicrophone('no such device'))).toMatchObject({
      code: 'microphone-missing',
    })
    expect(pipeline.state).toBe('listening')
    await context.close()
  })

  it('refuses what its model cannot do, when it is made', async () => {
    const weather = tool({ name: 'weather', description: 'The weather.', execute: () => 'sunny' })
    const withTools = new Agent({ instructions: 'Guide.', tools: [weather] })
    const error = await failure(() => make({ agent: withTools }))
    expect(error).toMatchObject({ code: 'option-unsupported', option: 'agent.tools' })
    expect(error.message).toContain('ToneModel')
  })
})
