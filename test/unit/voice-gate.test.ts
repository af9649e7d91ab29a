import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONTEXT_RATE, gateRig } from '../support/gate-rig.ts'
import { lastAudible, steepest, WIRE_RATE } from '../support/player-rig.ts'

const QUANTUM = 128
const FADE = 0.003 * CONTEXT_RATE
/** Steepest slope of the tone, and of the fade on top of it. */
const SLOPE = (2 * Math.PI * 440 * 0.5) / CONTEXT_RATE + 0.5 / FADE

function wireFrames(ms: number): number {
  return (ms * WIRE_RATE) / 1000
}

describe('VoiceGate', () => {
  it('lets nothing pass before an item is open', () => {
    const { hear, reports } = gateRig()
    expect(lastAudible(hear(200))).toBe(-1)
    expect(reports).toEqual([])
  })

  it('opens at once for a voice that is sounding, and counts it at the wire rate', () => {
    const { gate, hear, named } = gateRig()
    hear(100)
    gate.play(0, 'a')
    const passed = hear(1000)
    expect(named('started')).toMatchObject([{ epoch: 0, itemId: 'a' }])
    expect(lastAudible(passed)).toBeGreaterThan(passed.length - 10)
    expect(steepest(passed)).toBeLessThan(SLOPE)
    const positions = named('position')
    expect(positions.length).toBeGreaterThan(25)
    expect(positions.length).toBeLessThan(31)
    expect(positions.at(-1)?.frames).toBeGreaterThan(wireFrames(960))
    expect(positions.at(-1)?.frames).toBeLessThanOrEqual(wireFrames(1000))
  })

  it('does not count silence before the first sound, and counts a pause in the voice', () => {
    const { gate, hear, silence, named } = gateRig()
    gate.play(0, 'a')
    silence(300)
    expect(named('started')).toEqual([])
    hear(400)
    silence(200)
    hear(400)
    gate.end(0, 'a')
    silence(500)
    expect(named('started')).toHaveLength(1)
    const [ended] = named('ended')
    expect(Math.abs((ended?.frames ?? 0) - wireFrames(1000))).toBeLessThan(QUANTUM)
  })

  it('lets out what is still under way at the end of an item, and then shuts', () => {
    const { gate, hear, silence, named, reports } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.end(0, 'a')
    expect(lastAudible(hear(80))).toBeGreaterThan(0.079 * CONTEXT_RATE)
    expect(named('ended')).toEqual([])
    silence(200)
    expect(named('ended')).toMatchObject([{ itemId: 'a' }])
    expect(Math.abs((named('ended')[0]?.frames ?? 0) - wireFrames(380))).toBeLessThan(QUANTUM)
    expect(lastAudible(hear(200))).toBe(-1)
    expect(reports.at(-1)?.event).toBe('ended')
  })

  it('ends an item whose track never falls silent, without a click', () => {
    const { gate, hear, named } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.end(0, 'a')
    const passed = hear(700)
    expect(named('ended')).toHaveLength(1)
    expect(lastAudible(passed)).toBeLessThan(0.51 * CONTEXT_RATE)
    expect(steepest(passed)).toBeLessThan(SLOPE)
  })

  it('goes from one item to the next without a gap', () => {
    const { gate, hear, reports } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.end(0, 'a')
    gate.play(0, 'b')
    expect(steepest(hear(300), 1)).toBeLessThan(SLOPE)
    const order = reports.filter(({ event }) => event !== 'position')
    expect(order).toMatchObject([
      { event: 'started', itemId: 'a' },
      { event: 'ended', itemId: 'a' },
      { event: 'started', itemId: 'b' },
    ])
  })

  it('counts nothing of an item for the next one', () => {
    const { gate, hear, silence, named } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.end(0, 'a')
    silence(50)
    gate.play(0, 'b')
    hear(400)
    gate.end(0, 'b')
    silence(200)
    const frames = named('ended').map((report) => Math.round(report.frames / wireFrames(10)))
    expect(frames).toEqual([30, 40])
  })

  it('falls silent within 3 ms of a flush, without a click, and says what was heard', () => {
    const { gate, hear, named } = gateRig()
    gate.play(0, 'a')
    const before = hear(500)
    gate.flush(1)
    expect(named('position').at(-1)).toMatchObject({ epoch: 0, itemId: 'a', frames: wireFrames(500) })
    const after = hear(500)
    expect(lastAudible(after)).toBeLessThanOrEqual(FADE)
    expect(steepest(new Float32Array([...before.subarray(-1), ...after]))).toBeLessThan(SLOPE)
    expect(named('flushed')).toEqual([
      {
        event: 'flushed',
        epoch: 1,
        itemId: 'a',
        frames: wireFrames(500) + (FADE * WIRE_RATE) / CONTEXT_RATE,
      },
    ])
  })

  it('answers a flush at once when nothing is audible', () => {
    const { gate, reports } = gateRig()
    gate.play(0, 'a')
    gate.flush(3)
    expect(reports).toEqual([{ event: 'flushed', epoch: 3, itemId: '', frames: 0 }])
  })

  it('keeps the tail of a flushed answer out of the next one', () => {
    const { gate, hear, silence, named } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.flush(1)
    hear(20)
    gate.play(1, 'b')
    expect(lastAudible(hear(60))).toBe(-1)
    silence(15)
    expect(lastAudible(hear(100))).toBeGreaterThan(0)
    expect(named('started').map(({ itemId }) => itemId)).toEqual(['a', 'b'])
  })

  it('takes a pause in the tail of a flushed answer for no end of it', () => {
    const { gate, hear, silence } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.flush(1)
    silence(15)
    hear(20)
    gate.play(1, 'b')
    expect(lastAudible(hear(100))).toBe(-1)
  })

  it('opens for an answer that never falls silent when the tail must be over', () => {
    const { gate, hear } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.flush(1)
    gate.play(1, 'b')
    expect(lastAudible(hear(245).subarray(FADE))).toBe(-1)
    expect(lastAudible(hear(20))).toBeGreaterThan(0)
  })

  it('ignores what belongs to an epoch that was flushed', () => {
    const { gate, hear, named } = gateRig()
    gate.flush(2)
    gate.play(1, 'a')
    gate.end(1, 'a')
    gate.flush(1)
    expect(lastAudible(hear(500))).toBe(-1)
    expect(named('flushed')).toHaveLength(1)
    expect(named('ended')).toEqual([])
  })

  it('is silent while paused, and does not count what is lost', () => {
    const { gate, hear, silence, named } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.pause()
    expect(lastAudible(hear(400))).toBeLessThanOrEqual(FADE)
    gate.resume()
    expect(lastAudible(hear(300))).toBeGreaterThan(0.29 * CONTEXT_RATE)
    gate.end(0, 'a')
    silence(200)
    expect(Math.abs((named('ended')[0]?.frames ?? 0) - wireFrames(603))).toBeLessThan(QUANTUM)
  })

  it('holds the end of an item while paused, and no pause outlives a flush', () => {
    const { gate, hear, named } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.pause()
    gate.end(0, 'a')
    hear(1000)
    expect(named('ended')).toEqual([])
    gate.flush(1)
    expect(named('flushed')).toMatchObject([{ itemId: 'a', frames: wireFrames(303) }])
    hear(300)
    gate.play(1, 'b')
    expect(lastAudible(hear(100))).toBeGreaterThan(0)
  })

  it('turns the voice down, and up again by itself', () => {
    const { gate, hear } = gateRig()
    gate.play(0, 'a')
    hear(300)
    gate.duck()
    expect(Math.max(...hear(100).subarray(-960))).toBeLessThan(0.07)
    hear(800)
    expect(Math.max(...hear(100))).toBeGreaterThan(0.45)
  })

  it('keeps every promise under random plays, ends, flushes, pauses and quanta', () => {
    const step = fc.record({
      what: fc.constantFrom('play', 'end', 'flush', 'pause', 'resume', 'hear', 'hear', 'silence'),
      ms: fc.integer({ min: 1, max: 400 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 700 }), (steps, quantum) => {
        const { gate, hear, reports } = gateRig()
        let epoch = 0
        let item = 0
        let passedFrames = 0
        for (const { what, ms } of steps) {
          if (what === 'play') gate.play(epoch, `${epoch}.${++item}`)
          else if (what === 'end') gate.end(epoch, `${epoch}.${item}`)
          else if (what === 'flush') gate.flush(++epoch)
          else if (what === 'pause' || what === 'resume') gate[what]()
          else {
            const passed = hear(ms, what === 'hear' ? 0.5 : 0, quantum)
            passedFrames += passed.length
            // The input itself jumps where silence begins or ends.
            if (what === 'hear') expect(steepest(passed, 2)).toBeLessThan(SLOPE)
          }
        }
        gate.flush(++epoch)
        hear(10, 0.5, quantum)
        const last = new Map<string, number>()
        let heard = 0
        for (const { event, itemId, frames } of reports) {
          if (!itemId) continue
          expect(frames).toBeGreaterThanOrEqual(last.get(itemId) ?? 0)
          if (event === 'ended' || event === 'flushed') heard += frames
          last.set(itemId, frames)
        }
        expect(heard).toBeLessThanOrEqual(
          (passedFrames * WIRE_RATE) / CONTEXT_RATE + wireFrames(3) + steps.length,
        )
        for (const itemId of last.keys()) {
          const own = reports.filter((report) => report.itemId === itemId)
          expect(own[0]?.event === 'started' || own[0]?.frames === 0).toBe(true)
          expect(['ended', 'flushed']).toContain(own.at(-1)?.event)
        }
        expect(reports.at(-1)).toMatchObject({ event: 'flushed', epoch })
      }),
      { numRuns: 200 },
    )
  })
})
