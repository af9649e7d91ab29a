import {
  type BedrockRuntimeClient,
  InvokeModelWithBidirectionalStreamCommand,
  type InvokeModelWithBidirectionalStreamInput,
} from '@aws-sdk/client-bedrock-runtime'
import { on } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'

/** More than the largest event: a prompt with its tools. */
const MAX_EVENT_BYTES = 1 << 20
/** How long AWS may take to end a stream whose page is gone, ms. */
const LINGER_MS = 5000

/** What a bridge works with. */
export interface NovaBridgeOptions {
  /** Has the credentials and the region: `new BedrockRuntimeClient({ region })`. */
  readonly client: Pick<BedrockRuntimeClient, 'send'>
  /** Whether a page is let in. A bridge spends your money: ask for a session, and for your own origin. */
  readonly allow: (request: IncomingMessage) => boolean | Promise<boolean>
  /** Default `'amazon.nova-2-sonic-v1:0'`. */
  readonly modelId?: string
}

/**
 * A server's end of `NovaSonicRealtime({ transport: 'bridge' })`: takes a page's WebSocket, and hands its
 * events on to Amazon Nova Sonic over HTTP/2, as AWS documents it. Call what it returns on `upgrade`.
 */
export function createNovaBridge({
  client,
  allow,
  modelId = 'amazon.nova-2-sonic-v1:0',
}: NovaBridgeOptions): (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void> {
  const pages = new WebSocketServer({ noServer: true, maxPayload: MAX_EVENT_BYTES })
  return async (request, socket, head) => {
    if (await allow(request)) {
      pages.handleUpgrade(request, socket, head, (page) => void carry(page, client, modelId))
    } else socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
  }
}

async function carry(page: WebSocket, client: NovaBridgeOptions['client'], modelId: string): Promise<void> {
  const aborter = new AbortController()
  // Listens from now on: what comes before AWS answers is kept.
  const messages = on(page, 'message', { close: ['close'] }) as AsyncIterable<[Buffer]>
  page.on('close', () => setTimeout(() => aborter.abort(), LINGER_MS).unref())
  try {
    const command = new InvokeModelWithBidirectionalStreamCommand({ modelId, body: chunksOf(messages) })
    const { body = [] } = await client.send(command, { abortSignal: aborter.signal })
    for await (const { chunk } of body) {
      if (chunk?.bytes) page.send(Buffer.from(chunk.bytes).toString())
    }
  } catch (error) {
    page.send(JSON.stringify({ exception: exceptionOf(error) }))
  }
  page.close()
}

async function* chunksOf(
  messages: AsyncIterable<[Buffer]>,
): AsyncGenerator<InvokeModelWithBidirectionalStreamInput> {
  for await (const [bytes] of messages) yield { chunk: { bytes } }
}

/** What went wrong, named as AWS does on the wire. Who you are at AWS is no business of a page's. */
function exceptionOf(error: unknown): { type: string; message: string } {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const type = name.charAt(0).toLowerCase() + name.slice(1)
  const isTold = /^(validation|throttling|model|internalServer|serviceUnavailable)/.test(type)
  return { type, message: isTold ? message : 'The bridge could not reach the model.' }
}
