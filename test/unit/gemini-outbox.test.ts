import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Outbox } from '../../src/providers/gemini/outbox.ts'

/** A network that takes what it is told to take. */
class Network {
  bufferedAmount = 0
  readonly sent: string[] = []
  dropped = 0
  stuck = 0
  time = 0
  readonly outbox: Outbox

  constructor(silentFrames = 50) {
    vi.spyOn(performance, 'now').mockImplementation(() => this.time)
    this.outbox = new Outbox(this, {
      onDrop: () => this.dropped++,
      onStuck: () => this.stuck++,
      silentFrames,
    })
  }
  send(text: string | Uint8Array): void {
    this.sent.push(String(text))
    this.bufferedAmount += text.length
  }
  flow(): void {
    this.bufferedAmount = 0
  }
  frames(count: number, value = 1): void {
    for (let i = 0; i < count; i++) {
      this.time += 20
      this.outbox.audio(new Int16Array(320).fill(value))
    }
  }
}

describe('what goes to Gemini', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('keeps the order of voice and messages, while the gate is shut and after it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('frame', 'text', 'shut', 'open', 'flow'), { maxLength: 60 }),
        (steps) => {
          const network = new Network()
          const expected: string[] = []
          let n = 0
          for (const step of steps) {
            if (step === 'flow') network.flow()
            else if (step === 'frame') {
              network.frames(1, ++n)
              expected.push('audio')
            } else if (step === 'text') {
              network.outbox.input({ realtimeInput: { text: `${++n}` } })
              expected.push('text')
            } else network.outbox.shut = step === 'shut'
          }
          network.outbox.shut = false
          network.flow()
          network.outbox.input({ realtimeInput: { text: 'end' } })
          const kinds = network.sent.map((text) => (text.includes('"audio"') ? 'audio' : 'text'))
          expect(kinds).toEqual([...expected, 'text'])
          expect(network.dropped).toBe(0)
        },
      ),
    )
  })

  it('drops the oldest voice, and nothing else, where the network does not keep up', () => {
    const network = new Network()
    network.bufferedAmount = 1e6
    network.frames(60)
    network.outbox.send({ realtimeInput: { text: 'now' } })
    network.frames(60)
    expect(network.dropped).toBeGreaterThan(60)
    expect(network.sent).toHaveLength(1)
    network.flow()
    network.frames(1)
    expect(network.sent.length).toBeGreaterThan(10)
  })

  it('takes a network for dead only after more than the thirty seconds that Google is known to take', () => {
    const network = new Network()
    network.frames(1)
    network.bufferedAmount = 1e6
    network.frames(35 * 50)
    expect(network.stuck).toBe(0)
    network.frames(10 * 50)
    expect(network.stuck).toBeGreaterThan(0)
  })

  it('declares the stream over after a second of utter silence, but never in push-to-talk', () => {
    const network = new Network()
    network.frames(10)
    network.flow()
    network.frames(200, 0)
    expect(network.sent.filter((text) => text.includes('audioStreamEnd'))).toHaveLength(1)
    const manual = new Network(Infinity)
    manual.frames(200, 0)
    manual.flow()
    manual.frames(1, 0)
    expect(manual.sent.length).toBeGreaterThan(10)
    expect(manual.sent.join('')).not.toContain('audioStreamEnd')
  })
})
