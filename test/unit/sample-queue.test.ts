import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SampleQueue } from '../../src/shared/sample-queue.ts'

const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ push: fc.int16Array({ maxLength: 60 }) }) },
  { weight: 4, arbitrary: fc.record({ read: fc.nat(200) }) },
)

describe('SampleQueue', () => {
  it('gives what was pushed, in order, like an array would', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 120 }), (operations) => {
        const queue = new SampleQueue()
        const model: number[] = []
        for (const operation of operations) {
          let expected: number[] = []
          let actual: Float32Array = new Float32Array(0)
          if ('push' in operation) {
            queue.push(operation.push)
            model.push(...operation.push)
          } else {
            const output = new Float32Array(operation.read)
            actual = output.subarray(0, queue.read(output, 0, operation.read))
            expected = model.splice(0, operation.read)
          }
          expect([...actual].map((sample) => sample * 32768)).toEqual(expected)
          expect(queue.length).toBe(model.length)
        }
      }),
    )
  })

  it('writes only from the offset on, and only what it had', () => {
    const queue = new SampleQueue()
    queue.push(Int16Array.of(-32768, 16384))
    const output = new Float32Array(5).fill(9)
    expect(queue.read(output, 1, 4)).toBe(2)
    expect([...output]).toEqual([9, -1, 0.5, 9, 9])
  })

  it('keeps ten minutes in order while it grows', () => {
    const queue = new SampleQueue()
    const output = new Float32Array(300)
    const chunks = 30_000
    const chunkFrames = 480
    // Read half of what is pushed at first, so that it grows with its start in the middle.
    for (let i = 0; i < chunks; i++) {
      queue.push(new Int16Array(chunkFrames).fill(i % 30_000))
      if (i % 2 === 0 && i < 100) queue.read(output, 0, 300)
    }
    let frame = 50 * 300
    expect(queue.length).toBe(chunks * chunkFrames - frame)
    for (let read = queue.read(output, 0, 300); read > 0; read = queue.read(output, 0, 300)) {
      const wrong = output
        .subarray(0, read)
        .findIndex((sample, i) => sample !== Math.floor((frame + i) / chunkFrames) / 32768)
      expect(wrong).toBe(-1)
      frame += read
    }
    expect(frame).toBe(chunks * chunkFrames)
  })

  it('lets go of a chunk that was read', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const queue = new SampleQueue()
    const pushed = (() => {
      const chunk = new Int16Array(480)
      queue.push(chunk)
      return new WeakRef(chunk)
    })()
    queue.push(new Int16Array(480))
    queue.read(new Float32Array(480), 0, 480)
    // A reference that was made in this task holds until its end.
    await new Promise((resolve) => setTimeout(resolve))
    collectGarbage()
    expect(pushed.deref()).toBeUndefined()
    expect(queue.length).toBe(480)
  })
})
