import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { Player, type PlayerEvent } from '../../src/shared/player.ts'
import { Recorder } from '../../src/shared/recorder.ts'
import { SpeechListener } from '../../src/shared/speech-listener.ts'
import { VoiceGate } from '../../src/shared/voice-gate.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What is still needed of the heap and of the samples beside it, bytes. */
async function liveBytes(): Promise<number> {
  // Samples are freed beside, some time after the object that held them.
  for (let i = 0; i < 3; i++) {
    collectGarbage()
    await setTimeout(10)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function noise(frames: number): Int16Array {
  let state = 1
  return Int16Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
    return state >> 18
  })
}

const ROUNDS = 100
const WARM_UP_ROUNDS = 20
const QUANTA = 2000
/** An empty array. What is less is a number that the compiler saw fit to put into the heap. */
const SMALLEST_OBJECT_BYTES = 32

/** Runs 200,000 quanta, warm; `before` each round of them it may do what the audio thread would not. */
async function allocationOf(quantum: () => void, before: () => void = () => {}) {
  const perQuantum: number[] = []
  let live = 0
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    before()
    if (round === 0) live = await liveBytes()
    const start = process.memoryUsage().heapUsed
    for (let i = 0; i < QUANTA; i++) quantum()
    if (round >= 0) perQuantum.push((process.memoryUsage().heapUsed - start) / QUANTA)
  }
  // The median: the compiler, which runs beside, allocates now and then.
  return { bytesPerQuantum: median(perQuantum), growth: (await liveBytes()) - live }
}

describe('the audio thread in steady state', () => {
  it(
    'needs no more memory after an hour of conversation than after a minute',
    { timeout: 120_000 },
    async () => {
      const conversation = new Conversation()
      conversation.run(60)
      const afterMinute = await liveBytes()
      conversation.run(3600 - 60)
      // Room for what the compiler makes of the code; an item kept of each turn would be twice as much.
      expect((await liveBytes()) - afterMinute).toBeLessThan(400_000)
      const { started = 0, ended = 0, underrun = 0, flushed = 0 } = conversation.reports
      expect(started).toBeGreaterThan(1500)
      expect(ended).toBeGreaterThan(800)
      expect(underrun).toBeGreaterThan(300)
      expect(flushed).toBeGreaterThan(800)
      expect(conversation.captured).toBe(3600 * 50)
    },
  )

  // Short ones: what is looked for happens once in each, whatever its length.
  const quantumFrames = 16

  it.each([
    [24_000, 44_100],
    [24_000, 24_000],
  ])('plays %d Hz at %d Hz without making any object', async (wireRate, contextRate) => {
    let reports = 0
    const player = new Player(wireRate, contextRate, () => reports++)
    const output = new Float32Array(quantumFrames)
    const pcm = noise(Math.ceil((QUANTA * quantumFrames * wireRate) / contextRate))
    player.write(0, 'a', pcm)
    const { bytesPerQuantum, growth } = await allocationOf(
      () => player.render(output),
      () => player.write(0, 'a', pcm),
    )
    expect(bytesPerQuantum).toBeLessThan(SMALLEST_OBJECT_BYTES)
    expect(growth).toBeLessThan(400_000)
    expect(output.some((sample) => sample !== 0)).toBe(true)
    expect(reports).toBeGreaterThan(1000)
  })

  it.each([
    [44_100, 24_000],
    [48_000, 48_000],
  ])('captures %d Hz for %d Hz without making any object', async (deviceRate, wireRate) => {
    let frames = 0
    const recorder = new Recorder({
      deviceRate,
      wireRate,
      frameMs: 20,
      muted: false,
      onFrame: () => frames++,
      listener: new SpeechListener(deviceRate, { onSpeech: () => {}, onEcho: () => {} }),
    })
    const channels = [Float32Array.from(noise(quantumFrames), (sample) => sample / 32_768)]
    // A time that changes would be a number in the heap, of this loop's making.
    const { bytesPerQuantum, growth } = await allocationOf(() => recorder.write(channels, 0))
    expect(bytesPerQuantum).toBeLessThan(SMALLEST_OBJECT_BYTES)
    expect(growth).toBeLessThan(400_000)
    expect(frames).toBeGreaterThan(3000)
  })

  it('lets a live voice pass without making any object', async () => {
    let reports = 0
    const gate = new VoiceGate(24_000, 48_000, () => reports++)
    const output = new Float32Array(quantumFrames)
    const input = Float32Array.from(noise(quantumFrames), (sample) => sample / 32_768)
    let item = 0
    const { bytesPerQuantum, growth } = await allocationOf(
      () => gate.render(output, input),
      () => gate.play(0, `${item++}`),
    )
    expect(bytesPerQuantum).toBeLessThan(SMALLEST_OBJECT_BYTES)
    expect(growth).toBeLessThan(400_000)
    expect(output.some((sample) => sample !== 0)).toBe(true)
    expect(reports).toBeGreaterThan(1000)
  })

  it('takes a chunk, and renders a quantum, at the same cost however much is queued', () => {
    const chunk = noise(480)
    const output = new Float32Array(128)
    const writes: number[] = []
    const renders: number[] = []
    const player = new Player(24_000, 24_000, () => {})
    const timed = (count: number, run: () => void): number => {
      const start = performance.now()
      for (let i = 0; i < count; i++) run()
      return performance.now() - start
    }
    // More than ten minutes, in chunks of 20 ms.
    for (let batch = 0; batch < 320; batch++) {
      writes.push(timed(100, () => player.write(0, 'a', chunk)))
      renders.push(timed(20, () => player.render(output)))
    }
    // Not from the start: the first ones are not compiled yet.
    expect(median(writes.slice(-60)) / median(writes.slice(20, 60))).toBeLessThan(3)
    expect(median(renders.slice(-60)) / median(renders.slice(20, 60))).toBeLessThan(3)
  })
})

