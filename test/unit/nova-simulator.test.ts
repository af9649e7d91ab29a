import { describe, expect, it } from 'vitest'
import type { Reply } from '../simulators/nova-sonic/index.ts'
import { synthesize } from '../simulators/speech.ts'
import { blocksOf, connect, type NovaClient } from './nova-client.ts'

const FAST = { pace: 100, finals: 'sent' } as const
const STORY = 'Rome was not built in a day. It will not be seen in one day either, whatever they say.'
const story = (): Reply => [{ type: 'message', text: STORY }]
const silence = (ms: number): Int16Array => new Int16Array(ms * 16)
const TOOL = {
  toolSpec: {
    name: 'weather',
    description: 'Tells the weather of a city',
    inputSchema: {
      json: '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}',
    },
  },
}

describe('an answer', () => {
  it('to a voice comes in the order of the service', async () => {
    const { client, connection } = await connect({ ...FAST, reply: story, transcribe: () => 'Rome?' })
    client.begin()
    const microphone = client.startAudio()
    const voice = await synthesize('Tell me about Rome', { sampleRate: 16_000, voice: 'en-us+f3' })
    for (const pcm of [silence(400), voice, silence(800)]) microphone.send(pcm)
    await client.waitFor('usageEvent')
    expect(blocksOf(client.events)).toEqual([
      'TEXT USER FINAL "Rome?" PARTIAL_TURN',
      'TEXT ASSISTANT SPECULATIVE "Rome was not built in a day." PARTIAL_TURN',
      'AUDIO ASSISTANT PARTIAL_TURN',
      'TEXT ASSISTANT FINAL "Rome was not built in a day." PARTIAL_TURN',
      'TEXT ASSISTANT SPECULATIVE "It will not be seen in one day either, whatever they say." PARTIAL_TURN',
      'AUDIO ASSISTANT END_TURN',
      'TEXT ASSISTANT FINAL "It will not be seen in one day either, whatever they say." END_TURN',
    ])
    expect(client.events[0]?.type).toBe('completionStart')
    expect(connection.utterances).toHaveLength(1)
    const [utterance] = connection.utterances
    expect(utterance?.pcm).toEqual(
      connection.audio.subarray((utterance?.startMs ?? 0) * 16, (utterance?.endMs ?? 0) * 16),
    )
    expect(connection.violations).toEqual([])
  })

  it('to typed text may call tools, and goes on with what they gave', async () => {
    const { client, connection } = await connect(FAST)
    client.begin({ tools: [TOOL] })
    client.startAudio()
    client.text('USER', 'What is the weather in Rome and Milan?', true)
    await client.waitFor(() => client.events.filter(({ type }) => type === 'toolUse').length === 2)
    for (const { type, payload } of client.events) {
      if (type === 'toolUse') client.toolResult(String(payload.toolUseId), '{"sky":"clear"}')
    }
    await client.waitFor('usageEvent')
    expect(blocksOf(client.events).slice(0, 3)).toEqual([
      'TOOL TOOL "{"city":"Rome"}" TOOL_USE',
      'TOOL TOOL "{"city":"Milan"}" TOOL_USE',
      'TEXT ASSISTANT SPECULATIVE "Here is what I found: sky clear And: sky clear" PARTIAL_TURN',
    ])
    expect(connection.conversation[1]).toEqual({
      type: 'tool',
      name: 'weather',
      arguments: '{"city":"Rome"}',
      output: '{"sky":"clear"}',
    })
    expect(connection.violations).toEqual([])
  })

  it('knows what was said before, and one completion spans all turns', async () => {
    const { client, connection } = await connect({ ...FAST, reply: story })
    client.begin({
      instructions: 'Be brief.',
      history: [
        { role: 'USER', text: 'Hi' },
        { role: 'ASSISTANT', text: 'Hello!' },
      ],
    })
    for (const text of ['One', 'Two']) {
      const turn = client.events.length
      client.text('USER', text, true)
      await client.waitFor('usageEvent', { after: turn })
    }
    client.end()
    await client.waitFor('completionEnd')
    const types = client.events.map(({ type }) => type)
    expect(types.filter((type) => type.startsWith('completion'))).toEqual([
      'completionStart',
      'completionEnd',
    ])
    expect(connection.instructions).toBe('Be brief.')
    expect(connection.conversation.map((item) => item.type === 'message' && item.text).slice(0, 3)).toEqual([
      'Hi',
      'Hello!',
      'One',
    ])
    expect(connection.prompt).toMatchObject({ voiceId: 'matthew', outputRate: 24_000 })
  })
})

