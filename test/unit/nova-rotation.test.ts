import { describe, expect, it, onTestFinished } from 'vitest'
import type { Turn } from '../simulators/nova-sonic/index.ts'
import { joinPcm } from '../simulators/pcm.ts'
import { synthesize } from '../simulators/speech.ts'
import { clockAhead } from '../support/host-scope.ts'
import { novaRig, type NovaRigOptions } from './nova-rig.ts'

const silence = (ms: number): Int16Array => new Int16Array(ms * 16)
const TEXT = 'I would like to know all about the seven hills of Rome'
const weather = { name: 'weather', description: 'Weather', parameters: { type: 'object' } }

/** A conversation that has begun, and a clock that can be put forward. */
async function conversation(options: NovaRigOptions = {}) {
  const putForward = clockAhead(onTestFinished)
  const rig = await novaRig({ transcribe: () => TEXT, ...options })
  const first = await rig.start()
  rig.type('Hello')
  await first.waitFor('usageEvent')
  await rig.playUntil(() => rig.state() === 'listening' && rig.transcripts().every(({ final }) => final))
  return {
    ...rig,
    first,
    /** Resolves when the engine knows how late it is. */
    pass: async (ms: number) => {
      putForward(ms)
      await rig.say(silence(20))
    },
    voice: await synthesize(TEXT, { sampleRate: 16_000 }),
  }
}

/** Where one sound is in another, sample for sample; -1 if it is not. */
function find(part: Int16Array, whole: Int16Array): number {
  return Buffer.from(new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength)).indexOf(
    Buffer.from(new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  )
}

describe('a stream that has lasted six minutes', () => {
  it('is changed for another one, which knows what was said', async () => {
    const talk = await conversation()
    await talk.pass(350_000)
    expect(talk.simulator.connections).toHaveLength(1)
    await talk.pass(20_000)
    const second = await talk.simulator.connection()
    await talk.until(() => talk.of('reconnected').length > 0)
    expect(talk.of('reconnected')[0]?.payload).toMatchObject({ reason: 'expiring', attempts: 1 })
    await second.waitFor(({ payload }) => payload.type === 'AUDIO', { direction: 'received' })
    expect(second.conversation.map((item) => 'text' in item && item.text)).toEqual([
      'Hello',
      'Hello! I am your guide to Italy. Which city would you like to hear about?',
    ])
    await talk.first.closed
    expect(talk.first.endedInOrder).toBe(true)
    expect(talk.states()).not.toContain('reconnecting')
    await talk.say(joinPcm([talk.voice, silence(800)]))
    await second.waitFor('usageEvent')
    await talk.playUntil(() => talk.state() === 'listening')
    expect(talk.of('error')).toEqual([])
    for (const { violations } of talk.simulator.connections) expect(violations).toEqual([])
  })

  it('is not changed while the agent speaks', async () => {
    const talk = await conversation()
    talk.type('Tell me about Rome')
    await talk.playUntil(() => talk.state() === 'speaking')
    await talk.pass(370_000)
    await talk.speaker.play(300)
    expect(talk.simulator.connections).toHaveLength(1)
    await talk.playUntil(() => talk.simulator.connections.length === 2)
    expect(talk.transcripts().at(-1)?.heardText).toMatch(/Forum\.$/)
  })

  it('is not changed while the user speaks, until it must be: then nothing that was said is lost', async () => {
    const talk = await conversation()
    const half = Math.floor(talk.voice.length / 640) * 320
    await talk.say(talk.voice.subarray(0, half))
    await talk.pass(370_000)
    expect(talk.simulator.connections).toHaveLength(1)
    await talk.pass(85_000)
    const second = await talk.simulator.connection()
    const rest = joinPcm([talk.voice.subarray(half), silence(1200)])
    await talk.say(rest)
    await talk.until(() => talk.of('reconnected').length > 0)
    await talk.say(silence(20))
    await talk.until(() => second.utterances.length > 0 || (void talk.say(silence(20)), false))
    const begun = find(talk.voice.subarray(0, half), second.audio)
    expect(begun).toBeGreaterThanOrEqual(0)
    expect(find(talk.voice.subarray(half, half + 8000), second.audio)).toBeGreaterThan(begun)
    expect(second.violations).toEqual([])
  })
})

describe('a stream that ends by itself', () => {
  it('in the middle of a sentence loses nothing of it', async () => {
    const talk = await conversation()
    const half = Math.floor(talk.voice.length / 640) * 320
    await talk.say(talk.voice.subarray(0, half))
    await talk.until(() => talk.first.audio.length >= half)
    talk.first.throwException('modelTimeoutException', 'The stream has lasted as long as it may.')
    await talk.first.closed
    await talk.until(() => talk.state() === 'reconnecting')
    await talk.say(joinPcm([talk.voice.subarray(half), silence(1000)]))
    const second = await talk.simulator.connection()
    await talk.until(() => second.utterances.length > 0 || (void talk.say(silence(20)), false))
    expect(find(talk.voice, second.audio)).toBeGreaterThanOrEqual(0)
    expect(talk.of('reconnected')[0]?.payload).toMatchObject({
      reason: 'lost',
      error: { name: 'ModelError', providerCode: 'modelTimeoutException' },
    })
    await talk.until(() => talk.of('usage').length > 1)
    expect(talk.transcripts().filter(({ text }) => text === TEXT)).toHaveLength(1)
  })

  it.each(['typed', 'said'])(
    'before the answer to what was %s: it is answered on the next one',
    async (how) => {
      const talk = await conversation({ thinkingMs: 150 })
      if (how === 'typed') talk.type(TEXT)
      else await talk.say(joinPcm([talk.voice, silence(800)]))
      await talk.until(() => talk.transcripts().at(-1)?.text === TEXT || how === 'typed')
      await talk.until(() => talk.state() === 'thinking')
      talk.first.drop()
      const second = await talk.simulator.connection()
      await second.waitFor('usageEvent')
      expect(second.conversation.filter((item) => 'text' in item && item.text === TEXT)).toHaveLength(1)
      expect(second.conversation[2]).toMatchObject({ role: 'USER', text: TEXT })
      expect(second.violations).toEqual([])
      await talk.playUntil(() => talk.state() === 'listening')
    },
  )

  it('while a tool runs: what it gave is spoken of on the next one', async () => {
    const reply = ({ text, outputs }: Turn) =>
      text === 'Weather?' && outputs.length === 0
        ? [{ type: 'tool' as const, name: 'weather', arguments: '{}' }]
        : [{ type: 'message' as const, text: 'Yes.' }]
    const talk = await conversation({ tools: [weather], reply })
    talk.type('Weather?')
    await talk.until(() => talk.of('runTool').length > 0)
    talk.first.drop()
    await talk.until(() => talk.state() === 'reconnecting')
    const outcome = { ok: true, output: '{"sky":"clear"}' }
    const callId = String(talk.of('runTool')[0]?.call.callId)
    talk.engine.handle({ type: 'toolFinished', callId, outcome })
    const second = await talk.simulator.connection()
    await second.waitFor('usageEvent')
    const { text } = second.conversation[2] as { readonly text?: string }
    expect(text).toContain('go on with the conversation')
    expect(text).toContain('Weather? (weather {} gave: {"sky":"clear"})')
    expect(talk.of('runTool')).toHaveLength(1)
    expect(second.violations).toEqual([])
  })
})
