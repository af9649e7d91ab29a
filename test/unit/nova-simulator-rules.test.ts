import { describe, expect, it } from 'vitest'
import { connect, type NovaClient } from './nova-client.ts'

const FAST = { pace: 100, finals: 'sent' } as const
const TOOL = {
  toolSpec: {
    name: 'weather',
    description: 'Tells the weather of a city',
    inputSchema: {
      json: '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}',
    },
  },
}

describe('a client that breaks the rules', () => {
  const rules: readonly (readonly [string, RegExp, (client: NovaClient) => void])[] = [
    ['begins with a prompt', /promptStart is out of order/, (client) => promptOnly(client)],
    [
      'says nothing to the system',
      /first content/,
      (client) => {
        sessionOnly(client)
        promptOnly(client)
        client.text('USER', 'Hi', true)
      },
    ],
    [
      'tells history after audio',
      /History comes before/,
      (client) => {
        client.begin()
        client.startAudio()
        client.text('ASSISTANT', 'Earlier')
      },
    ],
    [
      'tells too long a text',
      /50 KB/,
      (client) => {
        client.begin({ history: [{ role: 'USER', text: 'x'.repeat(51_201) }] })
      },
    ],
    [
      'tells too much history',
      /40 KB/,
      (client) => {
        client.begin({
          history: Array.from({ length: 5 }, (_, at) => ({
            role: at % 2 === 0 ? ('USER' as const) : ('ASSISTANT' as const),
            text: 'x'.repeat(10_000),
          })),
        })
      },
    ],
    [
      'tells history that the agent begins',
      /the USER begins/,
      (client) => {
        client.begin({ history: [{ role: 'ASSISTANT', text: 'Hello' }] })
      },
    ],
    [
      'tells a text in too large a piece',
      /1 KB/,
      (client) => {
        client.begin()
        const address = { promptName: 'prompt', contentName: 'large' }
        const textInputConfiguration = { mediaType: 'text/plain' } as const
        client.send({
          contentStart: { ...address, type: 'TEXT', role: 'USER', interactive: true, textInputConfiguration },
        })
        client.send({ textInput: { ...address, content: 'x'.repeat(1025) } })
      },
    ],
    [
      'has a schema that is no string of JSON',
      /inputSchema/,
      (client) => {
        client.begin({ tools: [{ toolSpec: { ...TOOL.toolSpec, inputSchema: { json: '{' } } }] })
      },
    ],
    [
      'answers a call that nobody made',
      /No tool call/,
      (client) => {
        client.begin()
        client.toolResult('nobody', '{}')
      },
    ],
    [
      'ends a prompt that has open contents',
      /still open/,
      (client) => {
        client.begin()
        client.startAudio()
        client.end()
      },
    ],
    [
      'opens two microphones',
      /open already/,
      (client) => {
        client.begin()
        client.startAudio()
        client.startAudio()
      },
    ],
  ]
  it.each(rules)('%s: an exception ends the stream', async (_name, message, act) => {
    const { client, connection } = await connect(FAST)
    act(client)
    await client.closed
    expect(connection.violations).toMatchObject([{ code: 'validationException' }])
    expect(connection.violations[0]?.message).toMatch(message)
    expect(client.errors).toMatchObject([{ providerCode: 'validationException', retryable: false }])
  })
})

describe('time', () => {
  it('is up for a stream at last', async () => {
    const { client } = await connect({ streamMs: 50 })
    client.begin()
    expect(await client.closed).toMatchObject({ code: 'connection-lost' })
    expect(client.errors).toMatchObject([{ providerCode: 'modelTimeoutException', retryable: true }])
  })

  it('is up for a client that sends nothing', async () => {
    const { client } = await connect({ idleMs: 50 })
    client.begin()
    await client.closed
    expect(client.errors).toMatchObject([{ providerCode: 'validationException', retryable: true }])
    expect(client.errors[0]?.message).toMatch(/Timed out waiting for audio bytes/)
  })
})

function sessionOnly(client: NovaClient): void {
  client.send({ sessionStart: { inferenceConfiguration: { maxTokens: 1, topP: 1, temperature: 0 } } })
}

function promptOnly(client: NovaClient): void {
  client.send({
    promptStart: {
      promptName: 'prompt',
      textOutputConfiguration: { mediaType: 'text/plain' },
      audioOutputConfiguration: {
        mediaType: 'audio/lpcm',
        sampleRateHertz: 24_000,
        sampleSizeBits: 16,
        channelCount: 1,
        encoding: 'base64',
        audioType: 'SPEECH',
        voiceId: 'tiffany',
      },
    },
  })
}