describe('an interruption', () => {
  it.each([
    ['text', [/^AUDIO ASSISTANT END_TURN$/, /^TEXT ASSISTANT FINAL.* INTERRUPTED$/]],
    ['audio', [/^AUDIO ASSISTANT INTERRUPTED$/, /^TEXT ASSISTANT FINAL.* INTERRUPTED$/]],
    [
      'marker',
      [/^AUDIO ASSISTANT END_TURN$/, /^TEXT ASSISTANT FINAL "\{ "interrupted" : true \}" PARTIAL_TURN$/],
    ],
  ] as const)('in the midst of audio is told in the form "%s"', async (interruption, wanted) => {
    const { client, connection } = await connect({
      pace: 2,
      reply: story,
      interruption,
      transcribe: () => 'Stop',
    })
    await interrupt(client, 5)
    await client.waitFor(({ payload }) => payload.role === 'USER')
    const blocks = blocksOf(client.events).filter((block) => !/ FINAL "[^{]* PARTIAL_TURN/.test(block))
    for (const [index, pattern] of wanted.entries()) expect(blocks[index + 1]).toMatch(pattern)
    expect(connection.violations).toEqual([])
  })

  it('is told although all audio was sent, as long as it cannot have been heard', async () => {
    const { client, connection } = await connect({ pace: 1000, reply: story, lateChunks: 0 })
    await interrupt(client, undefined)
    const told = await client.waitFor(({ payload }) => payload.stopReason === 'INTERRUPTED')
    expect(told.message.payload.type).toBe('TEXT')
    expect(blocksOf(client.events)).toContain('AUDIO ASSISTANT END_TURN')
    const said = connection.conversation.flatMap((item) => (item.type === 'message' ? [item.text] : []))
    expect(STORY.startsWith(said[1] ?? '')).toBe(true)
    expect(said.join(' ')).not.toContain('whatever they say')
  })
})

describe('a question that comes before the answer', () => {
  it('takes the place of one whose tool is still at work, and the late result breaks nothing', async () => {
    const { client, connection } = await connect(FAST)
    client.begin({ tools: [TOOL] })
    client.text('USER', 'What is the weather in Rome?', true)
    const { message } = await client.waitFor('toolUse')
    client.text('USER', 'Tell me about Venice', true)
    await client.waitFor('usageEvent')
    client.toolResult(String(message.payload.toolUseId), '{"sky":"clear"}')
    client.text('USER', 'Goodbye', true)
    await client.waitFor(() => client.events.filter(({ type }) => type === 'usageEvent').length === 2)
    const said = blocksOf(client.events).filter((block) => block.includes('SPECULATIVE'))
    expect(said).toMatchObject([/In Venice/, /Goodbye/].map((text) => expect.stringMatching(text) as string))
    expect(connection.violations).toEqual([])
  })
})

describe('what a test makes up', () => {
  it('is sent as it is told to, and what was understood may come in parts', async () => {
    const made = { type: 'somethingNew', payload: { level: 3 } }
    const exception = { type: 'exception', payload: { name: 'modelStreamErrorException', message: 'Oh' } }
    const plan = {
      steps: [
        { at: { events: 1 }, do: 'send', event: made },
        { at: { type: 'usageEvent' }, do: 'send', event: exception },
      ],
    } as const
    const options = { ...FAST, reply: story, transcribe: () => ['Tell me', 'about Rome'] }
    const { client, connection } = await connect(options, { plan })
    client.begin()
    const microphone = client.startAudio()
    microphone.send(silence(400))
    microphone.send(await synthesize('Rome?', { sampleRate: 16_000, voice: 'en-us+f3' }))
    microphone.end()
    await client.waitFor('usageEvent')
    connection.drop()
    await client.closed
    expect(client.events).toContainEqual(made)
    expect(blocksOf(client.events).slice(0, 2)).toEqual([
      'TEXT USER FINAL "Tell me" PARTIAL_TURN',
      'TEXT USER FINAL "about Rome" PARTIAL_TURN',
    ])
    expect(client.errors).toMatchObject([{ providerCode: 'modelStreamErrorException', retryable: true }])
  })
})

/** Asks for an answer, and speaks into it after so many chunks of it, or after all of them. */
async function interrupt(client: NovaClient, chunks: number | undefined): Promise<void> {
  client.begin()
  const microphone = client.startAudio()
  microphone.send(silence(400))
  client.text('USER', 'Tell me about Rome', true)
  await (chunks === undefined
    ? client.waitFor(({ payload }) => payload.type === 'AUDIO' && payload.stopReason === 'END_TURN')
    : client.waitFor(() => client.events.filter(({ type }) => type === 'audioOutput').length > chunks))
  microphone.send(await synthesize('Stop, stop!', { sampleRate: 16_000, voice: 'en-us+f3' }))
  microphone.send(silence(800))
}
