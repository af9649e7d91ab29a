import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinPcm } from '../simulators/pcm.ts'
import { Playout } from '../simulators/openai/webrtc/playout.ts'
import { VoiceInput } from '../simulators/openai/webrtc/voice-input.ts'

const FRAME = 240

interface Rig {
  readonly playout: Playout
  readonly told: string[]
  /** Everything that was read. */
  readonly output: () => Int16Array
  readonly read: () => void
}

function newRig({ keepsAll = true } = {}): Rig {
  const told: string[] = []
  const frames: Int16Array[] = []
  const playout = new Playout(
    { started: (id) => told.push(`started ${id}`), stopped: (id) => told.push(`stopped ${id}`) },
    { keepsAll },
  )
  const read = (): void => {
    const frame = new Int16Array(FRAME)
    playout.read(frame)
    frames.push(frame)
  }
  return { playout, told, output: () => joinPcm(frames), read }
}

/** Samples that are all different, and never silence. */
function numbered(from: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, index) => from + index)
}

test('what is appended is read once, in order, however it is cut into pieces', () => {
  const step = fc.oneof(fc.record({ append: fc.integer({ min: 1, max: 700 }) }), fc.constant('read' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { playout, told, output, read } = newRig()
      let next = 1
      for (const action of steps) {
        if (action === 'read') read()
        else {
          playout.append('R', 'I', numbered(next, action.append))
          next += action.append
        }
      }
      playout.endItem('I')
      playout.endResponse('R')
      for (let frame = 0; frame * FRAME < next + FRAME; frame++) read()
      const all = numbered(1, next - 1)
      expect(output().filter((sample) => sample !== 0)).toEqual(all)
      expect(told).toEqual(next > 1 ? ['started R', 'stopped R'] : [])
      expect(playout.items.get('I')?.pcm ?? new Int16Array(0)).toEqual(all)
    }),
    { numRuns: 60 },
  )
})

test('a cut keeps what was read, forgets the rest, and what is still to come', () => {
  const { playout, told, output, read } = newRig()
  playout.append('R1', 'first', numbered(1, 300))
  playout.endItem('first')
  playout.append('R1', 'second', numbered(301, 300))
  read()
  read()
  const cut = playout.cut(['R1'])
  expect(cut?.responseId).toBe('R1')
  expect(cut?.items.map(({ itemId, playedSamples }) => [itemId, playedSamples])).toEqual([['second', 180]])
  playout.append('R1', 'second', numbered(601, 300))
  expect(playout.append('R1', 'third', numbered(901, 300))).toMatchObject({
    itemId: 'third',
    playedSamples: 0,
  })
  expect(playout.append('R1', 'third', numbered(1201, 300))).toBeUndefined()
  playout.endResponse('R1')
  read()
  playout.append('R2', 'fourth', numbered(1, 10))
  playout.endResponse('R2')
  read()
  read()
  expect(output().filter((sample) => sample !== 0)).toEqual(joinPcm([numbered(1, 480), numbered(1, 10)]))
  expect(told).toEqual(['started R1', 'started R2', 'stopped R2'])
})

test('nothing is cut where nothing plays', () => {
  const { playout, read } = newRig()
  expect(playout.cut([])).toBeUndefined()
  playout.append('R', 'I', numbered(1, 10))
  playout.endItem('I')
  playout.endResponse('R')
  read()
  read()
  expect(playout.cut([])).toBeUndefined()
})

test('one response is played after the other, even if both are there', () => {
  const { playout, told, read } = newRig()
  for (const id of ['R1', 'R2']) {
    playout.append(id, `item of ${id}`, numbered(1, 100))
    playout.endItem(`item of ${id}`)
    playout.endResponse(id)
  }
  read()
  read()
  expect(told).toEqual(['started R1', 'stopped R1', 'started R2', 'stopped R2'])
})

test('a playout that keeps nothing forgets items that were played', () => {
  const { playout, read } = newRig({ keepsAll: false })
  for (const id of ['I1', 'I2', 'I3']) {
    playout.append('R', id, numbered(1, FRAME))
    playout.endItem(id)
    read()
  }
  expect([...playout.items.keys()]).toEqual(['I3'])
})

/** Loudness of a tone at 48 kHz after the conversion, as a part of what it was. */
function gainAt(frequency: number): number {
  const input = new VoiceInput()
  const parts = Array.from({ length: 20 }, (_, chunk) => {
    const samples = Int16Array.from(
      { length: 480 },
      (_, index) => 10_000 * Math.sin((2 * Math.PI * frequency * (chunk * 480 + index)) / 48_000),
    )
    return input.convert({ samples, sampleRate: 48_000 })
  })
  const settled = joinPcm(parts.slice(2))
  const power = settled.reduce((sum, sample) => sum + sample * sample, 0) / settled.length
  return Math.sqrt(2 * power) / 10_000
}

test('what comes at 48 kHz keeps speech, and does not fold what 24 kHz cannot hold', () => {
  for (const frequency of [200, 1000, 4000, 8000]) expect(gainAt(frequency)).toBeCloseTo(1, 1)
  for (const frequency of [15_000, 19_000]) expect(gainAt(frequency)).toBeLessThan(0.02)
})

test('stereo, and the silence before the first packet, become mono at 24 kHz', () => {
  const input = new VoiceInput()
  const samples = Int16Array.from({ length: 960 }, (_, index) => (index % 2 === 0 ? 5000 : -5000))
  input.convert({ samples, sampleRate: 48_000, channelCount: 2 })
  const output = input.convert({ samples, sampleRate: 48_000, channelCount: 2 })
  expect(output).toHaveLength(240)
  expect(output.every((sample) => Math.abs(sample - 5000) < 5)).toBe(true)
  expect(input.convert({ samples: new Int16Array(160), sampleRate: 16_000 })).toEqual(new Int16Array(240))
})
