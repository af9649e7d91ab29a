import { afterEach, describe, expect, it, vi } from 'vitest'
import { place, voicedFrames, voicedRuns } from '../support/rendered-voice.ts'
import { openSpeaker, pause, WIRE_RATE, type SpeakerRig } from '../support/speaker-rig.ts'
import { Voice } from '../support/voice.ts'

/** A third of what the resampler looks ahead: a position that forgets that is found out. */
const TOLERANCE_MS = 1

const voice = new Voice()
let rig: SpeakerRig | undefined

/** What was rendered of a voice that was sent once, from its start, in one epoch. */
async function renderedBy({ tap }: SpeakerRig, voiceMs: number) {
  const recording = await tap.read()
  const { sampleRate, quantum } = recording
  const runs = voicedRuns(recording)
  let expected = 0
  for (const run of runs) {
    // Without this, what is counted below would not be what was heard.
    const long = run.to - run.from > 0.04 * sampleRate
    const position = long ? place(recording, run, voice, voiceMs).position : expected
    expect(Math.abs(position - expected)).toBeLessThanOrEqual(1)
    expected = position + run.to - run.from
  }
  const totalMs = (voicedFrames(runs, Infinity) * 1000) / sampleRate
  const msAt = (at: number): number => (voicedFrames(runs, at + quantum) * 1000) / sampleRate
  return { ...recording, runs, totalMs, msAt }
}

/**
 * The worst difference, in ms, between what was told to be heard and what had been rendered when the
 * worklet said so. `starts`: where each item begins in the voice, ms.
 */
async function worstError(of: SpeakerRig, voiceMs: number, starts: Record<string, number>): Promise<number> {
  const { messages, msAt } = await renderedBy(of, voiceMs)
  const lagMs = of.latencyMs
  let worst = 0
  for (const { itemId, heardMs, over } of of.told) {
    // Neither says when it was told; at its end an item rings out besides.
    if (heardMs === 0 || over) continue
    const frames = Math.round(((heardMs + lagMs) * WIRE_RATE) / 1000)
    const said = messages.find(
      (message) => message.direction === 'out' && message.itemId === itemId && message.frames === frames,
    )
    if (!said) throw new Error(`${heardMs} ms of ${itemId} were told, but no such report was posted`)
    const heard = msAt(said.at) - (starts[itemId] ?? 0) - lagMs
    worst = Math.max(worst, Math.abs(heardMs - heard))
  }
  return worst
}

afterEach(() => {
  rig?.speaker.close()
  vi.restoreAllMocks()
})

