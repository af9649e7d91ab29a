import { describe, expect, it } from 'vitest'
import { synthesize } from '../simulators/speech.ts'
import { novaRig, type Route } from './nova-rig.ts'

const routes: Route[] = ['direct', 'bridge']
const silence = (ms: number): Int16Array => new Int16Array(ms * 16)

describe.each(routes)('a conversation over the %s route', (route) => {
  it('answers a voice, and ends in order', async () => {
    const rig = await novaRig({ route, transcribe: () => 'Good morning' })
    const connection = await rig.start()
    await rig.say(silence(400))
    await rig.say(await synthesize('Good morning', { sampleRate: 16_000 }))
    await rig.say(silence(800))
    await rig.until(() => rig.of('usage').length > 0)
    const loudest = await rig.playUntil(() => rig.state() === 'listening')
    expect(loudest).toBeGreaterThan(0.01)
    expect(rig.states()).toEqual(['connecting', 'listening', 'thinking', 'speaking', 'listening'])
    expect(
      rig.transcripts().map(({ role, text, heardText, final }) => [role, text, heardText, final]),
    ).toEqual([
      ['user', 'Good morning', 'Good morning', true],
      ...connection.conversation
        .filter((item) => item.type === 'message' && item.role === 'ASSISTANT')
        .map((item) => ['agent', 'text' in item && item.text, 'text' in item && item.text, true]),
    ])
    rig.engine.handle({ type: 'stop' })
    await connection.closed
    expect(connection.endedInOrder).toBe(true)
    expect(connection.violations).toEqual([])
    expect(rig.of('error')).toEqual([])
  })

  it('answers what is typed', async () => {
    const rig = await novaRig({ route })
    const connection = await rig.start()
    rig.type('Tell me about Rome')
    await rig.until(() => rig.of('usage').length > 0)
    await rig.playUntil(() => rig.state() === 'listening')
    expect(rig.transcripts().map(({ heardText }) => heardText)).toEqual([
      'In Rome, begin at the Colosseum early, then walk through the Forum.',
    ])
    expect(connection.violations).toEqual([])
  })
})

describe('the microphone', () => {
  it('is sent in frames of 32 ms, sample for sample', async () => {
    const rig = await novaRig()
    const connection = await rig.start()
    const pcm = Int16Array.from({ length: 1600 * 8 }, (_, index) => (index % 100) - 50)
    await rig.say(pcm)
    await rig.until(() => connection.audio.length === 12_800)
    expect(connection.audio).toEqual(pcm)
    for (const { message } of connection.received) {
      if (message.type === 'audioInput') expect(String(message.payload.content)).toHaveLength(1368)
    }
  })

  it('is replaced by silence where there is none, so that the stream does not idle out', async () => {
    const rig = await novaRig()
    const connection = await rig.start()
    await rig.until(() => connection.audio.length >= 16 * 512)
    expect(connection.audio.every((sample) => sample === 0)).toBe(true)
    expect(connection.violations).toEqual([])
  })
})

describe('what AWS is told', () => {
  it('is whom to be, how to speak, and which tools there are', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    const rig = await novaRig({
      model: { voice: 'tiffany', outputRate: 16_000, endpointingSensitivity: 'low', maxTokens: 300 },
      tools: [{ name: 'weather', description: '', parameters }],
      instructions: 'Speak of Rome. '.repeat(300),
    })
    const connection = await rig.start()
    await connection.waitFor((message) => message.payload.type === 'AUDIO', { direction: 'received' })
    expect(connection.instructions).toBe('Speak of Rome. '.repeat(300))
    expect(connection.prompt).toMatchObject({
      voiceId: 'tiffany',
      outputRate: 16_000,
      tools: [{ name: 'weather', description: 'weather', parameters }],
    })
    expect(connection.received[0]?.message.payload).toMatchObject({
      inferenceConfiguration: { maxTokens: 300, topP: 0.9, temperature: 0.7 },
      turnDetectionConfiguration: { endpointingSensitivity: 'LOW' },
    })
    expect(rig.model.capabilities.outputRate).toBe(16_000)
    for (const { message } of connection.received) {
      if (message.type !== 'textInput') continue
      expect(Buffer.byteLength(String(message.payload.content))).toBeLessThanOrEqual(1024)
    }
    expect(connection.violations).toEqual([])
  })

  it('is a message in pieces of at most 1 KB, whatever it is written in', async () => {
    const rig = await novaRig()
    const connection = await rig.start()
    const text = '罗马不是一天建成的 🏛️ '.repeat(120)
    rig.type(text)
    await connection.waitFor('usageEvent')
    expect(connection.conversation[0]).toMatchObject({ role: 'USER', text })
    expect(connection.violations).toEqual([])
  })

  it('is no message that it would not take', async () => {
    const rig = await novaRig()
    await rig.start()
    rig.type('x'.repeat(50_001))
    await rig.until(() => rig.of('settled').length === 2)
    expect(rig.of('settled')[1]?.error).toMatchObject({ code: 'option-invalid', option: 'message' })
    expect(rig.of('transcript')).toEqual([])
  })
})
