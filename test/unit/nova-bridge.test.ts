import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { on } from 'node:events'
import type {
  InvokeModelWithBidirectionalStreamCommand,
  InvokeModelWithBidirectionalStreamOutput,
} from '@aws-sdk/client-bedrock-runtime'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { createNovaBridge, type NovaBridgeOptions } from '../../demo/server/nova-bridge.ts'
import { novaRig } from './nova-rig.ts'

type Chunks = AsyncGenerator<InvokeModelWithBidirectionalStreamOutput>

/**
 * AWS's client, replaced at its `send`: AWS cannot be reached from here. What it is given goes to the
 * simulator, and what that says comes out as AWS's client gives it, exceptions included.
 */
function clientOf(simulatorUrl: () => string) {
  const chunks: Uint8Array[] = []
  let ended: () => void = () => {}
  const end = new Promise<void>((resolve) => (ended = resolve))
  const send = async ({ input }: InvokeModelWithBidirectionalStreamCommand) => {
    const socket = new WebSocket(simulatorUrl())
    const messages = on(socket, 'message', { close: ['close'] }) as AsyncIterable<[Buffer]>
    await new Promise((resolve) => socket.on('open', resolve))
    const forward = async (): Promise<void> => {
      for await (const { chunk } of input.body ?? []) {
        chunks.push(chunk?.bytes ?? new Uint8Array(0))
        socket.send(Buffer.from(chunk?.bytes ?? []).toString())
      }
      ended()
    }
    void forward()
    return { body: answers(messages) }
  }
  async function* answers(messages: AsyncIterable<[Buffer]>): Chunks {
    for await (const [bytes] of messages) {
      const { exception } = JSON.parse(bytes.toString()) as { exception?: { type: string; message: string } }
      if (exception) {
        const name = exception.type.charAt(0).toUpperCase() + exception.type.slice(1)
        throw Object.assign(new Error(exception.message), { name })
      }
      yield { chunk: { bytes } }
    }
  }
  return { client: { send } as unknown as NovaBridgeOptions['client'], chunks, end }
}

async function bridgedRig(allow: (request: IncomingMessage) => boolean = () => true) {
  let simulatorUrl = ''
  const { client, chunks, end } = clientOf(() => simulatorUrl)
  const bridge = createNovaBridge({ client, allow })
  const server = createServer().on('upgrade', (...upgrade) => void bridge(...upgrade))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/nova`
  const rig = await novaRig({ route: 'bridge', model: { url } })
  simulatorUrl = rig.bridgeUrl
  return { ...rig, chunks, end }
}

describe('the bridge', () => {
  it('carries a conversation, event by event, and ends it in order', async () => {
    const rig = await bridgedRig()
    const connection = await rig.start()
    rig.type('Tell me about Rome')
    await rig.until(() => rig.of('usage').length > 0)
    await rig.playUntil(() => rig.state() === 'listening')
    expect(rig.transcripts()[0]?.heardText).toMatch(/^In Rome/)
    rig.engine.handle({ type: 'stop' })
    await rig.end
    expect(
      Object.keys((JSON.parse(Buffer.from(rig.chunks[0] ?? []).toString()) as { event: object }).event),
    ).toEqual(['sessionStart'])
    expect(connection.endedInOrder).toBe(true)
    expect(connection.violations).toEqual([])
  })

  it.each([
    ['throttlingException', 'Too many requests', 'Nova Sonic: Too many requests'],
    [
      'accessDeniedException',
      'User arn:aws:iam::1:user/me may not',
      'Nova Sonic: The bridge could not reach the model.',
    ],
  ])('tells of %s', async (name, message, told) => {
    const rig = await bridgedRig()
    const connection = await rig.start()
    connection.throwException(name, message)
    const error = () => rig.of('lost')[0]?.error ?? rig.of('reconnected')[0]?.payload.error
    await rig.until(() => error() !== undefined)
    expect(error()).toMatchObject({ name: 'ModelError', providerCode: name, message: told })
  })

  it('lets nobody in whom its owner does not', async () => {
    const rig = await bridgedRig(({ url }) => url === '/elsewhere')
    void rig.start().catch(() => {})
    await rig.until(() => rig.of('settled').length > 0)
    expect(rig.of('settled')[0]?.error).toMatchObject({ code: 'connection-refused' })
  })
})
