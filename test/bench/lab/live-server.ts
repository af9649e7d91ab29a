import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { chunksOf, tonePcm } from '../page/signal.ts'

const WIRE_RATE = 24_000
const CHUNK_MS = 20
const LEAD_MS = 100
const ITEM = { response_id: 'r', item_id: 'a', output_index: 0, content_index: 0 }

/** What the server noted while a page was frozen, ms since 1970. */
export interface LiveReport {
  /** The user was told to have begun to speak. */
  readonly speechAt: number
  /** The client told what was heard. */
  readonly truncatedAt: number
  readonly heardMs: number
  /** When frames of the microphone arrived. */
  readonly framesAt: readonly number[]
}

/** Sends a voice in real time, a tenth of a second ahead. */
export interface LiveServer {
  readonly port: number
  close(): void
}

/**
 * Starts it. `/pcm` gives bare PCM16. `/realtime` speaks as much of OpenAI's protocol as it takes: it begins
 * with the voice when it is asked for an answer. `/report` gives a {@link LiveReport} of the latest session;
 * a number that it is sent there is how many ms later the user begins to speak.
 */
export async function serveLive(): Promise<LiveServer> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  })
  let session: LiveSession | undefined
  server.on('connection', (socket, { url = '' }) => {
    if (url.startsWith('/pcm')) feed((chunk) => socket.send(chunk), socket)
    else if (url.startsWith('/realtime')) session = new LiveSession(socket)
    else {
      socket.on('message', (data) => {
        const ms = Number((data as Buffer).toString())
        if (ms > 0) setTimeout(() => session?.interrupt(), ms)
        else socket.send(JSON.stringify(session?.report ?? null))
      })
    }
  })
  await new Promise((resolve) => {
    server.once('listening', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const client of server.clients) client.terminate()
      server.close()
    },
  }
}

interface ClientMessage {
  readonly type: string
  readonly audio_end_ms?: number
  readonly response?: object
}

class LiveSession {
  readonly report = { speechAt: 0, truncatedAt: 0, heardMs: 0, framesAt: [] as number[] }
  readonly #socket: WebSocket
  #sent = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => this.#take(JSON.parse((data as Buffer).toString())))
    this.#send('session.created', { session: {} })
  }

  interrupt(): void {
    this.report.speechAt = Date.now()
    this.#send('input_audio_buffer.speech_started', { item_id: 'u', audio_start_ms: 0 })
  }

  #take({ type, audio_end_ms: heardMs, response }: ClientMessage): void {
    if (type === 'input_audio_buffer.append') this.report.framesAt.push(Date.now())
    if (type === 'session.update') this.#send('session.updated', { session: {} })
    if (type === 'response.create') this.#answer(response)
    if (type === 'conversation.item.truncate') {
      this.report.truncatedAt = Date.now()
      this.report.heardMs = heardMs ?? 0
    }
  }

  #answer(asked: object = {}): void {
    this.#send('response.created', {
      response: { ...asked, id: 'r', conversation_id: 'c', status: 'in_progress' },
    })
    this.#send('response.output_item.added', {
      ...ITEM,
      item: { id: 'a', type: 'message', role: 'assistant' },
    })
    feed((chunk) => {
      this.#send('response.output_audio.delta', {
        ...ITEM,
        delta: Buffer.from(chunk.buffer).toString('base64'),
      })
    }, this.#socket)
  }

  #send(type: string, fields: object): void {
    this.#socket.send(JSON.stringify({ type, event_id: `e${++this.#sent}`, ...fields }))
  }
}

/** Gives 3 s of a tone in real time, until the socket closes. */
function feed(send: (chunk: Int16Array<ArrayBuffer>) => void, socket: WebSocket): void {
  const chunks = chunksOf(tonePcm(440, WIRE_RATE, 3 * WIRE_RATE), WIRE_RATE, CHUNK_MS)
  const begin = performance.now() - LEAD_MS
  let sent = 0
  const timer = setInterval(() => {
    for (; begin + sent * CHUNK_MS <= performance.now(); sent++) {
      const chunk = chunks[sent]
      if (!chunk || socket.readyState !== socket.OPEN) return clearInterval(timer)
      send(chunk as Int16Array<ArrayBuffer>)
    }
  }, CHUNK_MS / 4)
}
