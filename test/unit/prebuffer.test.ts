import { describe, expect, it } from 'vitest'
import { Prebuffer } from '../../src/shared/prebuffer.ts'

/** Chunks of 100 ms, each as many ms after its due time as `lateMs` says. */
function item(prebuffer: Prebuffer, lateMs: readonly number[], paceMs = 100): void {
  for (const [i, late] of lateMs.entries()) prebuffer.arrived(i * paceMs + late, 100)
  prebuffer.itemEnded()
}

describe('Prebuffer', () => {
  it('holds 40 ms for a model that sends faster than realtime', () => {
    const prebuffer = new Prebuffer()
    for (let i = 0; i < 20; i++) item(prebuffer, [0, 0, 30, 0, 10], 20)
    expect(prebuffer.ms).toBe(40)
  })

  it('holds what the latest chunk needed for a model that sends at realtime pace', () => {
    const prebuffer = new Prebuffer()
    item(prebuffer, [0, 10, 60, 20, 0])
    expect(prebuffer.ms).toBe(160)
  })

  it('forgets what an item needed when seven others have followed', () => {
    const prebuffer = new Prebuffer()
    item(prebuffer, [0, 80])
    for (let i = 0; i < 6; i++) item(prebuffer, [0, 0])
    expect(prebuffer.ms).toBe(180)
    item(prebuffer, [0, 0])
    expect(prebuffer.ms).toBe(40)
  })

  it('holds 60 ms more after each underrun, and 20 ms less after each item without', () => {
    const prebuffer = new Prebuffer()
    prebuffer.underrun()
    expect(prebuffer.ms).toBe(100)
    prebuffer.underrun()
    expect(prebuffer.ms).toBe(160)
    prebuffer.itemEnded()
    expect(prebuffer.ms).toBe(160)
    prebuffer.itemEnded()
    expect(prebuffer.ms).toBe(140)
    for (let i = 0; i < 20; i++) prebuffer.itemEnded()
    expect(prebuffer.ms).toBe(40)
  })

  it('never holds more than 400 ms', () => {
    const prebuffer = new Prebuffer()
    for (let i = 0; i < 20; i++) prebuffer.underrun()
    item(prebuffer, [0, 3000])
    expect(prebuffer.ms).toBe(400)
  })
})
