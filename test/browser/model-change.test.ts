import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  Agent,
  ConnectionError,
  RealTimePipeline,
  RealtimeModel,
  type ModelSession,
} from '../../src/index.ts'

/** Hears frames of one rate, and answers a typed message with half a second of sound of another. */
class SongModel extends RealtimeModel {
  readonly capabilities
  readonly lengths = new Set<number>()
  readonly numbers: number[] = []
  session: ModelSession | undefined
  frames = 0
  opening: Promise<void> = Promise.resolve()
  readonly #name: string

  constructor(name: string, inputRate: number, outputRate: number) {
    super()
    this.#name = name
    this.capabilities = { inputRate, outputRate, textInput: true, context: true, resume: 'replay' as const }
  }

  override async connect(session: ModelSession): Promise<void> {
    this.session = session
    return this.opening
  }
  override handleAudioInput(frame: Int16Array): void {
    this.frames++
    this.lengths.add(frame.length)
  }
  override sendMessage({ text }: { readonly text: string }): void {
    const id = `${this.#name} ${text}`
    this.emit('responseStarted', { responseId: id })
    const pcm = new Int16Array(this.capabilities.outputRate / 2).map((_, i) => 8000 * Math.sin(i / 4))
    this.session?.output.write(id, pcm)
    this.session?.output.end(id)
    this.emit('transcript', { id, role: 'agent', text: `${id}!`, final: true })
    this.emit('responseDone', { responseId: id, status: 'completed', continues: false })
  }
  override close(): void {}
}

const agent = new Agent({ instructions: 'Sing.' })
const open: RealTimePipeline[] = []

async function begin(model: RealtimeModel) {
  const pipeline = new RealTimePipeline({ model, agent })
  open.push(pipeline)
  const heard: string[] = []
  pipeline.on('transcript', ({ heardText, final }) => final && heard.push(heardText))
  await pipeline.start()
  const sing = async (text: string): Promise<void> => {
    const before = heard.length
    await pipeline.sendMessage(text)
    await expect.poll(() => pipeline.speakerLevel).toBeGreaterThan(0.05)
    await expect.poll(() => heard.length).toBe(before + 1)
    await expect.poll(() => pipeline.state).toBe('listening')
  }
  return { pipeline, heard, sing }
}

afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(open.splice(0).map((pipeline) => pipeline.close()))
})

describe('A model that changes', () => {
  it('hears the same microphone and speaks at its own rates, and knows what was said', async () => {
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia')
    const contexts = vi.spyOn(AudioContext.prototype, 'close')
    const [first, second] = [new SongModel('first', 24_000, 24_000), new SongModel('second', 16_000, 8000)]
    const { pipeline, heard, sing } = await begin(first)
    await sing('la')
    await pipeline.changeModel(second)
    await expect.poll(() => second.frames).toBeGreaterThan(10)
    const framesOfFirst = first.frames
    await sing('lo')
    expect(heard).toEqual(['first la!', 'second lo!'])
    expect([...first.lengths, ...second.lengths]).toEqual([480, 320])
    expect(first.frames).toBe(framesOfFirst)
    expect(second.session?.history).toEqual([
      { type: 'message', role: 'user', text: 'la' },
      { type: 'message', role: 'agent', text: 'first la!' },
    ])
    expect(first.session?.signal.aborted).toBe(true)
    const [stream] = await Promise.all(asked.mock.results.map(({ value }) => value as Promise<MediaStream>))
    expect(asked).toHaveBeenCalledTimes(1)
    expect(stream?.getTracks()[0]?.readyState).toBe('live')
    expect(contexts).not.toHaveBeenCalled()
    await pipeline.close()
    expect(stream?.getTracks()[0]?.readyState).toBe('ended')
  })

  it('that does not connect leaves the conversation with the old one', async () => {
    const [first, second] = [new SongModel('first', 24_000, 24_000), new SongModel('second', 16_000, 16_000)]
    const { pipeline, heard, sing } = await begin(first)
    second.opening = Promise.reject(new ConnectionError('no', { code: 'connection-refused' }))
    second.opening.catch(() => {})
    await expect(pipeline.changeModel(second)).rejects.toMatchObject({ code: 'connection-refused' })
    expect(pipeline.state).toBe('listening')
    const { frames } = first
    await expect.poll(() => first.frames).toBeGreaterThan(frames + 10)
    await sing('la')
    expect(heard).toEqual(['first la!'])
    expect(second.frames).toBe(0)
  })

  it('waits until nobody speaks', async () => {
    const [first, second] = [new SongModel('first', 24_000, 24_000), new SongModel('second', 24_000, 24_000)]
    const { pipeline, heard } = await begin(first)
    await pipeline.sendMessage('la')
    await pipeline.changeModel(second)
    expect(heard).toEqual(['first la!'])
  })
})

describe('A recording', () => {
  it('is heard exactly, whatever its rate, and can be awaited', async () => {
    const { pipeline, heard } = await begin(new SongModel('first', 24_000, 24_000))
    const pcm = new Float32Array(11_025).map((_, i) => 0.3 * Math.sin(i / 20))
    const speech = await pipeline.say({ pcm, sampleRate: 44_100 }, { text: 'La, la.' })
    await expect.poll(() => pipeline.speakerLevel).toBeGreaterThan(0.05)
    expect(await speech.heard).toEqual({ text: 'La, la.', interrupted: false })
    expect(heard).toEqual(['La, la.'])
  })

  it('that is no recording is refused, and the conversation goes on', async () => {
    const { pipeline, sing } = await begin(new SongModel('first', 24_000, 24_000))
    await expect(pipeline.say(new Blob(['no sound']))).rejects.toMatchObject({ code: 'option-invalid' })
    await sing('la')
  })
})
