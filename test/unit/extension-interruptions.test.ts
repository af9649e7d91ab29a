import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OptionError } from '../../src/core/errors.ts'
import {
  confirmInterruptions,
  type ConfirmInterruptionsOptions,
} from '../../src/extensions/confirm-interruptions.ts'
import { settled } from '../support/virtual-audio.ts'
import { ExtendedModel, extensionRig } from './extension-rig.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A conversation in which the agent has spoken for 300 ms of 2 s. */
async function spoken(options: ConfirmInterruptionsOptions = {}) {
  const rig = await extensionRig([confirmInterruptions(options)])
  const { model, speaker } = rig
  model.begins('r1')
  model.speak('a', 2000)
  model.tells('a', 'one two three four five six seven eight', true)
  model.session?.output.end('a')
  model.ends('r1')
  await speaker.play(300)
  const starts = (): number => rig.of('speechStarted').length
  const userTexts = (): string[] =>
    rig
      .of('transcript')
      .map(({ payload }) => payload)
      .filter(({ role }) => role === 'user')
      .map(({ text }) => text)
  return { ...rig, starts, userTexts }
}

describe('confirmInterruptions', () => {
  it('tells the model that it is to wait for a verdict', async () => {
    const { model } = await spoken()
    expect(model.session?.confirmTurns).toBe(true)
  })

  it('leaves a turn alone that begins in silence, and has it answered at once', async () => {
    const { model, of, sent } = await extensionRig([confirmInterruptions()])
    model.say('speechStarted', {})
    expect(of('speechStarted')).toHaveLength(1)
    model.heard('u', 'Mm-hm')
    model.say('speechStopped', {})
    expect(of('speechStopped')).toHaveLength(1)
    expect(model.log).toEqual(['answer true'])
    expect(of('transcript')).toHaveLength(1)
    expect(sent('duck')).toBe(0)
  })

  it('turns the agent down at once, keeps it down, and lets it go on after a backchannel', async () => {
    const { model, speaker, of, sent, starts, userTexts, states } = await spoken()
    model.say('speechStarted', {})
    expect(sent('duck')).toBe(1)
    await vi.advanceTimersByTimeAsync(600)
    expect(sent('duck')).toBe(3)
    model.say('speechStopped', {})
    model.heard('u', '', false)
    model.heard('u', 'Mm', false)
    model.heard('u', 'Mm-hm.')
    expect(model.log).toEqual(['answer false'])
    expect(of('interruptionDismissed')).toEqual([
      { type: 'interruptionDismissed', payload: { text: 'Mm-hm.', durationMs: 600 } },
    ])
    await vi.advanceTimersByTimeAsync(5000)
    expect(sent('duck')).toBe(3)
    expect(await speaker.play(1500)).toBeGreaterThan(0.2)
    expect(starts()).toBe(0)
    expect(userTexts()).toEqual([])
    await speaker.play(500)
    expect(states().at(-1)).toBe('listening')
    expect(of('interrupted')).toEqual([])
  })

  it('pauses the agent if it is to, and lets it go on to the sample', async () => {
    const { model, speaker, of, sent } = await spoken({ meanwhile: 'pause' })
    model.say('speechStarted', {})
    await speaker.play(10)
    expect(await speaker.play(3000)).toBe(0)
    model.say('speechStopped', {})
    model.heard('u', 'okay')
    expect(sent('pause')).toBe(1)
    expect(sent('resume')).toBe(1)
    expect(await speaker.play(100)).toBeGreaterThan(0.2)
    await speaker.play(1700)
    const { payload } = of('transcript').at(-1) ?? {}
    expect(payload).toMatchObject({ final: true, heardText: payload?.text, heardMs: 2000 })
  })

  it('dismisses speech of which no words come', async () => {
    const { model, of, starts, userTexts } = await spoken({ giveUpMs: 1000 })
    model.say('speechStarted', {})
    model.say('speechStopped', {})
    await vi.advanceTimersByTimeAsync(999)
    expect(model.log).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(model.log).toEqual(['answer false'])
    expect(of('interruptionDismissed')[0]?.payload.text).toBe('')
    model.heard('u', 'Too late to matter')
    expect(userTexts()).toEqual([])
    model.say('speechStarted', {})
    expect(starts()).toBe(0)
  })

  it('interrupts as soon as there are words, and asks for the answer once the model knows the cut', async () => {
    const { model, speaker, of, starts, userTexts } = await spoken()
    model.say('speechStarted', {})
    model.heard('u', 'Mm-hm, no', false)
    expect(starts()).toBe(1)
    expect(userTexts()).toEqual(['Mm-hm, no'])
    model.say('speechStopped', {})
    expect(of('speechStopped')).toHaveLength(1)
    expect(model.log).toEqual([])
    await speaker.play(5)
    expect(model.log).toEqual(['interrupt', 'answer true'])
    expect(model.interruptions[0]?.[0]).toMatchObject({ itemId: 'a', receivedMs: 2000 })
    expect(await speaker.play(500)).toBe(0)
    model.heard('u', 'Mm-hm, no, wait', true)
    expect(userTexts()).toEqual(['Mm-hm, no', 'Mm-hm, no, wait'])
  })

  it('interrupts when words come after the speech is over', async () => {
    const { model, speaker, of, states } = await spoken({ meanwhile: 'pause' })
    model.say('speechStarted', {})
    model.say('speechStopped', {})
    model.heard('u', 'Stop.')
    expect(of('speechStarted')).toHaveLength(1)
    expect(of('speechStopped')).toHaveLength(1)
    await speaker.play(5)
    expect(model.log).toEqual(['interrupt', 'answer true'])
    expect(states().at(-1)).toBe('thinking')
    // The pause is over: the next answer is heard.
    model.begins('r2')
    model.speak('b', 500)
    expect(await speaker.play(300)).toBeGreaterThan(0.2)
  })

  it('interrupts when speech lasts, whatever its words', async () => {
    const { model, speaker, starts } = await spoken({ afterMs: 700 })
    model.say('speechStarted', {})
    model.heard('u', 'uh', false)
    await vi.advanceTimersByTimeAsync(699)
    expect(starts()).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(starts()).toBe(1)
    await speaker.play(5)
    model.say('speechStopped', {})
    expect(model.log).toEqual(['interrupt', 'answer true'])
  })

  it('counts words', async () => {
    const { model, starts } = await spoken({ minWords: 3 })
    model.say('speechStarted', {})
    model.heard('u', 'Wait, no', false)
    model.say('speechStopped', {})
    expect(starts()).toBe(0)
    model.heard('u', 'Wait, no.', true)
    expect(model.log).toEqual(['answer false'])
    model.say('speechStarted', {})
    model.heard('v', 'Wait, no, stop', false)
    expect(starts()).toBe(1)
  })

  it('weighs two short utterances as one', async () => {
    const { model, starts } = await spoken()
    model.say('speechStarted', {})
    model.say('speechStopped', {})
    model.say('speechStarted', {})
    model.heard('u', 'Uh-huh')
    model.say('speechStopped', {})
    expect(model.log).toEqual([])
    model.heard('v', 'yes')
    expect(model.log).toEqual(['answer false'])
    expect(starts()).toBe(0)
  })

  it('makes a turn of speech that outlasts the agent', async () => {
    const { model, speaker, of, starts, userTexts } = await spoken({ afterMs: 60_000 })
    model.say('speechStarted', {})
    await speaker.play(2000)
    await vi.advanceTimersByTimeAsync(250)
    expect(starts()).toBe(1)
    model.heard('u', 'Yes')
    model.say('speechStopped', {})
    expect(model.log).toEqual(['answer true'])
    expect(userTexts()).toEqual(['Yes'])
    expect(of('interruptionDismissed')).toEqual([])
  })

  it('makes a turn of words that come when the agent has fallen silent', async () => {
    const { model, speaker, of, states } = await spoken()
    model.say('speechStarted', {})
    await speaker.play(1990)
    model.say('speechStopped', {})
    await vi.advanceTimersByTimeAsync(250)
    expect(of('speechStopped')).toHaveLength(1)
    expect(model.log).toEqual(['answer true'])
    expect(states().at(-1)).toBe('thinking')
  })

  it('makes a turn of speech that ends after the agent has, without waiting for its words', async () => {
    const { model, speaker, of } = await spoken()
    model.say('speechStarted', {})
    await speaker.play(2000)
    model.say('speechStopped', {})
    expect([of('speechStarted').length, of('speechStopped').length]).toEqual([1, 1])
    expect(model.log).toEqual(['answer true'])
  })

  it('asks for nothing when the model goes on by itself', async () => {
    const { model, of } = await extensionRig([confirmInterruptions()])
    model.say('speechStopped', {})
    expect(of('speechStopped')).toHaveLength(1)
    expect(model.log).toEqual([])
  })

  it('lets a text through late that belongs to an earlier turn', async () => {
    const { model, speaker, userTexts } = await extensionRig([confirmInterruptions()]).then((rig) => ({
      ...rig,
      userTexts: () => rig.of('transcript').map(({ payload }) => payload.text),
    }))
    model.say('speechStarted', {})
    model.say('speechStopped', {})
    model.heard('early', '', false)
    model.begins('r1')
    model.speak('a', 1000)
    await speaker.play(100)
    model.say('speechStarted', {})
    model.heard('early', 'What is it?')
    expect(userTexts()).toEqual(['What is it?'])
    expect(model.log).toEqual(['answer true'])
  })

  it.each(['interrupt', 'sendMessage'] as const)(
    'forgets the speech when the application calls %s, unless words come',
    async (type) => {
      for (const words of ['', 'No, the other one']) {
        const { model, engine, speaker, of } = await spoken()
        model.say('speechStarted', {})
        model.say('speechStopped', {})
        if (type === 'interrupt') engine.handle({ type })
        else engine.handle({ type, request: 2, message: { text: 'Hi' } })
        await speaker.play(5)
        const before = model.log.length
        model.heard('u', words)
        await vi.advanceTimersByTimeAsync(3000)
        expect(model.log.slice(before).filter((entry) => entry !== 'interrupt')).toEqual([
          words ? 'answer true' : 'answer false',
        ])
        expect(of('speechStarted')).toHaveLength(words ? 1 : 0)
        expect(of('interruptionDismissed')).toEqual([])
        expect(await speaker.play(500)).toBe(0)
      }
    },
  )

  it('leaves nothing behind when the conversation ends', async () => {
    const { model, engine, sent, starts } = await spoken({ meanwhile: 'pause' })
    model.say('speechStarted', {})
    engine.handle({ type: 'stop' })
    expect(sent('resume')).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(5000)
    expect(model.log).toEqual(['close'])
    expect(starts()).toBe(0)
    await settled()
  })

  it('refuses a model that cannot wait, and options that make no sense', () => {
    const confirming = confirmInterruptions()
    const error = (act: () => unknown): unknown => {
      try {
        return act()
      } catch (thrown) {
        return thrown
      }
    }
    const refusal = error(() => confirming.wrap(new ExtendedModel({ confirmTurns: false })))
    expect(refusal).toBeInstanceOf(OptionError)
    expect(refusal).toMatchObject({ code: 'option-unsupported' })
    expect(String(refusal)).toMatch(/ExtendedModel.*confirmInterruptions.*localSpeech/)
    const pausing = confirmInterruptions({ meanwhile: 'pause' })
    expect(error(() => pausing.wrap(new ExtendedModel({ media: 'track' })))).toBeInstanceOf(OptionError)
    for (const options of [{ afterMs: -1 }, { giveUpMs: Number.NaN }, { meanwhile: 'stop' as 'duck' }]) {
      expect(error(() => confirmInterruptions(options))).toMatchObject({ code: 'option-invalid' })
    }
  })
})
