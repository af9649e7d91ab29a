import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { VoiceQueue } from '../../src/transport/voice-queue.ts'

const FULL_BYTES = 100
const STUCK_MS = 5000
const FRAME_MS = 20

describe('The queue of the voice', () => {
  let now: number
  let buffered: number
  let sent: string[]
  let dropped: number
  let stuck: number
  let queue: VoiceQueue

  beforeEach(() => {
    now = 1000
    buffered = 0
    sent = []
    dropped = 0
    stuck = 0
    queue = new VoiceQueue({
      buffered: () => buffered,
      send: (message) => sent.push(message),
      fullBytes: FULL_BYTES,
      maxWaiting: 10,
      stuckMs: STUCK_MS,
      onDrop: () => dropped++,
      onStuck: () => stuck++,
      now: () => now,
    })
  })

  function speak(frames: number): void {
    for (let i = 0; i < frames; i++) {
      now += FRAME_MS
      queue.voice(`voice ${i}`)
    }
  }

  it('sends at once while the network keeps up', () => {
    speak(3)
    expect(sent).toEqual(['voice 0', 'voice 1', 'voice 2'])
  })

  it('waits while the network does not, and drops the oldest of the voice', () => {
    buffered = FULL_BYTES
    speak(12)
    expect([sent.length, queue.length, dropped]).toEqual([0, 10, 2])
    buffered = 0
    speak(1)
    expect(sent[0]).toBe('voice 2')
  })

  it('sends a message after what was said before it, whatever the network does', () => {
    buffered = FULL_BYTES
    speak(2)
    queue.message('typed')
    expect(sent).toEqual(['voice 0', 'voice 1', 'typed'])
  })

  it('never drops a message', () => {
    queue.held = true
    queue.message('typed')
    speak(20)
    queue.held = false
    expect(sent[0]).toBe('typed')
    expect(dropped).toBeGreaterThan(0)
  })

  it('tells of a network that takes nothing', () => {
    buffered = FULL_BYTES
    speak((STUCK_MS / FRAME_MS) * 1.1)
    expect(stuck).toBeGreaterThan(0)
  })

  it('takes no time in which nothing was said for a network that is stuck', () => {
    speak(5)
    buffered = FULL_BYTES / 2
    now += 20 * STUCK_MS
    speak(5)
    expect(stuck).toBe(0)
  })

  it('takes a network that moves, however slowly, for one that works', () => {
    for (let i = 0; i < 100; i++) {
      buffered = FULL_BYTES * 10 - i
      speak(10)
    }
    expect(stuck).toBe(0)
  })

  it('keeps the order of all that it sends', () => {
    const step = fc.oneof(
      fc.constant('voice' as const),
      fc.constant('message' as const),
      fc.boolean(),
      fc.nat(2 * FULL_BYTES),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        queue.clear()
        queue.held = false
        buffered = 0
        sent.length = 0
        let count = 0
        for (const what of steps) {
          now += FRAME_MS
          if (typeof what === 'boolean') queue.held = what
          else if (typeof what === 'number') buffered = what
          else queue[what](String(count++))
        }
        const numbers = sent.map(Number)
        expect(numbers).toEqual([...numbers].toSorted((a, b) => a - b))
        expect(new Set(numbers).size).toBe(numbers.length)
      }),
    )
  })
})
