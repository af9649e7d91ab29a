import type { VivaVoceError } from '../../core/errors.ts'
import { connectionError, openWebSocket, type SocketConnection } from '../../transport/web-socket.ts'
import type { AwsCredentials } from './credentials.ts'
import { decodeFrame, encodeChunk, type ServerFrame } from './event-stream.ts'
import { exceptionError } from './exceptions.ts'
import { FrameSigner } from './frame-signer.ts'
import { createSigner, presign, type Endpoint } from './presign.ts'
import type { ClientEvent, ServerEvent } from './wire.ts'

/*
 * How it is used:
 *
 *   const credentials = await obtainCredentials(auth, { dangerouslyAllowBrowserKey })
 *   const socket = await openAwsSocket({ region, modelId, url, credentials, signal, timeoutMs,
 *     onEvent: (event) => …, onException: (error) => …, onMalformed: (error) => …, onClose: (error) => … })
 *   socket.send({ sessionStart: … })      // any time; signed and sent in this order, off the caller's path
 *   socket.close()                        // sends the signed empty frame, then closes
 *
 * `openBridgeSocket` (bridge-socket.ts) gives the same `EventSocket` over plain JSON, to a server that
 * speaks to AWS. After an exception of the service's, `onClose` follows as soon as it hangs up.
 */

/** A connection that carries events, however they are wrapped. */
export interface EventSocket {
  /** Bytes that were taken and are not yet on the network, those that wait to be signed included. */
  readonly bufferedAmount: number
  /** Sends an event, after all that were sent before. Once the socket is closed it does nothing. */
  send(event: ClientEvent): void
  /** Ends the stream in order, and closes. Nothing is reported any more. May be called twice. */
  close(): void
}

/** Who listens to a connection, and how long it may take to open. */
export interface EventSocketOptions {
  /** Closes the socket, before and after it is open, as `close()` does. */
  readonly signal: AbortSignal
  /** Longest time from the call to the open socket, ms. */
  readonly timeoutMs: number
  readonly onEvent: (event: ServerEvent) => void
  /** The service refused something: a `ModelError` with the exception's name as `providerCode`. */
  readonly onException: (error: VivaVoceError) => void
  /** A frame could not be read; the connection stays. */
  readonly onMalformed: (error: VivaVoceError) => void
  /** The open socket ended by itself, or nothing more can be signed. Called at most once, and last. */
  readonly onClose: (error: VivaVoceError) => void
}

/** Where and as whom to connect. */
export interface AwsSocketOptions extends EventSocketOptions, Endpoint {
  readonly credentials: AwsCredentials
  /** This machine's clock, ms since 1970. The skew of the credentials is added to it. */
  readonly now?: () => number
}

/**
 * Opens a stream to the model with a presigned URL, and signs every frame.
 *
 * Rejects as {@link openWebSocket} does. A browser does not tell why a handshake was refused: wrong
 * credentials, region, clock and no access to the model all are `connection-refused`.
 */
export async function openAwsSocket(options: AwsSocketOptions): Promise<EventSocket> {
  const { region, credentials, signal, onEvent, onException, onMalformed, now = Date.now } = options
  const { clockSkewMs = 0 } = credentials
  const awsNow = (): number => now() + clockSkewMs
  const signer = createSigner(region, credentials)
  const { url, signature } = await presign(signer, options, new Date(awsNow()))
  const frames = new FrameSigner(signer, signature, awsNow)
  const opening = new AbortController()
  const abort = (): void => opening.abort(signal.reason)
  let waiting = 0
  let ended = false

  const onMessage = (data: unknown): void => {
    if (ended) return
    let frame: ServerFrame
    try {
      frame = decodeFrame(data)
    } catch (error) {
      onMalformed(error as VivaVoceError)
      return
    }
    if (frame.type === 'exception') onException(exceptionError(frame.name, frame.message))
    else if (frame.event) onEvent(frame.event)
  }

  /** Nothing more is sent or reported. */
  const end = (error?: VivaVoceError): void => {
    if (ended) return
    ended = true
    signal.removeEventListener('abort', close)
    if (error) options.onClose(error)
  }

  const sendSigned = async (body: Uint8Array): Promise<void> => {
    waiting += body.length
    try {
      socket.send(await frames.sign(body))
    } finally {
      waiting -= body.length
    }
  }

  const close = (): void => {
    if (ended) return
    end()
    const hangUp = (): void => socket.close()
    void sendSigned(new Uint8Array(0)).then(hangUp, hangUp)
  }

  signal.throwIfAborted()
  signal.addEventListener('abort', abort)
  let socket: SocketConnection
  try {
    socket = await openWebSocket(url, {
      signal: opening.signal,
      timeoutMs: options.timeoutMs,
      onMessage,
      onClose: ({ code }) => end(connectionError(url, 'connection-lost', `closed the connection (${code})`)),
    })
  } finally {
    // An open socket outlives the signal until its stream has been ended in order.
    signal.removeEventListener('abort', abort)
  }
  signal.addEventListener('abort', close)
  return {
    get bufferedAmount() {
      return socket.bufferedAmount + waiting
    },
    send(event) {
      if (ended) return
      sendSigned(encodeChunk(JSON.stringify({ event }))).catch(() => {
        socket.close()
        end(connectionError(url, 'connection-lost', 'cannot be sent to: signing failed', false))
      })
    },
    close,
  }
}
