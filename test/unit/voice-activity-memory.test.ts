import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { VoiceActivity } from '../../src/shared/voice-activity.ts'
import { noise } from '../support/room-sounds.ts'

const RATE = 48_000
const QUANTA = 100_000
/** Of V8: a number in the heap. What the runtime itself does meanwhile is less, but not nothing. */
const SMALLEST_OBJECT_BYTES = 12

describe('VoiceActivity', () => {
  it('allocates nothing while it listens', () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const detector = new VoiceActivity(RATE)
    const quantum = (i: number): Float32Array => noise('white', -20 - (i % 40), 128 / RATE, RATE, i + 1)
    const quanta = Array.from({ length: 64 }, (_, i) => quantum(i))
    const listenLong = (): number => {
      collectGarbage()
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < QUANTA; i++) {
        detector.agentLevel((i % 100) / 1000)
        detector.write(quanta[i % 64] as Float32Array, 128)
      }
      return process.memoryUsage().heapUsed - before
    }
    listenLong()
    const bytes = Math.min(...Array.from({ length: 5 }, listenLong))
    expect(bytes / QUANTA).toBeLessThan(SMALLEST_OBJECT_BYTES)
  })
})
