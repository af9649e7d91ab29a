import { describe, expect, it } from 'vitest'
import { Recorder } from '../../src/shared/recorder.ts'
import { SpeechListener } from '../../src/shared/speech-listener.ts'

const RATE = 24_000

/** A recorder that listens, and what came of it. */
function rig({ muted = false } = {}) {
  const events: string[] = []
  const frames: { readonly speech: boolean; readonly level: number }[] = []
  const listener = new SpeechListener(RATE, {
    onSpeech: () => void events.push('speech'),
    onEcho: ({ estimateDb, correlation }) => {
      if (correlation > 0.5) events.push(`echo ${Math.round(estimateDb)} dB`)
    },
  })
  const recorder = new Recorder({
    deviceRate: RATE,
    wireRate: RATE,
    frameMs: 20,
    muted,
    listener,
    onFrame: ({ header }) => frames.push({ speech: header[3] === 1, level: header[1] ?? 0 }),
  })
  let at = 0
  /** Captures syllables of a vowel, or near silence, while the agent is as loud as `agent` says. */
  const capture = (ms: number, amplitude: number, agent: (i: number) => number = () => 0): void => {
    for (let left = (ms * RATE) / 1000; left > 0; left -= 120) {
      if (at % 480 === 0) listener.agentLevel = agent(at)
      const samples = Float32Array.from({ length: 120 }, (_, i) => amplitude * syllable(at + i) + 1e-4)
      recorder.write([samples], at / RATE)
      at += 120
    }
  }
  return { recorder, listener, events, frames, capture }
}

function swell(i: number): number {
  return Math.sin((Math.PI * 3 * i) / RATE) ** 2 * Math.sin((Math.PI * 0.7 * i) / RATE) ** 2
}

function syllable(i: number): number {
  const phase = (2 * Math.PI * i) / RATE
  return swell(i) * (Math.sin(220 * phase) + Math.sin(660 * phase) + Math.sin(1540 * phase))
}

describe('SpeechListener', () => {
  it('tells when speech begins, and marks the frames of it', () => {
    const { events, frames, capture } = rig()
    capture(1000, 0)
    expect(events).toEqual([])
    capture(1000, 0.2)
    capture(1500, 0)
    expect(events[0]).toBe('speech')
    expect(frames.slice(0, 50).some(({ speech }) => speech)).toBe(false)
    expect(frames.slice(50, 100).some(({ speech }) => speech)).toBe(true)
    expect(frames.at(-1)?.speech).toBe(false)
  })

  it('says nothing of speech while muted', () => {
    const { events, frames, capture } = rig({ muted: true })
    capture(500, 0)
    capture(1000, 0.2)
    expect(events).toEqual([])
    expect(frames.some(({ speech, level }) => speech || level > 0)).toBe(false)
  })

  it('keeps the model from hearing the agent in half duplex, and until its voice has left the room', () => {
    const { listener, frames, capture } = rig()
    listener.halfDuplex = true
    const from = (): number => frames.length
    const loudest = (first: number): number => Math.max(...frames.slice(first).map(({ level }) => level))
    capture(400, 0.2)
    expect(loudest(0)).toBeGreaterThan(0)
    let mark = from()
    capture(1000, 0.2, () => 0.1)
    expect(loudest(mark + 1)).toBe(0)
    mark = from()
    capture(240, 0.2)
    expect(loudest(mark)).toBe(0)
    capture(1000, 0.2)
    expect(loudest(mark)).toBeGreaterThan(0.01)
  })

  it("measures the agent's voice in the microphone", () => {
    const { events, capture } = rig()
    // The microphone gets the agent's syllables, half as loud.
    capture(8000, 0.05, (i) => (0.1 * swell(i) * Math.sqrt(3)) / Math.SQRT2)
    const echoes = events.filter((event) => event.startsWith('echo'))
    expect(echoes.length).toBeGreaterThan(1)
    const measured = Number(echoes.at(-1)?.split(' ')[1])
    expect(measured).toBeGreaterThan(-9)
    expect(measured).toBeLessThan(-3)
  })
})
