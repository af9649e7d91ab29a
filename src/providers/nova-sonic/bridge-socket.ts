import { ConnectionError } from '../../core/errors.ts'
import { connectionError, openWebSocket } from '../../transport/web-socket.ts'
import type { EventSocket, EventSocketOptions } from './aws-socket.ts'
import { exceptionError } from './exceptions.ts'
import type { ServerEvent } from './wire.ts'

/** One message of a bridge's. */
interface BridgeMessage {
  readonly event?: ServerEvent
  readonly exception?: { readonly type?: string; readonly message?: string }
}

/** Where the bridge is. */
export interface BridgeSocketOptions extends EventSocketOptions {
  readonly url: string
}

/**
 * Opens a connection to a server of yours that hands the events on to AWS: each message is the JSON of
 * `{ event }`, or of `{ exception: { type, message } }`. Rejects as {@link openWebSocket} does.
 */
export async function openBridgeSocket(options: BridgeSocketOptions): Promise<EventSocket> {
  const { url, signal, timeoutMs, onEvent, onException, onMalformed, onClose } = options
  const socket = await openWebSocket(url, {
    signal,
    timeoutMs,
    onMessage(data) {
      const message = parse(data)
      if (!message) {
        const text = 'The bridge sent a message that cannot be read.'
        onMalformed(new ConnectionError(text, { code: 'message-malformed' }))
      } else if (message.exception) {
        const { type = 'unknown', message: text = '' } = message.exception
        onException(exceptionError(type, text))
      } else if (message.event) {
        onEvent(message.event)
      }
    },
    onClose: ({ code }) =>
      onClose(connectionError(url, 'connection-lost', `closed the connection (${code})`)),
  })
  return {
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    send: (event) => socket.send(JSON.stringify({ event })),
    close: () => socket.close(),
  }
}

function parse(data: unknown): BridgeMessage | undefined {
  try {
    return (JSON.parse(data as string) as BridgeMessage | null) ?? undefined
  } catch {
    return undefined
  }
}
