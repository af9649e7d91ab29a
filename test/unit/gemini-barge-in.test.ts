import { describe, expect, it } from 'vitest'
import { Rig, type RigOptions, story, voice, weather } from './gemini-rig.ts'

const slow: RigOptions = { simulator: { pace: 4, playback: 1, lateChunks: 3, reply: story }, speed: 4 }

describe('an interruption of Gemini', () => {
  it('by a voice, in the middle: silence at once, and nothing late is heard', async () => {
    const rig = await Rig.start(slow)
    rig.type('Tell me about Rome')
    await rig.reaches('speaking')
    await rig.say('Wait, what about Venice?')
    await rig.until(() => rig.of('interrupted')[0])
    expectCut(rig)
    const [cut] = rig.transcripts
    expect(cut).toMatchObject({ role: 'agent', final: true })
    await rig.until(() => rig.items.length === 2 && rig.state === 'speaking')
    expect(rig.violations).toEqual([])
  })

  it('by a voice, before the first audio: one answer is heard, to what was said last', async () => {
    await voice('Wait!')
    const rig = await Rig.start({ simulator: { thinkingMs: 1000 } })
    rig.type('Tell me about Rome')
    await rig.connection.waitFor('clientContent', { direction: 'received' })
    await rig.say('Wait!')
    await rig.until(() => rig.of('turnEnded')[0])
    expect(rig.transcripts.map(({ text }) => text)).toEqual([
      expect.stringContaining('speech'),
      expect.stringContaining('I heard you'),
    ])
    expect(rig.items).toHaveLength(1)
    expect(rig.violations).toEqual([])
  })

  it('by a voice, when all was generated and some of it heard', async () => {
    const rig = await Rig.start({ ...slow, simulator: { ...slow.simulator, pace: 100 } })
    rig.type('Tell me about Rome')
    await rig.connection.waitFor('generationComplete')
    await rig.reaches('speaking')
    await rig.say('Wait!')
    await rig.until(() => rig.of('interrupted')[0])
    expectCut(rig)
    expect(rig.violations).toEqual([])
  })

  it('by a voice, when all was heard, is none', async () => {
    const rig = await Rig.start({ simulator: { reply: story } })
    rig.type('Tell me about Rome')
    await rig.until(() => rig.of('turnEnded')[0])
    await rig.connection.waitFor('turnComplete')
    await rig.say('Thank you!')
    await rig.until(() => rig.items.length === 2)
    expect(rig.of('interrupted')).toEqual([])
    expect(rig.violations).toEqual([])
  })

  it('by a voice, twice', async () => {
    const rig = await Rig.start(slow)
    rig.type('Tell me about Rome')
    for (const count of [1, 2]) {
      await rig.until(() => rig.items.length === count && rig.state === 'speaking')
      await rig.say('Wait, and what about Venice?')
      await rig.until(() => rig.of('interrupted').length === count)
      expectCut(rig)
    }
    await rig.until(() => rig.items.length === 3 && rig.state === 'speaking')
    expect(rig.violations).toEqual([])
  })

  it('by a message: the old answer is dropped and the new one heard', async () => {
    const rig = await Rig.start(slow)
    rig.type('Tell me about Rome')
    await rig.reaches('speaking')
    rig.type('No, about Venice')
    await rig.until(() => rig.items.length === 2 && rig.state === 'speaking')
    expectCut(rig)
    expect(rig.of('speechStarted')).toEqual([])
    expect(rig.of('interrupted')).toHaveLength(1)
    expect(rig.sent('clientContent')).toHaveLength(2)
    expect(rig.violations).toEqual([])
  })

  it('by a message that crosses the answer to the first', async () => {
    const rig = await Rig.start({ ...slow, simulator: { ...slow.simulator, thinkingMs: 30 } })
    rig.type('Tell me about Rome')
    await rig.connection.waitFor('clientContent', { direction: 'received' })
    rig.type('No, about Venice')
    await rig.until(() => rig.of('turnEnded').length > 0 && rig.state === 'listening')
    expect(rig.violations).toEqual([])
  })

  it('by the application stops the generation, and the next question is answered', async () => {
    const rig = await Rig.start(slow)
    rig.type('Tell me about Rome')
    await rig.reaches('speaking')
    rig.engine.handle({ type: 'interrupt' })
    await rig.connection.waitFor('interrupted')
    expect(rig.sent('clientContent').at(-1)).toEqual({ clientContent: { turnComplete: false } })
    expectCut(rig)
    await rig.reaches('listening')
    rig.type('Once more')
    await rig.until(() => rig.items.length === 2 && rig.state === 'speaking')
    expect(rig.violations).toEqual([])
  })

  it('by the application, on a model that takes no content: only the speaker falls silent', async () => {
    const rig = await Rig.start({ ...slow, model: { model: 'gemini-3.1-flash-live-preview' } })
    rig.type('Tell me about Rome')
    await rig.reaches('speaking')
    rig.engine.handle({ type: 'interrupt' })
    await rig.reaches('listening')
    expect(rig.sent('clientContent')).toEqual([])
    expect(rig.model.capabilities.clientInterrupt).toBe(false)
    await rig.connection.waitFor('generationComplete')
    expect(rig.state).toBe('listening')
    expect(rig.items).toHaveLength(1)
    expectCut(rig)
  })

  it('by the application before the first audio: nothing of the answer is heard', async () => {
    const rig = await Rig.start({ simulator: { thinkingMs: 60, reply: story } })
    rig.type('Tell me about Rome')
    await rig.reaches('thinking')
    await rig.connection.waitFor('clientContent', { direction: 'received' })
    rig.engine.handle({ type: 'interrupt' })
    await rig.connection.waitFor('turnComplete')
    expect(rig.items).toEqual([])
    expect(rig.state).toBe('listening')
    expect(rig.violations).toEqual([])
  })

  it('by push-to-talk: the answer is cut when the turn begins', async () => {
    const rig = await Rig.start({ ...slow, model: { turnDetection: null } })
    rig.type('Tell me about Rome')
    await rig.reaches('speaking')
    rig.engine.handle({ type: 'startTurn' })
    await rig.connection.waitFor('interrupted')
    expectCut(rig)
    await rig.hear(new Int16Array(16_000))
    rig.engine.handle({ type: 'endTurn' })
    await rig.until(() => rig.items.length === 2 && rig.state === 'speaking')
    expect(rig.of('speechStarted').map(({ payload }) => payload.by)).toEqual(['application'])
    expect(rig.violations).toEqual([])
  })

  it('by a voice while a tool runs: the call is taken back, and its late answer is not sent', async () => {
    let finish = (): void => {}
    const rig = await Rig.start({
      simulator: { pace: 40 },
      model: { toolBehavior: 'BLOCKING' },
      tools: [weather],
      runTool: () =>
        new Promise((resolve) => {
          finish = () => resolve({ output: 'late', ok: true })
        }),
    })
    rig.type('What is the weather in Rome?')
    await rig.until(() => rig.calls.length === 1)
    await rig.say('Never mind, tell me a story')
    await rig.until(() => rig.cancelled.length === 1)
    finish()
    await rig.until(() => rig.items.length > 0)
    expect(rig.sent('toolResponse')).toEqual([])
    expect(rig.violations).toEqual([])
  })

  it('is told by the service itself, where it tells of activity', async () => {
    const rig = await Rig.start({ ...slow, simulator: { ...slow.simulator, voiceActivity: true } })
    rig.type('Tell me about Rome')
    await rig.reaches('speaking')
    await rig.say('Wait, what about Venice?')
    await rig.until(() => rig.items.length === 2)
    expectCut(rig)
    const speech = rig.events.filter(({ name }) => name.startsWith('speech')).map(({ name }) => name)
    expect(speech).toEqual(['speechStarted', 'speechStopped'])
    expect(rig.violations).toEqual([])
  })
})

/** Nothing of an item is given to the speaker after a flush that came behind it. */
function expectCut(rig: Rig): void {
  const epochs = new Map<string, number>()
  for (const input of rig.played) {
    if (input.type !== 'audio') continue
    expect(epochs.get(input.itemId) ?? input.epoch).toBe(input.epoch)
    epochs.set(input.itemId, input.epoch)
  }
  expect(rig.played.some(({ type }) => type === 'flush')).toBe(true)
}
