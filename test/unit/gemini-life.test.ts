import { describe, expect, it } from 'vitest'
import type { ToolOutcome } from '../../src/agent/tool-call.ts'
import { joinPcm } from '../simulators/pcm.ts'
import { hiss, Rig, story, weather } from './gemini-rig.ts'

/** An answer that names the question. */
const echo = ({
  contents,
}: {
  readonly contents: readonly { readonly parts?: readonly { readonly text?: string }[] }[]
}) => ({
  items: [{ type: 'speech' as const, text: `You said: ${contents.at(-1)?.parts?.[0]?.text ?? ''}` }],
})

describe('the life of a Gemini session', () => {
  it('goes on over twenty minutes and several connections: no frame is lost, nothing is said twice', async () => {
    // A minute lasts 0.1 s, but for the last of them, which a busy machine may need to be silent in.
    const rig = await Rig.start({
      simulator: { connectionMs: 4000, goAwayBeforeMs: 3000, reply: echo, pace: 1000, playback: 1000 },
      speed: 200,
    })
    const sent: Int16Array[] = []
    const asked: string[] = []
    for (let n = 0; rig.of('reconnected').length < 2 || n < 400; n++) {
      const frame = new Int16Array(320).fill(1 + (n % 30))
      sent.push(frame)
      await rig.hear(frame)
      if (n % 100 === 50) {
        asked.push(`Question number ${asked.length}.`)
        rig.type(asked.at(-1) ?? '')
      }
      await new Promise((resolve) => setTimeout(resolve, 4))
    }
    const all = joinPcm(sent)
    const heard = (): Int16Array => joinPcm(rig.simulator.connections.map(({ audio }) => audio))
    await rig.until(() => heard().length >= all.length - 320)
    expect(rig.of('reconnected').length).toBeGreaterThanOrEqual(2)
    expect(rig.of('reconnected').every(({ payload }) => payload.reason === 'expiring')).toBe(true)
    expect(rig.simulator.connections.slice(1).every(({ resumed }) => resumed)).toBe(true)
    expect(heard()).toEqual(all.subarray(0, heard().length))
    await rig.until(() => rig.transcripts.length === asked.length)
    expect(rig.transcripts.map(({ text }) => text)).toEqual(asked.map((text) => `You said: ${text}`))
    expect(rig.of('error')).toEqual([])
    expect(rig.violations).toEqual([])
  })

  it('is resumed after the connection broke', async () => {
    const rig = await Rig.start({ simulator: { reply: story } })
    rig.type('Tell me about Rome')
    await rig.until(() => rig.of('turnEnded')[0])
    await rig.connection.waitFor(({ body }) => JSON.stringify(body).includes('"resumable":true'))
    rig.connection.drop()
    await rig.until(() => rig.of('reconnected')[0])
    expect(rig.simulator.connections).toHaveLength(2)
    expect(rig.connection.resumed).toBe(true)
    expect(rig.connection.conversation.map(({ role }) => role)).toEqual(['user', 'model'])
    expect(rig.sent('clientContent')).toHaveLength(1)
    expect(rig.state).toBe('listening')
  })

  it('that broke before the answer answers all the same', async () => {
    const rig = await Rig.start({ simulator: { reply: echo, thinkingMs: 100 } })
    rig.type('Hello')
    await rig.until(() => rig.of('turnEnded')[0])
    rig.type('Tell me about Rome')
    await rig.connection.waitFor('clientContent', { direction: 'received' })
    await rig.until(() => rig.sent('clientContent').length === 2)
    rig.connection.drop()
    await rig.until(() => rig.items.length === 2)
    await rig.reaches('listening')
    expect(rig.transcripts.at(-1)?.text).toBe('You said: Tell me about Rome')
    expect(rig.connection.violations).toEqual([])
  })

  it('begins anew with what was said, and says so, if the handle is not known any more', async () => {
    const rig = await Rig.start({ simulator: { reply: echo, handleMs: 0 } })
    rig.type('Hello')
    await rig.until(() => rig.of('turnEnded')[0])
    rig.connection.drop()
    await rig.until(() => rig.of('reconnected')[0])
    expect(rig.simulator.connections).toHaveLength(3)
    expect(rig.connection.resumed).toBe(false)
    expect(rig.of('error').map(({ payload }) => payload.message)).toEqual([
      'Gemini has forgotten the session: a new one was told what was said.',
    ])
    await rig.connection.waitFor('clientContent', { direction: 'received' })
    expect(rig.connection.conversation).toMatchObject([
      { role: 'user', parts: [{ text: 'Hello' }] },
      { role: 'model', parts: [{ text: 'You said: Hello' }] },
    ])
    rig.type('Once more')
    await rig.until(() => rig.items.length === 2)
  })

  it('begins anew as well if the service is twice unable to bring the session back', async () => {
    const unable = {
      steps: [{ at: { events: 0 }, do: 'close', code: 1011, reason: 'Unavailable.' }],
    } as const
    const rig = await Rig.start({ simulator: { reply: echo }, plans: [{}, unable, unable] })
    rig.type('Hello')
    await rig.until(() => rig.of('turnEnded')[0])
    rig.connection.drop()
    await rig.until(() => rig.of('reconnected')[0])
    expect(rig.simulator.connections).toHaveLength(4)
    expect(rig.connection.resumed).toBe(false)
    await rig.connection.waitFor('clientContent', { direction: 'received' })
    expect(rig.connection.conversation).toHaveLength(2)
    expect(rig.of('error')).toHaveLength(1)
  })

  it('tells a model that takes no content later what was said, before all else', async () => {
    const rig = await Rig.start({
      model: { model: 'gemini-3.1-flash-live-preview' },
      simulator: { reply: echo, handleMs: 0 },
    })
    rig.type('Hello')
    await rig.until(() => rig.of('turnEnded')[0])
    rig.connection.drop()
    await rig.until(() => rig.of('reconnected')[0])
    rig.type('Once more')
    await rig.until(() => rig.items.length === 2)
    expect(rig.connection.setup?.historyConfig).toEqual({ initialHistoryInClientContent: true })
    expect(rig.connection.conversation.slice(0, 3)).toMatchObject([
      { role: 'user', parts: [{ text: 'Hello' }] },
      { role: 'model', parts: [{ text: 'You said: Hello' }] },
      { role: 'user', parts: [{ text: 'Once more' }] },
    ])
    expect(rig.connection.violations).toEqual([])
  })

  it('is not changed while a tool runs', async () => {
    let finish = (_outcome: ToolOutcome): void => {}
    const rig = await Rig.start({
      tools: [weather],
      runTool: () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    })
    rig.type('What is the weather in Rome?')
    await rig.until(() => rig.calls.length === 1)
    rig.connection.goAway(100_000)
    await rig.hear(hiss(100))
    await rig.until(() => rig.connection.audio.length === 1600)
    expect(rig.simulator.connections).toHaveLength(1)
    finish({ output: 'clear', ok: true })
    await rig.until(() => rig.of('reconnected')[0])
    expect(rig.items).toHaveLength(1)
    expect(rig.connection.resumed).toBe(true)
    expect(rig.connection.conversation.length).toBeGreaterThan(2)
    expect(rig.violations).toEqual([])
  })

  it.each([
    [1011, 'The service is currently unavailable.', true],
    [1008, 'The operation was aborted.', true],
    [1007, 'Request contains an invalid argument.', false],
    [1008, 'models/gemini-9 is not found for API version v1alpha.', false],
    [1011, 'You exceeded your current quota, please check your plan and billing details.', false],
    [1008, 'Auth token has expired.', true],
  ])('after a close with %i "%s" goes on: %s', async (code, reason, goesOn) => {
    const rig = await Rig.start({ simulator: { reply: echo } })
    rig.type('Hello')
    await rig.until(() => rig.of('turnEnded')[0])
    rig.connection.close(code, reason)
    if (goesOn) {
      const { payload } = await rig.until(() => rig.of('reconnected')[0])
      expect(payload.error?.message).toContain(`(${code}: ${reason.slice(0, -1)})`)
    } else {
      const { error } = await rig.until(() => rig.of('lost')[0])
      expect(error.message).toContain(`(${code}: ${reason.slice(0, -1)})`)
      expect(error.retryable).toBe(false)
    }
  })

  it('keeps what the user says in the gap', async () => {
    const rig = await Rig.start({ simulator: { reply: echo, setupMs: 60 } })
    rig.type('Hello')
    await rig.until(() => rig.of('turnEnded')[0])
    rig.connection.drop()
    await rig.reaches('reconnecting')
    await rig.say('And now Venice')
    await rig.until(() => rig.of('reconnected')[0])
    await rig.hear(hiss(1000))
    await rig.until(() => rig.connection.utterances[0])
    expect(rig.connection.violations).toEqual([])
  })

  it('does not remember an earlier conversation', async () => {
    const rig = await Rig.start({ simulator: { reply: echo } })
    rig.type('Hello')
    await rig.until(() => rig.of('turnEnded')[0])
    rig.engine.handle({ type: 'stop' })
    rig.engine.handle({ type: 'start', request: 99, instructions: '', tools: [], onLocalSpeech: 'off' })
    await rig.until(() => rig.of('settled').find(({ request }) => request === 99))
    expect(rig.connection.resumed).toBe(false)
    expect(rig.connection.conversation).toEqual([])
  })
})
