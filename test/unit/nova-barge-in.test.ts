import { describe, expect, it } from 'vitest'
import type { InterruptionForm, Turn } from '../simulators/nova-sonic/index.ts'
import { joinPcm } from '../simulators/pcm.ts'
import { synthesize } from '../simulators/speech.ts'
import { novaRig, type NovaRigOptions } from './nova-rig.ts'

const STORY = 'Rome was not built in a day. Nor will it be seen in one. So take your time there, and look up.'
const FORMS: InterruptionForm[] = ['text', 'audio', 'marker']
const WORD = { name: 'slow', description: 'A slow tool', parameters: { type: 'object' } }

const reply = ({ text, outputs }: Turn) =>
  text === 'Use it' && outputs.length === 0
    ? [{ type: 'tool' as const, name: 'slow', arguments: '{}' }]
    : [{ type: 'message' as const, text: /story|Use it/.test(text) ? STORY : 'No.' }]

/** A conversation in which the user says "Stop" when asked to. */
async function conversation(options: NovaRigOptions = {}) {
  const voice = await synthesize('Stop it, please', { sampleRate: 16_000 })
  const rig = await novaRig({
    pace: 8,
    finals: 'heard',
    reply,
    transcribe: () => 'Stop',
    tools: [WORD],
    ...options,
  })
  const connection = await rig.start()
  const speech = joinPcm([new Int16Array(3200), voice, new Int16Array(16_000)])
  return {
    ...rig,
    connection,
    stop: async () => rig.say(speech),
    /** The story is told, and some of it was heard. */
    hear: async (ms: number) => {
      rig.type('A story')
      await rig.until(() => rig.written.length > 10)
      await rig.playUntil(() => rig.state() === 'speaking')
      await rig.speaker.play(ms)
    },
    /** The next answer is the short one, and is heard to its end; nothing else is after the last flush. */
    expectAnswer: async () => {
      const heard = () => rig.transcripts().some((said) => said.heardText === 'No.' && said.final)
      await rig.playUntil(() => heard() && rig.state() === 'listening')
      const flushed = rig.written.lastIndexOf('flush')
      const items = new Set(rig.written.slice(flushed + 1))
      const last = rig.transcripts().at(-1)
      expect([...items]).toEqual([last?.id])
      expect(last).toMatchObject({ text: 'No.', heardText: 'No.', final: true })
      expect(connection.violations).toEqual([])
      expect(rig.of('error')).toEqual([])
    },
  }
}

describe.each(FORMS)('an interruption that is told by %s', (interruption) => {
  it('silences the answer in the middle', async () => {
    const talk = await conversation({ interruption })
    await talk.hear(700)
    await talk.stop()
    await talk.until(() => talk.of('interrupted').length > 0)
    expect(talk.of('interrupted')[0]?.payload.heardMs).toBeGreaterThan(500)
    const cut = talk.transcripts().find(({ role }) => role === 'agent')
    expect(cut?.text).toBe('Rome was not built in a day.')
    expect(cut?.text.startsWith(cut.heardText)).toBe(true)
    expect(cut?.heardText).not.toBe(cut?.text)
    await talk.expectAnswer()
    expect(
      talk
        .transcripts()
        .map(({ text }) => text)
        .join(),
    ).not.toContain('interrupted')
    expect(talk.of('speechStarted')).toHaveLength(1)
    expect(talk.of('speechStopped')).toHaveLength(1)
  })

  it('silences the answer when all of it was sent', async () => {
    const talk = await conversation({ interruption, pace: 100 })
    talk.type('A story')
    await talk.connection.waitFor(
      ({ payload }) => payload.type === 'AUDIO' && payload.stopReason === 'END_TURN',
    )
    await talk.playUntil(() => talk.state() === 'speaking')
    await talk.stop()
    await talk.expectAnswer()
    expect(talk.of('interrupted')).toHaveLength(1)
    expect(talk.of('speechStarted')).toHaveLength(1)
  })

  it('comes twice', async () => {
    const talk = await conversation({ interruption, transcribe: () => 'Another story' })
    await talk.hear(300)
    await talk.stop()
    await talk.until(() => talk.of('interrupted').length === 1)
    await talk.playUntil(() => talk.state() === 'speaking')
    talk.type('Stop')
    await talk.expectAnswer()
    expect(talk.of('interrupted')).toHaveLength(2)
  })

  it('is asked for by typed text, and is no speech', async () => {
    const talk = await conversation({ interruption })
    await talk.hear(300)
    talk.type('Stop')
    await talk.expectAnswer()
    expect(talk.of('interrupted')).toHaveLength(1)
    expect(talk.of('speechStarted')).toEqual([])
  })
})

