import { describe, expect, it } from 'vitest'
import { lastAudible, playerRig, steepest, tone } from '../support/player-rig.ts'

describe('Player', () => {
  it('renders an item once, whole, and says where it began and ended', () => {
    const { player, render, reports, named } = playerRig()
    player.write(0, 'a', tone(24_000))
    player.end(0, 'a')
    const output = render(72_000)
    expect(named('started')).toMatchObject([{ itemId: 'a' }])
    expect(named('ended')).toMatchObject([{ itemId: 'a', frames: 24_000 }])
    expect(reports.at(-1)?.event).toBe('ended')
    // One second of audio takes one second.
    expect(lastAudible(output)).toBeGreaterThan(47_800)
    expect(lastAudible(output)).toBeLessThanOrEqual(48_100)
    expect(output.every((sample) => Number.isFinite(sample))).toBe(true)
  })

  it('waits for a prebuffer, but not when the item is known to be complete', () => {
    const waiting = playerRig()
    waiting.player.write(0, 'a', tone(480))
    expect(lastAudible(waiting.render(4800))).toBe(-1)
    const complete = playerRig()
    complete.player.write(0, 'a', tone(480))
    complete.player.end(0, 'a')
    expect(lastAudible(complete.render(4800))).toBeGreaterThan(0)
  })

  it('falls silent within 3 ms of a flush, without a click, and says to the frame what it rendered', () => {
    const { player, render, named } = playerRig()
    player.write(0, 'a', tone(96_000, { hz: 997 }))
    const natural = steepest(render(24_000), 600)
    player.flush(1)
    const after = render(4800)
    expect(lastAudible(after)).toBeLessThanOrEqual(144)
    const seam = new Float32Array(4801)
    seam.set(after, 1)
    seam[0] = after[0] ?? 0
    expect(steepest(seam) / natural).toBeLessThan(1.2)
    const [flushed] = named('flushed')
    expect(flushed).toMatchObject({ epoch: 1, itemId: 'a', frames: 12_000 + 72 })
  })

  it('plays nothing of a flushed epoch, and what comes after the flush from its beginning', () => {
    const { player, render, named } = playerRig()
    player.write(0, 'a', tone(96_000))
    render(9600)
    player.flush(1)
    player.write(1, 'b', tone(4800, { hz: 880 }))
    player.write(0, 'a', tone(4800))
    player.end(1, 'b')
    const output = render(24_000)
    expect(named('started').map(({ itemId }) => itemId)).toEqual(['a', 'b'])
    expect(named('ended')).toMatchObject([{ itemId: 'b', frames: 4800 }])
    expect(lastAudible(output)).toBeLessThan(144 + 128 + 9600 + 200)
  })

  it('goes on where it stopped after an underrun, and loses nothing', () => {
    const { player, render, rendered, named } = playerRig()
    player.write(0, 'a', tone(4800))
    render(24_000)
    expect(named('underrun')).toHaveLength(1)
    const heard = named('underrun')[0]?.frames ?? 0
    expect(heard).toBeLessThanOrEqual(4800)
    player.write(0, 'a', tone(4800, { from: 4800 }))
    player.end(0, 'a')
    render(24_000)
    expect(named('ended')).toMatchObject([{ itemId: 'a', frames: 9600 }])
    // Both halves together are as long as what was written.
    const audible = rendered().filter((sample) => Math.abs(sample) > 1e-4).length
    expect(audible).toBeGreaterThan(19_200 - 600)
    expect(audible).toBeLessThan(19_200 + 200)
    expect(steepest(rendered())).toBeLessThan(0.035)
  })

  it('holds more after each underrun, and less again after answers without one', () => {
    const { player, render, named } = playerRig()
    const held = (itemId: string): number => {
      let frames = 0
      while (!named('started').some((report) => report.itemId === itemId)) {
        player.write(0, itemId, tone(240))
        frames += 240
        render(128)
      }
      return frames
    }
    const first = held('a')
    render(24_000)
    player.end(0, 'a')
    render(4800)
    expect(held('b')).toBeGreaterThan(first)
    for (const itemId of ['b', 'c', 'd', 'e']) {
      player.write(0, itemId, tone(9600))
      player.end(0, itemId)
      render(48_000)
    }
    expect(held('f')).toBe(first)
  })

  it('pauses without a click, and goes on where it stopped', () => {
    const { player, render, rendered, named } = playerRig()
    player.write(0, 'a', tone(24_000))
    player.end(0, 'a')
    render(12_000)
    player.pause()
    const paused = render(48_000)
    expect(lastAudible(paused)).toBeLessThan(144)
    player.resume()
    render(48_000)
    expect(named('ended')).toMatchObject([{ itemId: 'a', frames: 24_000 }])
    expect(named('underrun')).toEqual([])
    const audible = rendered().filter((sample) => Math.abs(sample) > 1e-4).length
    expect(audible).toBeGreaterThan(48_000 - 900)
    expect(audible).toBeLessThan(48_000 + 200)
    expect(steepest(rendered(), 1, 47_000)).toBeLessThan(0.035)
  })

  it('is flushed while it is paused, and is not paused afterwards', () => {
    const { player, render, named } = playerRig()
    player.write(0, 'a', tone(24_000))
    render(9600)
    player.pause()
    render(4800)
    player.flush(1)
    expect(named('flushed')).toMatchObject([{ itemId: 'a' }])
    player.write(1, 'b', tone(4800))
    expect(lastAudible(render(9600))).toBeGreaterThan(0)
  })

  it('turns the voice down by 18 dB, and up again unless a flush follows', () => {
    const { player, render } = playerRig()
    const loudest = (samples: Float32Array): number => Math.max(...samples)
    player.write(0, 'a', tone(96_000))
    render(9600)
    player.duck()
    render(960)
    expect(loudest(render(9600))).toBeCloseTo(0.5 * 0.126, 2)
    render(48_000)
    expect(loudest(render(9600))).toBeCloseTo(0.5, 2)
    player.duck()
    render(960)
    player.flush(1)
    render(960)
    player.write(1, 'b', tone(24_000))
    expect(loudest(render(9600))).toBeCloseTo(0.5, 2)
  })

  it('plays items in the order of their first chunk, back to back', () => {
    const { player, render, named } = playerRig()
    player.write(0, 'a', tone(2400))
    player.write(0, 'b', tone(2400, { from: 4800 }))
    player.write(0, 'a', tone(2400, { from: 2400 }))
    player.end(0, 'a')
    player.write(0, 'b', tone(2400, { from: 7200 }))
    player.end(0, 'b')
    const output = render(48_000)
    expect(named('started').map(({ itemId }) => itemId)).toEqual(['a', 'b'])
    expect(named('ended')).toMatchObject([
      { itemId: 'a', frames: 4800 },
      { itemId: 'b', frames: 4800 },
    ])
    // No gap and no click between them: the tone runs through.
    expect(steepest(output, 300, 18_900)).toBeLessThan(0.0295)
  })

  it('ends an item without audio without a sound', () => {
    const { player, render, named } = playerRig()
    player.end(0, 'a')
    player.write(0, 'b', tone(2400))
    player.end(0, 'b')
    render(24_000)
    expect(named('started').map(({ itemId }) => itemId)).toEqual(['b'])
    expect(named('ended').map(({ itemId }) => itemId)).toEqual(['a', 'b'])
  })

  it('answers a flush at once when nothing plays', () => {
    const { player, named } = playerRig()
    player.flush(1)
    player.flush(1)
    expect(named('flushed')).toMatchObject([{ epoch: 1, itemId: '', frames: 0 }])
  })
})
