import { once } from 'node:events'
import { WebSocket } from 'ws'
import { Journal, type JournalEntry, type WaitOptions, type Wanted } from '../journal.ts'
import { encodePcm, joinPcm } from '../pcm.ts'
import type { Closure } from './connection.ts'
import type { WireMessage } from './wire.ts'

const SAMPLES_PER_MS = 24
const FRAME_MS = 20

/** How a {@link RawClient} connects. */
export interface RawClientOptions {
  readonly url: string
  readonly token: string
  /** Default `gpt-realtime-2.1`. */
  readonly model?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Default `realtime` and the token. */
  readonly protocols?: readonly string[]
  /** More of the query, such as `conversation_id=…`. */
  readonly query?: string
}

/** A client of the wire that understands nothing: it sends what it is told to, and keeps what it gets. */
export class RawClient {
  /** Frames that were not JSON objects. */
  readonly oddFrames: (string | Uint8Array)[] = []
  readonly closed: Promise<Closure>
  readonly #socket: WebSocket
  readonly #journal = new Journal<WireMessage>({ keepsAll: true })

  constructor(options: RawClientOptions) {
    const { url, token, model = 'gpt-realtime-2.1', headers = {}, query } = options
    const protocols = options.protocols ?? ['realtime', `openai-insecure-api-key.${token}`]
    const address = `${url}?model=${model}${query === undefined ? '' : `&${query}`}`
    this.#socket = new WebSocket(address, [...protocols], { headers })
    this.#socket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary))
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', (code, reason) => {
        this.#journal.close(`closed with ${code}`)
        resolve({ code, reason: reason.toString() })
      })
    })
    // An upgrade that is refused is told by `opened`.
    this.#socket.on('error', () => {})
  }

  /** The subprotocol that the server chose; rejects if it refused. */
  async opened(): Promise<string> {
    await once(this.#socket, 'open')
    return this.#socket.protocol
  }

  /** Everything that was received. */
  get events(): readonly WireMessage[] {
    return this.#journal.of('received').map(({ message }) => message)
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type)
  }

  send(message: WireMessage): void {
    this.#journal.record('sent', message)
    this.sendFrame(JSON.stringify(message))
  }

  /** Sends a frame as it is, or as soon as the socket is open. */
  sendFrame(frame: string | Uint8Array): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) {
      this.#socket.once('open', () => this.#socket.send(frame))
    } else {
      this.#socket.send(frame)
    }
  }

  /** Bytes that the network did not take yet. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount
  }

  /** Sends audio in frames of 20 ms, with silence before and after it. Gives all that was sent. */
  speak(pcm: Int16Array, { beforeMs = 400, afterMs = 800 } = {}): Int16Array {
    const all = joinPcm([silence(beforeMs), pcm, silence(afterMs)])
    for (let offset = 0; offset < all.length; offset += FRAME_MS * SAMPLES_PER_MS) {
      const frame = all.subarray(offset, offset + FRAME_MS * SAMPLES_PER_MS)
      this.sendFrame(JSON.stringify({ type: 'input_audio_buffer.append', audio: encodePcm(frame) }))
    }
    return all
  }

  /** Sends a typed message and asks for an answer. */
  say(text: string): void {
    const content = [{ type: 'input_text', text }]
    this.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
    this.send({ type: 'response.create' })
  }

  /** Waits for an event of the server. */
  waitFor(wanted: Wanted<WireMessage>, options: WaitOptions = {}): Promise<JournalEntry<WireMessage>> {
    return this.#journal.waitFor(wanted, { direction: 'received', ...options })
  }

  /** Waits for the `session.updated` that follows a `session.update`. */
  async update(session: Readonly<Record<string, unknown>>): Promise<void> {
    await this.waitFor('session.created')
    const after = this.#journal.entries.at(-1)?.sequence ?? 0
    this.send({ type: 'session.update', session: { type: 'realtime', ...session } })
    await this.waitFor('session.updated', { after })
  }

  close(): void {
    this.#socket.terminate()
  }

  #receive(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary) throw new Error('binary')
      const message = JSON.parse(data.toString()) as WireMessage
      if (typeof message.type !== 'string') throw new Error('no object')
      this.#journal.record('received', message)
    } catch {
      this.oddFrames.push(isBinary ? data : data.toString())
    }
  }
}

/** Samples of silence at 24 kHz. */
export function silence(ms: number): Int16Array {
  return new Int16Array(ms * SAMPLES_PER_MS)
}
