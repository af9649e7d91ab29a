import { describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { synthesize } from '../simulators/speech.ts'
import { blocksOf, connect, NovaClient, startSimulator } from './nova-client.ts'

const FAST = { pace: 100, finals: 'sent' } as const

describe('a stream to AWS', () => {
  it('carries a conversation that is signed frame by frame', async () => {
    const { client, connection } = await connect(FAST)
    client.begin()
    const microphone = client.startAudio()
    microphone.send(await synthesize('Good morning', { sampleRate: 16_000 }))
    microphone.send(new Int16Array(16_000))
    await client.waitFor('usageEvent')
    expect(blocksOf(client.events).at(-1)).toMatch(
      /^TEXT ASSISTANT FINAL "This is what reached me:" END_TURN$/,
    )
    microphone.end()
    client.end()
    client.socket.close()
    expect(await connection.closed).toMatchObject({ code: 1000 })
    expect(connection.endedInOrder).toBe(true)
    expect(connection.violations).toEqual([])
    expect(client.errors).toEqual([])
  })

  it('keeps the order of what is sent in one go, and counts what waits', async () => {
    const { client, connection } = await connect(FAST)
    client.begin()
    const { send } = client.startAudio()
    const frames = Array.from({ length: 200 }, (_, index) => Int16Array.of(index))
    for (const frame of frames) send(frame)
    expect(client.socket.bufferedAmount).toBeGreaterThan(200 * 150)
    client.socket.close()
    await connection.closed
    expect([...connection.audio]).toEqual(frames.map((_, index) => index))
    expect(client.socket.bufferedAmount).toBe(0)
  })

  it('ends in order when its signal aborts, and says nothing more', async () => {
    const { client, connection } = await connect(FAST)
    client.begin()
    client.end()
    client.aborter.abort()
    client.socket.close()
    await connection.closed
    expect(connection.endedInOrder).toBe(true)
    client.send({ sessionEnd: {} })
    const outcome = await Promise.race([
      client.closed,
      new Promise((resolve) => setTimeout(resolve, 20, 'quiet')),
    ])
    expect(outcome).toBe('quiet')
  })

  it('tells exceptions, and then that it is over', async () => {
    const { client, connection } = await connect(FAST)
    client.begin()
    await connection.waitFor('contentEnd', { direction: 'received' })
    connection.throwException('throttlingException', 'Too many requests')
    expect(await client.closed).toMatchObject({ code: 'connection-lost', retryable: true })
    expect(client.errors).toMatchObject([
      { name: 'ModelError', providerCode: 'throttlingException', retryable: true },
    ])
    expect(client.errors[0]?.message).toContain('Too many requests')
  })

  it('goes on after a frame that cannot be read', async () => {
    const frame = Uint8Array.of(0, 0, 0, 17, 1, 2, 3)
    const plan = { steps: [{ at: { type: 'completionStart' }, do: 'sendFrame', frame } as const] }
    const { client } = await connect(FAST, { plan })
    client.begin()
    client.text('USER', 'Hello', true)
    await client.waitFor('usageEvent')
    expect(client.errors).toMatchObject([{ code: 'message-malformed' }])
  })

  it('understands a server that sends base64', async () => {
    const { client } = await connect({ ...FAST, textFrames: true })
    client.begin()
    client.text('USER', 'Hello', true)
    await client.waitFor('usageEvent')
    expect(client.errors).toEqual([])
  })

  it('is lost when the network is', async () => {
    const { client, connection } = await connect(FAST)
    connection.drop()
    expect(await client.closed).toMatchObject({ code: 'connection-lost', retryable: true })
    client.begin()
    client.socket.close()
  })
})

describe('a stream that is refused', () => {
  it.each([
    ['of a region that is not the server’s', { region: 'eu-west-1' }, /valid region/],
    ['by a clock that is two minutes slow', { now: () => Date.now() - 120_000 }, /expired/],
    ['by a clock that is ten minutes fast', { now: () => Date.now() + 600_000 }, /not yet current/],
    ['of a model that is not there', { modelId: 'amazon.nova-sonic-v1:0' }, /access to the model/],
  ])('%s', async (_name, options, why) => {
    const { simulator, url } = await startSimulator()
    const credentials = simulator.mintCredentials()
    const error: unknown = await new NovaClient()
      .openAws({ url, credentials, ...options })
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'connection-refused' })
    expect(simulator.refusals).toMatchObject([
      { status: 403, message: expect.stringMatching(why) as unknown },
    ])
    expect(String(error)).not.toMatch(/X-Amz|ASIA|\?/)
  })

  it('for a wrong secret, a wrong token, or after the end of both', async () => {
    const { simulator, url } = await startSimulator()
    const good = simulator.mintCredentials()
    for (const credentials of [
      { ...good, secretAccessKey: 'guess' },
      { ...good, sessionToken: 'guess' },
      { ...good, accessKeyId: 'ASIAGUESS' },
      simulator.mintCredentials({ ttlMs: 0 }),
    ]) {
      await expect(new NovaClient().openAws({ url, credentials })).rejects.toMatchObject({
        code: 'connection-refused',
      })
    }
    expect(simulator.refusals.map(({ code }) => code)).toEqual([
      'InvalidSignatureException',
      'UnrecognizedClientException',
      'UnrecognizedClientException',
      'ExpiredTokenException',
    ])
  })

  it('is not, if the credentials know how wrong the clock is', async () => {
    const { simulator, url } = await startSimulator(FAST)
    const credentials = { ...simulator.mintCredentials(), clockSkewMs: 3_600_000 }
    const client = await new NovaClient().openAws({ url, credentials, now: () => Date.now() - 3_600_000 })
    client.begin()
    client.text('USER', 'Hello', true)
    await client.waitFor('usageEvent')
    expect(client.errors).toEqual([])
  })

  it('does not open once its signal has aborted', async () => {
    const { simulator, url } = await startSimulator()
    const client = new NovaClient()
    client.aborter.abort(new Error('enough'))
    await expect(client.openAws({ url, credentials: simulator.mintCredentials() })).rejects.toThrow('enough')
  })
})

