import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { chunksOf, tonePcm } from '../page/signal.ts'
import { TOOL, type LiveOrder, type LiveReport } from './live-protocol.ts'

const WIRE_RATE = 24_000
const CHUNK_MS = 20
const LEAD_MS = 100

/** Sends a voice in real time, a tenth of a second ahead. */
export interface LiveServer {
  readonly port: number
  close(): void
}

/**
 * Starts it. `/pcm` gives bare PCM16. `/realtime` speaks as much of OpenAI's protocol as it takes: it begins
 * with the voice when it is asked for an answer, and so does `/tool`, but for the first time, when it calls a tool.
 * `/control` takes a {@link LiveOrder}, and gives a {@link LiveReport} when it is asked for one.
 */
export async function serveLive(): Promise<LiveServer> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  })
  let session: LiveSession | undefined
  const obey = (order: LiveOrder, socket: WebSocket): void => {
    if (order.order === 'report') socket.send(JSON.stringify(session?.report ?? null))
    else setTimeout(() => session?.[order.order](), order.inMs)
  }
  server.on('connection', (socket, { url = '' }) => {
    if (url.startsWith('/pcm')) feed((chunk) => socket.send(chunk), socket)
    else if (url.startsWith('/control'))
      socket.on('message', (data) => obey(parse(data) as LiveOrder, socket))
    else session = new LiveSession(socket, url.startsWith('/tool'))
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
  readonly item?: { readonly type: string }
}

class LiveSession {
  readonly report: { -readonly [Note in keyof LiveReport]: LiveReport[Note] } & { framesAt: number[] } = {
    speechAt: 0,
    truncatedAt: 0,
    heardMs: 0,
    framesAt: [],
    calledAt: 0,
    outputAt: 0,
  }
  readonly #socket: WebSocket
  /** Whether the next answer is to be a call of a tool. */
  #calls: boolean
  #response: { readonly id: string } & object = { id: '' }
  #responses = 0
  #sent = 0

  constructor(socket: WebSocket, calls: boolean) {
    this.#socket = socket
    this.#calls = calls
    socket.on('message', (data) => this.#take(parse(data) as ClientMessage))
    this.#send('session.created', { session: {} })
  }

  interrupt(): void {
    this.report.speechAt = Date.now()
    this.#send('input_audio_buffer.speech_started', { item_id: 'u', audio_start_ms: 0 })
  }

  callTool(): void {
    this.report.calledAt = Date.now()
    const call = { call_id: 'c', name: TOOL, arguments: '{}' }
    const item = { id: 'call', type: 'function_call', status: 'completed', ...call }
    const at = { response_id: this.#response.id, item_id: item.id, output_index: 0 }
    this.#send('response.output_item.added', {
      ...at,
      item: { ...item, status: 'in_progress', arguments: '' },
    })
    this.#send('response.function_call_arguments.done', { ...at, ...call })
    this.#send('response.output_item.done', { ...at, item })
    this.#send('response.done', { response: { ...this.#response, status: 'completed', output: [item] } })
  }

  #take({ type, audio_end_ms: heardMs, response, item }: ClientMessage): void {
    if (type === 'input_audio_buffer.append') this.report.framesAt.push(Date.now())
    if (type === 'session.update') this.#send('session.updated', { session: {} })
    if (type === 'response.create') this.#answer(response)
    if (item?.type === 'function_call_output') this.report.outputAt = Date.now()
    if (type === 'conversation.item.truncate') {
      this.report.truncatedAt = Date.now()
      this.report.heardMs = heardMs ?? 0
    }
  }

  #answer(asked: object = {}): void {
    const id = `r${++this.#responses}`
    this.#response = { ...asked, id }
    this.#send('response.created', {
      response: { ...this.#response, conversation_id: 'c', status: 'in_progress' },
    })
    if (this.#calls) {
      this.#calls = false
      return
    }
    const at = { response_id: id, item_id: 'a', output_index: 0, content_index: 0 }
    this.#send('response.output_item.added', { ...at, item: { id: 'a', type: 'message', role: 'assistant' } })
    feed((chunk) => {
      this.#send('response.output_audio.delta', {
        ...at,
        delta: Buffer.from(chunk.buffer).toString('base64'),
      })
    }, this.#socket)
  }

  #send(type: string, fields: object): void {
    this.#socket.send(JSON.stringify({ type, event_id: `e${++this.#sent}`, ...fields }))
  }
}

function parse(data: unknown): unknown {
  return JSON.parse((data as Buffer).toString())
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
