import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OptionError } from '../../src/core/errors.ts'
import { outputGuard, type OutputGuardOptions } from '../../src/extensions/output-guard.ts'
import { settled } from '../support/virtual-audio.ts'
import { ExtendedModel, guardedRig, noSecrets } from './extension-rig.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('outputGuard', () => {
  it('lets an answer through in which nothing is wrong, to its last sample', async () => {
    const { model, speaker, of, states, itemMs } = await guardedRig()
    model.begins('r1')
    model.speak('a', 2000)
    model.tells('a', 'Nothing to hide in here')
    model.tells('a', 'Nothing to hide in here', true)
    model.session?.output.end('a')
    model.ends('r1')
    await speaker.play(2100)
    expect(itemMs('a')).toBe(2000)
    expect(of('transcript').at(-1)?.payload).toMatchObject({ final: true, heardMs: 2000, received: true })
    expect(states().at(-1)).toBe('listening')
    expect(of('guarded')).toEqual([])
  })

  it('holds audio until its text was checked, and then as much as it surely covers', async () => {
    const { model, speaker, itemMs } = await guardedRig({ maxLettersPerSecond: 20, marginMs: 100 })
    model.begins('r1')
    model.speak('a', 3000)
    expect(await speaker.play(500)).toBe(0)
    // Ten letters in whole words: 500 ms, of which 100 ms are held back, and 3 ms for a fade.
    model.tells('a', 'Speak ever so softl')
    await speaker.play(2000)
    expect(itemMs('a')).toBe(500 + 50 - 100 - 3)
  })

  it('is silent before the word, has the model forget it, and says something else', async () => {
    const { model, speaker, of, states, texts } = await guardedRig({
      replacement: (reason) => `Not ${reason}.`,
    })
    model.begins('r1')
    model.speak('a', 4000)
    model.tells('a', 'The password that you want is ')
    await settled()
    model.tells('a', 'The password that you want is secret ')
    await settled()
    expect(of('guarded')).toEqual([
      {
        type: 'guarded',
        payload: { itemId: 'a', text: 'The password that you want is', reason: 'a secret' },
      },
    ])
    const releasedMs = (24 / 25) * 1000 - 250
    expect(model.interruptions).toEqual([[{ itemId: 'a', heardMs: releasedMs, receivedMs: 4000 }]])
    expect(model.replies).toEqual([])
    model.speak('a', 1000)
    model.speak('late', 1000)
    model.tells('late', 'The secret is out', true)
    model.ends('r1', 'cancelled')
    expect(model.replies).toEqual([{ replyId: expect.any(String), text: 'Not a secret.' }])
    expect(await speaker.play(300)).toBeGreaterThan(0.2)
    await speaker.play(500)
    expect(states().at(-1)).toBe('listening')
    expect(texts().filter((text) => text.includes('secret'))).toEqual([])
    expect(of('transcript').at(-1)?.payload).toMatchObject({
      id: 'a',
      text: 'The password that you want is',
      final: true,
      receivedMs: releasedMs,
    })
    model.say('responseStarted', { responseId: 'r2', replyId: model.replies[0]?.replyId ?? '' })
    model.speak('b', 500)
    model.tells('b', 'Not a thing.', true)
    model.ends('r2')
    expect(of('replyStarted')).toEqual([])
    expect(await speaker.play(600)).toBeGreaterThan(0.2)
    expect(texts().at(-1)).toBe('Not a thing.')
  })

  it('says nothing else where the model cannot be asked to, or in place of a replacement', async () => {
    const dumb = await guardedRig({ replacement: 'No.' }, { reply: false })
    dumb.model.begins('r1')
    dumb.model.tells('a', 'secret', true)
    await settled()
    expect(dumb.of('guarded')).toHaveLength(1)
    dumb.model.ends('r1')
    expect(dumb.model.replies).toEqual([])

    const { model, of } = await guardedRig({ replacement: 'No secret.' })
    model.begins('r1')
    model.tells('a', 'secret', true)
    await settled()
    model.ends('r1')
    model.begins('r2')
    model.tells('b', 'No secret.', true)
    await settled()
    model.ends('r2')
    await vi.advanceTimersByTimeAsync(2000)
    expect(of('guarded')).toHaveLength(2)
    expect(model.replies).toHaveLength(1)
  })

  it('keeps the order of items, and tells the end of the answer when all was let through', async () => {
    const resolve: ((verdict: undefined) => void)[] = []
    const { model, speaker, states, itemMs } = await guardedRig({
      check: async () => new Promise((done) => resolve.push(done)),
    })
    model.begins('r1')
    model.speak('a', 300)
    model.tells('a', 'First.', true)
    model.speak('b', 300)
    model.tells('b', 'Second.', true)
    model.session?.output.end('a')
    model.session?.output.end('b')
    model.ends('r1')
    resolve[1]?.(undefined)
    expect(await speaker.play(500)).toBe(0)
    expect(states().at(-1)).toBe('thinking')
    resolve[0]?.(undefined)
    await speaker.play(700)
    expect([itemMs('a'), itemMs('b')]).toEqual([300, 300])
    expect(states().at(-1)).toBe('listening')
  })

  it.each(['throws', 'rejects', 'never comes back'])(
    'lets nothing through when the check %s',
    async (how) => {
      const check = (): undefined | Promise<undefined> => {
        if (how === 'throws') throw new Error('out of order')
        if (how === 'rejects') return Promise.reject(new Error('out of order'))
        return new Promise(() => {})
      }
      const { model, speaker, of } = await guardedRig({ check })
      model.begins('r1')
      model.speak('a', 500)
      model.tells('a', 'Hello there', true)
      await vi.advanceTimersByTimeAsync(10_000)
      expect(of('guarded')[0]?.payload.reason).toBe('the guard failed')
      expect(of('error')).toHaveLength(1)
      expect(of('error')[0]?.payload).toBeInstanceOf(OptionError)
      expect(await speaker.play(600)).toBe(0)
    },
  )

  it('lets nothing through whose text does not come', async () => {
    const { model, speaker, of, states } = await guardedRig()
    model.begins('r1')
    model.speak('a', 500)
    model.speak('b', 500)
    model.tells('b', 'This has words.', true)
    model.ends('r1')
    await vi.advanceTimersByTimeAsync(1000)
    expect(of('guarded')[0]?.payload).toEqual({ itemId: 'a', text: '', reason: 'no transcript' })
    expect(await speaker.play(600)).toBe(0)
    expect(states().at(-1)).toBe('listening')
  })

  it('waits for a text that comes after the answer', async () => {
    const { model, speaker, states, itemMs } = await guardedRig()
    model.begins('r1')
    model.speak('a', 500)
    model.ends('r1')
    await vi.advanceTimersByTimeAsync(900)
    expect(states().at(-1)).toBe('thinking')
    model.tells('a', 'Here I am.', true)
    await vi.advanceTimersByTimeAsync(5000)
    await speaker.play(600)
    expect(itemMs('a')).toBe(500)
    expect(states().at(-1)).toBe('listening')
  })

  it('stops where words are changed that it has checked, until the others are', async () => {
    let resolve = (_verdict: undefined): void => {}
    const { model, speaker, itemMs } = await guardedRig({
      check: (text) => (text.startsWith('Two') ? new Promise((done) => (resolve = done)) : undefined),
    })
    model.begins('r1')
    model.speak('a', 700)
    model.tells('a', 'One way to say it', true)
    model.tells('a', 'One way to say it all', false)
    await speaker.play(100)
    model.tells('a', 'Two ways to say it all and for good', true)
    model.speak('a', 1000)
    await speaker.play(2000)
    expect(itemMs('a')).toBeLessThan(701)
    resolve(undefined)
    await speaker.play(2000)
    expect(itemMs('a')).toBe(1700)
  })

  it('takes a text for complete that does not grow, if it is to', async () => {
    const { model, speaker, of, itemMs } = await guardedRig({ settleMs: 200 })
    model.begins('r1')
    model.speak('a', 2000)
    model.tells('a', 'One sentence before it is')
    model.session?.output.end('a')
    await vi.advanceTimersByTimeAsync(150)
    model.tells('a', 'One sentence before it is said.')
    await vi.advanceTimersByTimeAsync(150)
    await speaker.play(2100)
    expect(itemMs('a')).toBeLessThan(1000)
    await vi.advanceTimersByTimeAsync(50)
    await speaker.play(2100)
    expect(itemMs('a')).toBe(2000)
    model.tells('a', 'One sentence before it is said.', true)
    model.ends('r1')
    await settled()
    expect(of('guarded')).toEqual([])
    expect(of('stateChanged').at(-1)?.state).toBe('listening')
  })

  it('looks at whole words only, and at the last one when it is complete', async () => {
    const seen: string[] = []
    const check = vi.fn<OutputGuardOptions['check']>((text, { final }) => {
      seen.push(text + (final ? '!' : ''))
      return undefined
    })
    const { model } = await guardedRig({ check })
    model.begins('r1')
    for (const text of ['A', 'A cl', 'A class', 'A class act', 'A class action']) {
      model.tells('a', text)
      await settled()
    }
    model.tells('a', 'A class action', true)
    await settled()
    expect(seen).toEqual(['A ', 'A class ', 'A class action!'])
  })

  it('checks words that are added to a text that was final', async () => {
    const { model, of, texts } = await guardedRig()
    model.begins('r1')
    model.speak('a', 500)
    model.tells('a', 'It is', true)
    model.ends('r1')
    await settled()
    model.tells('a', 'It is secret', true)
    await settled()
    expect(of('guarded')[0]?.payload).toEqual({ itemId: 'a', text: 'It is', reason: 'a secret' })
    expect(texts().at(-1)).toBe('It is')
  })

  it('refuses a track, and options that make no sense', () => {
    const guard = outputGuard({ check: noSecrets })
    expect(() => guard.wrap(new ExtendedModel({ media: 'track' }))).toThrow(
      expect.objectContaining({ code: 'option-unsupported' }),
    )
    for (const options of [
      { check: undefined },
      { maxLettersPerSecond: 0 },
      { marginMs: -1 },
      { settleMs: -1 },
    ]) {
      expect(() => outputGuard({ check: noSecrets, ...options } as OutputGuardOptions)).toThrow(
        expect.objectContaining({ code: 'option-invalid' }),
      )
    }
  })
})