describe('heardMs, against the samples that were rendered', () => {
  it('is right all the way through an item, and lags by the latency of the output', async () => {
    rig = await openSpeaker()
    rig.latencyMs = 1000 * rig.speaker.latency
    rig.write('a', voice, 0, 1500, 37)
    rig.output.end('a')
    await rig.drained()
    expect(rig.told.length).toBeGreaterThan(20)
    expect(rig.told.at(-1)).toMatchObject({ itemId: 'a', heardMs: 1500, over: true })
    expect(await worstError(rig, 1500, { a: 0 })).toBeLessThan(TOLERANCE_MS)
  })

  it('stands still in an underrun, and is right after it', async () => {
    rig = await openSpeaker()
    rig.write('a', voice, 0, 400)
    await rig.when(({ heardMs }) => heardMs > 380)
    await rig.rendered(300)
    rig.write('a', voice, 400, 600)
    await rig.when(({ heardMs }) => heardMs > 700)
    const [cut, ...more] = await rig.output.flush()
    expect(more).toEqual([])
    const { runs, totalMs } = await renderedBy(rig, 1000)
    expect(runs).toHaveLength(2)
    expect(await worstError(rig, 1000, { a: 0 })).toBeLessThan(TOLERANCE_MS)
    expect(cut?.itemId).toBe('a')
    expect(Math.abs((cut?.heardMs ?? 0) - totalMs)).toBeLessThan(TOLERANCE_MS)
  })

  it('is told of each item of a response, and of the one that a flush cuts', async () => {
    rig = await openSpeaker()
    rig.write('a', voice, 0, 300, 100)
    rig.output.end('a')
    rig.write('b', voice, 300, 2000, 100)
    rig.output.end('b')
    rig.write('c', voice, 2300, 200, 100)
    await rig.when(({ itemId, heardMs }) => itemId === 'b' && heardMs > 400)
    const heard = await rig.output.flush()
    const { totalMs } = await renderedBy(rig, 2500)
    expect(await worstError(rig, 2500, { a: 0, b: 300 })).toBeLessThan(TOLERANCE_MS)
    expect(rig.told.find(({ over }) => over)).toMatchObject({ itemId: 'a', heardMs: 300 })
    expect(heard).toMatchObject([
      { itemId: 'b', receivedMs: 2000 },
      { itemId: 'c', heardMs: 0, receivedMs: 200 },
    ])
    expect(Math.abs((heard[0]?.heardMs ?? 0) - (totalMs - 300))).toBeLessThan(TOLERANCE_MS)
  })

  it('is right when a flush comes as soon as an item sounds, or before it does', async () => {
    rig = await openSpeaker()
    const heard: number[] = []
    for (let round = 0; round < 20; round++) {
      const itemId = `item ${round}`
      const started = rig.started(itemId)
      rig.write(itemId, voice, 0, 500)
      if (round % 2 === 0) await started
      const [cut] = await rig.output.flush()
      heard.push(cut?.heardMs ?? -1)
      await rig.rendered(20)
    }
    const recording = await rig.tap.read()
    const runs = voicedRuns(recording)
    // An item that was cut before it sounded has no run.
    const lengths = heard.map((ms) => {
      const run = ms > 0 ? runs.shift() : undefined
      return run ? ((run.to - run.from) * 1000) / recording.sampleRate : 0
    })
    expect(runs).toEqual([])
    for (const [i, ms] of heard.entries()) expect(Math.abs(ms - (lengths[i] ?? 0))).toBeLessThan(TOLERANCE_MS)
    expect(Math.max(...heard)).toBeGreaterThan(0)
  })

  it('stands still while the context is suspended, and is right after it', async () => {
    rig = await openSpeaker()
    const { context } = rig.speaker
    rig.write('a', voice, 0, 1500)
    rig.output.end('a')
    await rig.when(({ heardMs }) => heardMs > 400)
    const resume = vi.spyOn(context, 'resume').mockReturnValue(new Promise(() => {}))
    await context.suspend()
    await pause(100)
    const { length } = rig.told
    await pause(300)
    expect(rig.told).toHaveLength(length)
    resume.mockRestore()
    const drained = rig.drained()
    await context.resume()
    await drained
    expect(await worstError(rig, 1500, { a: 0 })).toBeLessThan(TOLERANCE_MS)
    expect(rig.told.at(-1)).toMatchObject({ heardMs: 1500, over: true })
  })

  it('goes on by itself when something else suspends the context', async () => {
    rig = await openSpeaker()
    rig.write('a', voice, 0, 800)
    rig.output.end('a')
    await rig.when(({ heardMs }) => heardMs > 200)
    const drained = rig.drained()
    await rig.speaker.context.suspend()
    await drained
    expect(await worstError(rig, 800, { a: 0 })).toBeLessThan(TOLERANCE_MS)
  })

  it('is right when a flush comes while the context is suspended', async () => {
    rig = await openSpeaker()
    const { context } = rig.speaker
    let before = 0
    for (let round = 0; round < 5; round++) {
      const itemId = `item ${round}`
      rig.write(itemId, voice, 0, 1500)
      await rig.when((told) => told.itemId === itemId && told.heardMs > 200)
      // Between two reports of the worklet, sooner or later.
      await pause(7 * round)
      const resume = vi.spyOn(context, 'resume').mockReturnValue(new Promise(() => {}))
      await context.suspend()
      const [cut] = await rig.output.flush()
      resume.mockRestore()
      await context.resume()
      await rig.rendered(50)
      const recording = await rig.tap.read()
      const total = (voicedFrames(voicedRuns(recording), Infinity) * 1000) / recording.sampleRate
      expect(cut?.itemId).toBe(itemId)
      // The fade-out is heard only when the context runs again.
      expect(Math.abs((cut?.heardMs ?? 0) - (total - before))).toBeLessThan(10)
      before = total
    }
  })

  it('is told even when something else has closed the context', async () => {
    rig = await openSpeaker()
    rig.write('a', voice, 0, 1500)
    await rig.when(({ heardMs }) => heardMs > 200)
    await rig.speaker.context.close()
    const last = rig.told.at(-1)?.heardMs ?? 0
    const [cut, ...more] = await rig.output.flush()
    expect(more).toEqual([])
    expect(cut).toMatchObject({ itemId: 'a', receivedMs: 1500 })
    expect(cut?.heardMs).toBeGreaterThanOrEqual(last)
    expect(cut?.heardMs).toBeLessThan(1500)
  })
})
