import { once } from 'node:events'
import { WebSocket } from 'ws'
import { isRecord } from '../is-record.ts'
import { Journal, type JournalEntry, type WaitOptions, type Wanted } from '../journal.ts'
import { encodePcm, joinPcm } from '../pcm.ts'
import type { Closure } from './connection.ts'
import { byName, clientEvent, serverEvent, type GeminiEvent, type Json } from './wire.ts'

const FRAME_MS = 20

/** How a {@link RawClient} connects. */
export interface RawClientOptions {
  /** Of the simulator, as `listen` gives it. */
  readonly url: string
  /** `auth_tokens/…` for the constrained method, anything else for an API key. */
  readonly credential: string
  /** Path and query instead of those that follow from the credential. */
  readonly path?: string
}

/** Path and query for a credential. */
export function livePath(credential: string, version?: string): string {
  const service = 'GenerativeService.BidiGenerateContent'
  return credential.startsWith('auth_tokens/')
    ? `/ws/google.ai.generativelanguage.${version ?? 'v1alpha'}.${service}Constrained?access_token=${credential}`
    : `/ws/google.ai.generativelanguage.${version ?? 'v1beta'}.${service}?key=${credential}`
}

/** A client of the wire that understands nothing: it sends what it is told to, and keeps what it gets. */
export class RawClient {
  /** Frames that were not JSON objects, and text frames, which the service does not send. */
  readonly oddFrames: (string | Uint8Array)[] = []
  readonly closed: Promise<Closure>
  readonly #socket: WebSocket
  readonly #journal = new Journal<GeminiEvent>({ keepsAll: true })

  constructor({ url, credential, path = livePath(credential) }: RawClientOptions) {
    this.#socket = new WebSocket(`${url}${path}`)
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

  /** Resolves when the socket is open; rejects if the server refused. */
  async opened(): Promise<void> {
    await once(this.#socket, 'open')
  }

  /** Everything that was received. */
  get events(): readonly GeminiEvent[] {
    return this.#journal.of('received').map(({ message }) => message)
  }

  /** Names of everything that was received, one after the other. */
  get names(): readonly string[] {
    return this.events.flatMap(({ names }) => names)
  }

  send(message: Json): void {
    this.#journal.record('sent', clientEvent(message))
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

  /** Sends a `setup`, and waits until it is complete. */
  async setUp(setup: Json = {}): Promise<void> {
    const defaults = { model: 'models/gemini-3.8-live', generationConfig: { responseModalities: ['AUDIO'] } }
    const transcription = { inputAudioTranscription: {}, outputAudioTranscription: {} }
    this.send({ setup: { ...defaults, ...transcription, ...setup } })
    await this.waitFor('setupComplete')
  }

  /** Sends PCM16 in frames of 20 ms, with silence before and after it. Gives all that was sent. */
  speak(pcm: Int16Array, { beforeMs = 400, afterMs = 1000, sampleRate = 16_000 } = {}): Int16Array {
    const silence = (ms: number): Int16Array => new Int16Array((ms * sampleRate) / 1000)
    const all = joinPcm([silence(beforeMs), pcm, silence(afterMs)])
    const length = (FRAME_MS * sampleRate) / 1000
    for (let offset = 0; offset < all.length; offset += length) {
      this.sendAudio(all.subarray(offset, offset + length), sampleRate)
    }
    return all
  }

  sendAudio(pcm: Int16Array, sampleRate = 16_000): void {
    const audio = { data: encodePcm(pcm), mimeType: `audio/pcm;rate=${sampleRate}` }
    this.sendFrame(JSON.stringify({ realtimeInput: { audio } }))
  }

  /** Sends a typed message, which is answered at once. */
  say(text: string): void {
    this.send({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } })
  }

  /** Waits for a message of the server. */
  waitFor(wanted: Wanted<GeminiEvent>, options: WaitOptions = {}): Promise<JournalEntry<GeminiEvent>> {
    return this.#journal.waitFor(byName(wanted), { direction: 'received', ...options })
  }

  /** Breaks the connection. */
  drop(): void {
    this.#socket.terminate()
  }

  /** Closes the connection, and waits until it is. */
  async close(): Promise<void> {
    this.#socket.close(1000)
    await this.closed
  }

  #receive(data: Buffer, isBinary: boolean): void {
    const text = data.toString()
    try {
      const message: unknown = JSON.parse(text)
      if (!isBinary || !isRecord(message)) throw new Error('odd')
      this.#journal.record('received', serverEvent(message))
    } catch {
      this.oddFrames.push(isBinary ? data : text)
    }
  }
}
