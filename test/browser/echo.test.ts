import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  Agent,
  localSpeech,
  RealTimePipeline,
  RealtimeModel,
  type Echo,
  type ModelSession,
} from '../../src/index.ts'

const WIRE_RATE = 24_000
const agent = new Agent({ instructions: 'Talk.' })
let pipeline: RealTimePipeline | undefined

/** Talks for eight seconds as soon as it is connected, and notes how loud the microphone is. */
class TalkingModel extends RealtimeModel {
  readonly capabilities = { inputRate: WIRE_RATE, outputRate: WIRE_RATE }
  readonly levels: number[] = []

  override async connect({ output }: ModelSession): Promise<void> {
    const syllables = Int16Array.from({ length: 8 * WIRE_RATE }, (_, i) => {
      const swell =
        Math.sin((Math.PI * 3.7 * i) / WIRE_RATE) ** 2 * Math.sin((Math.PI * 0.9 * i) / WIRE_RATE) ** 2
      return 12_000 * swell * (2 * Math.random() - 1)
    })
    output.write('talk', syllables)
    output.end('talk')
  }
  override handleAudioInput(frame: Int16Array): void {
    this.levels.push(Math.hypot(...frame) / Math.sqrt(frame.length) / 32_768)
  }
  override close(): void {}
}

/** Puts the microphone before the loudspeaker: what the agent says comes back, `gain` times as loud. */
function loudspeaker(gain: number): Promise<MediaStream> {
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (this: AudioNode, to: AudioNode) => AudioNode
  return new Promise((resolve) => {
    vi.spyOn(AudioNode.prototype, 'connect').mockImplementation(function (
      this: AudioNode,
      ...args: unknown[]
    ) {
      if (args[0] instanceof AudioDestinationNode && this.numberOfInputs === 0) {
        const room = new MediaStreamAudioDestinationNode(this.context as AudioContext)
        const air = new GainNode(this.context, { gain })
        connect.call(this, air)
        connect.call(air, room)
        resolve(room.stream)
      }
      return Reflect.apply(connect, this, args) as AudioNode
    })
  })
}

async function talk(gain: number, halfDuplex: 'never' | 'auto', reports: number) {
  const model = new TalkingModel()
  const room = loudspeaker(gain)
  const silent = new MediaStreamAudioDestinationNode(new AudioContext())
  pipeline = new RealTimePipeline({
    model,
    agent,
    microphone: silent.stream,
    localSpeech: localSpeech({ reaction: 'off', halfDuplex }),
  })
  const echoes: Echo[] = []
  pipeline.on('echo', (echo) => echoes.push(echo))
  await pipeline.start()
  await pipeline.setMicrophone(await room)
  await expect.poll(() => echoes.length, { timeout: 8000 }).toBeGreaterThanOrEqual(reports)
  return { model, echoes }
}

afterEach(async () => {
  vi.restoreAllMocks()
  await pipeline?.close()
})

describe('An echo', () => {
  it('is measured', async () => {
    const { echoes, model } = await talk(0.5, 'never', 4)
    expect(echoes.at(-1)?.correlation).toBeGreaterThan(0.6)
    expect(echoes.at(-1)?.estimateDb).toBeGreaterThan(-10)
    expect(echoes.at(-1)?.estimateDb).toBeLessThan(-3)
    expect(Math.max(...model.levels.slice(-100))).toBeGreaterThan(0.02)
  })

  it('that nobody cancels is kept from the model, if that is allowed', async () => {
    const { model } = await talk(0.5, 'auto', 2)
    expect(Math.max(...model.levels.slice(0, 100))).toBeGreaterThan(0.02)
    await expect.poll(() => Math.max(...model.levels.slice(-25)), { timeout: 5000 }).toBe(0)
  })

  it('that is hardly there changes nothing', async () => {
    const { echoes, model } = await talk(0.001, 'auto', 4)
    expect(echoes.every(({ estimateDb, correlation }) => estimateDb < -40 || correlation < 0.5)).toBe(true)
    expect(Math.max(...model.levels.slice(-100))).toBeGreaterThan(0)
  })

  it('cannot reach the model at all in half duplex', async () => {
    const model = new TalkingModel()
    const room = loudspeaker(0.5)
    const silent = new MediaStreamAudioDestinationNode(new AudioContext())
    pipeline = new RealTimePipeline({
      model,
      agent,
      microphone: silent.stream,
      localSpeech: localSpeech({ halfDuplex: 'always' }),
    })
    await pipeline.start()
    await pipeline.setMicrophone(await room)
    await expect.poll(() => pipeline?.speakerLevel).toBeGreaterThan(0.05)
    await expect.poll(() => model.levels.length).toBeGreaterThan(100)
    // What is left is the first faint moment, before the microphone was told that the agent is audible:
    // a busy machine tells it late. Later syllables are 0.1.
    expect(Math.max(...model.levels)).toBeLessThan(0.005)
    expect(Math.max(...model.levels.slice(-50))).toBe(0)
  })
})