const RATE = 8000

/** Turns of two seconds, in which every kind of thing happens, faster than in real time. */
class Conversation {
  readonly reports: Partial<Record<PlayerEvent, number>> = {}
  captured = 0
  // At equal rates: the filter, which costs the most, is in the tests above.
  readonly #player = new Player(RATE, RATE, (event) => {
    this.reports[event] = (this.reports[event] ?? 0) + 1
  })
  readonly #recorder = new Recorder({
    deviceRate: RATE,
    wireRate: RATE,
    frameMs: 20,
    muted: false,
    onFrame: () => this.captured++,
    listener: new SpeechListener(RATE, { onSpeech: () => {}, onEcho: () => {} }),
  })
  readonly #microphone = [Float32Array.from(noise(RATE / 100), (sample) => sample / 32_768)]
  readonly #speech = noise(RATE / 20)
  readonly #output = new Float32Array(RATE / 100)
  #epoch = 0
  /** Steps of 10 ms so far. */
  #step = 0

  run(seconds: number): void {
    for (const end = this.#step + seconds * 100; this.#step < end; this.#step++) {
      this.#recorder.write(this.#microphone, this.#step / 100)
      this.#receive(Math.floor(this.#step / 200), this.#step % 200)
      this.#player.render(this.#output)
    }
  }

  /** What arrives in a step of a turn: a second of answer, in chunks of 50 ms. */
  #receive(turn: number, step: number): void {
    const itemId = `answer ${turn}`
    // By turns: twice as fast as it is played; all at once; in two bursts with an underrun between.
    const kind = turn % 3
    if (kind === 0 && step < 40 && step % 2 === 0) this.#write(itemId, 1)
    if (kind === 1 && step === 0) this.#write(itemId, 20)
    if (kind === 2 && (step === 0 || step === 100)) this.#write(itemId, 10)
    if (step === 150) this.#player.end(this.#epoch, itemId)
    // Every other answer is interrupted, at one moment or another.
    if (turn % 2 === 1 && step === 5 + ((turn * 37) % 180)) this.#player.flush(++this.#epoch)
  }

  #write(itemId: string, chunks: number): void {
    for (let i = 0; i < chunks; i++) this.#player.write(this.#epoch, itemId, this.#speech.slice())
  }
}
