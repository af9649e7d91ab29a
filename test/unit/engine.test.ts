import { describe, expect, it } from 'vitest'
import { engineRig } from '../support/engine-rig.ts'
import { settled } from '../support/virtual-audio.ts'

describe('Engine', () => {
  it('keeps what the microphone heard before the model was ready, and sends it first', async () => {
    const { model, microphone, start } = engineRig()
    let open = (): void => {}
    model.opening = new Promise((resolve) => {
      open = resolve
    })
    await start()
    for (let i = 1; i <= 25; i++) microphone.capture(i)
    await settled()
    expect(model.heard).toEqual([])
    open()
    await settled()
    for (let i = 26; i <= 30; i++) microphone.capture(i)
    await settled()
    expect(model.heard).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
    expect(microphone.returned).toBe(30)
  })

  it('keeps the newest ten seconds when the model takes longer', async () => {
    const { model, microphone, start } = engineRig()
    let open = (): void => {}
    model.opening = new Promise((resolve) => {
      open = resolve
    })
    await start()
    for (let i = 1; i <= 600; i++) microphone.capture(i)
    await settled()
    open()
    await settled()
    for (let i = 601; i <= 700; i++) microphone.capture(i)
    await settled()
    expect(model.heard).toEqual(Array.from({ length: 600 }, (_, i) => i + 101))
  })

  it('goes through the states of a turn, and tells what was heard and when', async () => {
    const { model, speaker, states, of, start, answer } = engineRig()
    await start()
    model.say('speechStarted', {})
    await answer(500)
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    model.say('transcript', { id: 'a', role: 'agent', text: 'one two three four', final: true })
    await speaker.play(2000)
    expect(states()).toEqual(['connecting', 'listening', 'thinking', 'speaking', 'listening'])
    expect(of('transcript').at(-1)?.payload).toMatchObject({
      heardText: 'one two three four',
      final: true,
    })
    const [turn] = of('turnEnded')
    expect(turn?.payload).toMatchObject({ turn: 1 })
    expect(Object.keys(turn?.payload ?? {}).toSorted()).toEqual(
      ['endedAt', 'firstAudioAt', 'firstSoundAt', 'responseStartedAt', 'turn', 'userDoneAt'].toSorted(),
    )
  })

  it('tells when what happened in a turn, also if the user is done only when the answer is heard', async () => {
    const { model, speaker, of, start, answer } = engineRig()
    await start()
    await answer(500)
    model.say('speechStopped', {})
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    await speaker.play(2000)
    expect(of('turnEnded')).toHaveLength(1)
    const [{ firstSoundAt = Infinity, endedAt = 0 } = {}] = of('turnEnded').map(({ payload }) => payload)
    expect(firstSoundAt).toBeLessThan(endedAt)
  })

  it('is silent at once when the user speaks, and tells the model what was heard, once', async () => {
    const { model, speaker, of, states, start, answer } = engineRig()
    await start()
    await answer(600)
    model.say('speechStarted', {})
    await speaker.play(4)
    // The fade is 3 ms, and no more than a prebuffer's wait is missing from the time played.
    expect(await speaker.play(500)).toBe(0)
    expect(model.interruptions).toHaveLength(1)
    const [item] = model.interruptions[0] ?? []
    expect(item).toMatchObject({ itemId: 'a', receivedMs: 2000 })
    expect(item?.heardMs).toBeGreaterThan(590)
    expect(item?.heardMs).toBeLessThanOrEqual(604)
    expect(of('interrupted')).toEqual([
      { type: 'interrupted', payload: { itemId: 'a', heardMs: item?.heardMs } },
    ])
    expect(of('transcript').at(-1)?.payload).toMatchObject({ final: true })
    expect(states().slice(-2)).toEqual(['speaking', 'listening'])
    expect(of('turnEnded')[0]?.payload.silentAt).toBeTypeOf('number')
  })

  it('never lets anything of a cut answer be heard, however late it comes', async () => {
    const { model, speaker, start, answer } = engineRig()
    await start()
    await answer(300)
    model.say('speechStarted', {})
    model.speak('a', 500)
    model.speak('another item of the same answer', 500)
    await speaker.play(10)
    model.speak('a', 500)
    model.speak('another item of the same answer', 500)
    model.say('responseDone', { responseId: 'r1', status: 'cancelled', continues: false })
    expect(await speaker.play(1500)).toBe(0)
    model.say('responseStarted', { responseId: 'r2' })
    model.speak('b', 500)
    expect(await speaker.play(300)).toBeGreaterThan(0.2)
  })

  it('lets the next answer be heard that begins before the cut of this one is confirmed', async () => {
    const { model, speaker, start, answer } = engineRig()
    await start()
    await answer(300)
    // A page that was frozen gets all of this in one go.
    model.say('speechStarted', {})
    model.speak('late item of the first answer', 500)
    model.say('speechStopped', {})
    model.say('responseStarted', { responseId: 'r2' })
    model.speak('a', 500)
    model.speak('b', 500)
    model.say('responseDone', { responseId: 'r2', status: 'completed', continues: false })
    await speaker.play(10)
    expect(model.interruptions.flat().map(({ itemId }) => itemId)).toEqual(['a'])
    model.speak('late item of the first answer', 500)
    expect(await speaker.play(300)).toBeGreaterThan(0.2)
    await speaker.play(300)
    expect(await speaker.play(500)).toBe(0)
  })

  it('sends a typed message only after the answer it interrupts was cut', async () => {
    const { model, engine, speaker, of, start, answer } = engineRig()
    await start()
    await answer(300)
    engine.handle({ type: 'sendMessage', request: 7, message: { text: 'Stop' } })
    await settled()
    expect(model.log).toEqual(['connect'])
    await speaker.play(10)
    expect(model.log).toEqual(['connect', 'interrupt', 'send Stop'])
    expect(of('settled').at(-1)).toEqual({ type: 'settled', request: 7 })
  })

  it('tells of speech that the microphone hears, and leaves the turn to the model', async () => {
    const { model, microphone, speaker, of, start, answer } = engineRig()
    await start()
    await answer(300)
    microphone.capture(1, { speech: true })
    microphone.capture(2, { speech: true })
    microphone.capture(3)
    await settled()
    expect(of('speechStarted')).toEqual([{ type: 'speechStarted', payload: { by: 'microphone' } }])
    expect(of('speechStopped')).toMatchObject([
      { payload: { by: 'model' } },
      { payload: { by: 'microphone' } },
    ])
    expect(await speaker.play(100)).toBeGreaterThan(0.1)
    expect(model.log).toEqual(['connect'])
  })

  it('interrupts on speech that the microphone hears, if it is told to', async () => {
    const { model, microphone, speaker, start, answer } = engineRig()
    await start('cut')
    await answer(300)
    microphone.capture(1, { speech: true })
    await speaker.play(10)
    expect(model.log).toEqual(['connect', 'interrupt'])
    expect(await speaker.play(500)).toBe(0)
    model.say('responseStarted', { responseId: 'r2' })
    model.speak('b', 500)
    expect(await speaker.play(300)).toBeGreaterThan(0.2)
  })

  it('does not wait for an audio thread that stands still', async () => {
    const { model, engine, start, answer } = engineRig()
    await start()
    await answer(300)
    engine.handle({ type: 'interrupt' })
    await expect.poll(() => model.log).toContain('interrupt')
    expect(model.interruptions[0]?.[0]?.heardMs).toBeGreaterThan(200)
  })

  it('plays an item to its end that its model forgot to end', async () => {
    const { model, speaker, states, start, answer } = engineRig()
    await start()
    await answer(100)
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: false })
    await speaker.play(2500)
    expect(states().at(-1)).toBe('listening')
  })

  it('keeps thinking while a tool runs, and ignores the end of an answer that was interrupted', async () => {
    const { model, engine, states, of, start } = engineRig()
    await start()
    model.say('responseStarted', { responseId: 'r1' })
    const outcome = model.session?.runTool({ callId: 'c', name: 'weather', arguments: '{}' })
    model.say('responseDone', { responseId: 'r1', status: 'completed', continues: true })
    expect(states().at(-1)).toBe('thinking')
    expect(of('runTool')).toHaveLength(1)
    engine.handle({ type: 'toolFinished', callId: 'c', outcome: { output: 'sunny', ok: true } })
    await expect(outcome).resolves.toEqual({ output: 'sunny', ok: true })
    model.say('responseStarted', { responseId: 'r2' })
    model.say('speechStarted', {})
    model.say('speechStopped', {})
    model.say('responseDone', { responseId: 'r2', status: 'cancelled', continues: false })
    expect(states().at(-1)).toBe('thinking')
  })

  it('turns what a model throws into one error event, and goes on', async () => {
    const { model, microphone, of, start } = engineRig()
    await start()
    model.handleAudioInput = () => {
      throw new TypeError('boom')
    }
    microphone.capture(1)
    await settled()
    expect(of('error')).toMatchObject([{ payload: { code: 'model-error' } }])
    expect(microphone.returned).toBe(1)
  })
})
