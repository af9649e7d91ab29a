import { ConnectionError, type ErrorCode } from '../core/errors.ts'

/** How a socket ended. */
export interface SocketClose {
  /** Close code of RFC 6455; 1006 if the connection broke without one. */
  readonly code: number
  /** What the other side said about it; often empty. */
  readonly reason: string
  readonly wasClean: boolean
}

/** How to open a socket, and who listens to it. */
export interface SocketOptions {
  readonly protocols?: readonly string[]
  /** How binary messages arrive. Default `'arraybuffer'`. */
  readonly binaryType?: 'arraybuffer' | 'blob'
  /** Closes the socket, before and after it is open; nothing is reported afterwards. */
  readonly signal: AbortSignal
  /** Longest time from the call to the open socket, ms. */
  readonly timeoutMs: number
  /** Takes each message, in order: text, or binary as `binaryType` says. */
  readonly onMessage: (data: unknown, socket: SocketConnection) => void
  /** The open socket ended without `close()` or `signal`. Called at most once. */
  readonly onClose: (close: SocketClose) => void
}

/** An open socket. */
export interface SocketConnection {
  /** Bytes that `send` has taken and the network has not. */
  readonly bufferedAmount: number
  /** Sends a message, text or binary. On a socket that is no longer open it does nothing. */
  send(data: string | Uint8Array<ArrayBuffer>): void
  /** Ends the connection; neither `onMessage` nor `onClose` is called any more. May be called twice. */
  close(code?: number, reason?: string): void
}

/**
 * Opens a WebSocket.
 *
 * Rejects with a {@link ConnectionError} `connection-refused` or `connection-timeout`, or with the reason
 * of `signal`. A socket whose promise rejected can no longer open.
 */
export function openWebSocket(
  url: string,
  { protocols = [], binaryType = 'arraybuffer', signal, timeoutMs, onMessage, onClose }: SocketOptions,
): Promise<SocketConnection> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    let socket: WebSocket
    try {
      socket = new WebSocket(url, protocols as string[])
    } catch {
      // What was thrown may quote the address with its query, or a subprotocol: neither is repeated.
      throw connectionError(url, 'connection-refused', 'cannot be reached', false)
    }
    socket.binaryType = binaryType
    let open = false
    const connection: SocketConnection = {
      get bufferedAmount() {
        return socket.bufferedAmount
      },
      send: (data) => socket.send(data),
      close(code = 1000, reason = '') {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        socket.onopen = socket.onmessage = socket.onclose = null
        socket.close(code, reason)
      },
    }
    /** Rejects, unless it is open already. */
    const end = (error: unknown): void => {
      connection.close()
      reject(error)
    }
    const onAbort = (): void => end(signal.reason)
    const timer = setTimeout(() => {
      end(connectionError(url, 'connection-timeout', `did not answer within ${timeoutMs} ms`))
    }, timeoutMs)
    signal.addEventListener('abort', onAbort)
    // Says nothing that `close` does not, but a WebSocket of Node's throws if nobody listens.
    socket.onerror = () => {}
    socket.onopen = () => {
      open = true
      clearTimeout(timer)
      resolve(connection)
    }
    socket.onmessage = ({ data }) => onMessage(data, connection)
    socket.onclose = ({ code, reason, wasClean }) => {
      end(connectionError(url, 'connection-refused', `cannot be reached (${code})`))
      if (open) onClose({ code, reason, wasClean })
    }
  })
}

/**
 * An error of a connection. Names the address without its query, which may hold a credential.
 * @param what Goes on from the address, as in `cannot be reached`.
 */
export function connectionError(
  url: string,
  code: ErrorCode,
  what: string,
  retryable = true,
): ConnectionError {
  const place = url.replace(/[?#].*|(?<=\/\/)[^/]*@/gs, '')
  return new ConnectionError(`${place} ${what}.`, { code, retryable })
}