describe('an interruption that AWS does not tell of', () => {
  it('is known by what the user said, when all was sent and believed to be heard', async () => {
    const talk = await conversation({ finals: 'sent', pace: 100 })
    talk.type('A story')
    await talk.connection.waitFor('usageEvent')
    await talk.playUntil(() => talk.state() === 'speaking')
    await talk.stop()
    await talk.until(() => talk.of('interrupted').length > 0)
    await talk.expectAnswer()
    expect(talk.of('interrupted')).toHaveLength(1)
  })

  it('comes before the first audio', async () => {
    const talk = await conversation({ thinkingMs: 1000 })
    talk.type('A story')
    await talk.connection.waitFor('textInput', { direction: 'received' })
    await talk.stop()
    await talk.expectAnswer()
    expect(talk.of('transcript').some(({ payload }) => STORY.includes(payload.text))).toBe(false)
  })

  it('comes during a tool call, which is answered all the same', async () => {
    const talk = await conversation()
    talk.type('Use it')
    await talk.until(() => talk.of('runTool').length > 0)
    await talk.stop()
    await talk.expectAnswer()
    const [ran] = talk.of('runTool')
    const outcome = { ok: true, output: '{"late":true}' }
    talk.engine.handle({ type: 'toolFinished', callId: String(ran?.call.callId), outcome })
    await talk.connection.waitFor('toolResult', { direction: 'received' })
    expect(talk.connection.violations).toEqual([])
    expect(talk.state()).toBe('listening')
  })

  it('is typed text during a tool call', async () => {
    const talk = await conversation()
    talk.type('Use it')
    await talk.until(() => talk.of('runTool').length > 0)
    talk.type('Stop')
    await talk.expectAnswer()
    expect(talk.of('speechStarted')).toEqual([])
  })
})

describe('the application', () => {
  it('interrupts in the middle: the rest of the turn is not heard, the next one is', async () => {
    const talk = await conversation({ pace: 20 })
    await talk.hear(300)
    talk.engine.handle({ type: 'interrupt' })
    await talk.until(() => talk.of('interrupted').length === 1)
    expect(talk.state()).toBe('listening')
    await talk.connection.waitFor(
      ({ payload }) => payload.type === 'AUDIO' && payload.stopReason === 'END_TURN',
    )
    await talk.speaker.play(20)
    expect(await talk.speaker.play(500)).toBe(0)
    expect(talk.written.at(-1)).toBe('flush')
    await talk.stop()
    await talk.expectAnswer()
  })

  it.each(['said', 'typed'])(
    'interrupts before the first audio, and what is %s next is answered',
    async (how) => {
      const talk = await conversation({ thinkingMs: 200 })
      talk.type('A story')
      await talk.connection.waitFor('textInput', { direction: 'received' })
      talk.engine.handle({ type: 'interrupt' })
      await talk.connection.waitFor('audioOutput')
      expect(talk.state()).toBe('listening')
      expect(talk.written.filter((id) => id !== 'flush')).toEqual([])
      if (how === 'said') await talk.stop()
      else talk.type('Stop')
      await talk.expectAnswer()
    },
  )
})