describe('a stream that somebody meddles with', () => {
  const swap = (frames: Uint8Array[]): Uint8Array[] => frames.toReversed()
  it.each([
    [
      'one bit',
      (frames: Uint8Array[]) => frames.map((frame) => frame.map((byte, i) => (i === 130 ? byte ^ 1 : byte))),
    ],
    ['the order', swap],
    ['a frame that comes twice', (frames: Uint8Array[]) => frames.flatMap((frame) => [frame, frame])],
    ['a frame that is missing', (frames: Uint8Array[]) => frames.slice(1)],
  ])('is ended because of %s', async (_name, meddle) => {
    const { simulator, url } = await startSimulator()
    const held: Uint8Array[] = []
    vi.stubGlobal(
      'WebSocket',
      class extends WebSocket {
        override send(data: Uint8Array): void {
          if (held.push(data) === 2) for (const frame of meddle(held)) super.send(frame)
        }
      },
    )
    const client = await new NovaClient().openAws({ url, credentials: simulator.mintCredentials() })
    const connection = await simulator.connection()
    client.begin()
    await client.closed
    expect(connection.violations).toMatchObject([{ code: 'InvalidSignatureException' }])
    expect(client.errors).toMatchObject([{ providerCode: 'InvalidSignatureException' }])
  })
})

describe('a bridge', () => {
  it('carries the same conversation as plain JSON', async () => {
    const { client, connection } = await connect(FAST, { bridge: true })
    client.begin()
    client.text('USER', 'Hello', true)
    await client.waitFor('usageEvent')
    client.end()
    client.socket.close()
    await connection.closed
    expect(connection.transport).toBe('bridge')
    expect(connection.endedInOrder).toBe(true)
    expect(connection.violations).toEqual([])
    expect(client.errors).toEqual([])
  })

  it('tells exceptions and odd messages', async () => {
    const plan = { steps: [{ at: { events: 0 }, do: 'sendFrame', frame: '{' } as const] }
    const { client, connection } = await connect(FAST, { bridge: true, plan })
    connection.throwException('serviceUnavailableException', 'Later')
    expect(await client.closed).toMatchObject({ code: 'connection-lost' })
    expect(client.errors).toMatchObject([
      { code: 'message-malformed' },
      { providerCode: 'serviceUnavailableException', retryable: true },
    ])
  })
})
