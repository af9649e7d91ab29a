import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { parse } from 'yaml'
import { GeminiRealtime, type GeminiRealtimeOptions } from '../../src/providers/gemini/index.ts'
import type { ModelEvents } from '../../src/providers/model.ts'
import { RecordingSession, until } from './gemini-session.ts'

const folder = new URL('../../../shared/conformance/recordings/gemini/', import.meta.url)
const names = existsSync(folder) ? readdirSync(folder) : []

/** What comes out of each: what was said, which tools were called, how much was heard. */
const expected: Readonly<
  Record<
    string,
    { readonly user?: string; readonly agent?: string; readonly call?: string; readonly silent?: true }
  >
> = {
  'test_audio_in_server_vad_turn.yaml': { user: 'Hello, my name is Marcelo.', agent: 'Hello, Marcelo.' },
  'test_message_history_seeding.yaml': { agent: 'Your name is Alice, and your favorite color is teal.' },
  'test_text_in_audio_out_turn.yaml': { agent: 'Hello there.' },
  'test_tool_call_round.yaml': {
    agent: 'I have recorded a reading of 5 with the note "steady."',
    call: '{"zqx_measurement":5,"qbf_note":"steady"}',
  },
  'live_ML_Dev_handle_activity_start_and_end.websocket.log': {
    agent: "Yeah, I can hear you. What's up?",
    silent: true,
  },
  'live_ML_Dev_should_reply_to_realtime_audio_input.websocket.log': {
    agent: 'Yes, I can hear you clearly. How may I assist you?',
    silent: true,
  },
  'live_ML_Dev_should_send_tool_response.websocket.log': {
    call: '{"location":"Redmond, WA"}',
    silent: true,
  },
  'live_ML_Dev_should_return_error_for_invalid_input_in_async_session.websocket.log': { silent: true },
}

describe.skipIf(names.length === 0)("what was recorded at Google's", () => {
  it.each(names)('%s comes out right', async (name) => {
    const { user, agent, call, silent } = expected[name] ?? {}
    const messages = received(name)
    const { model, session, log, send } = await replay(silent ? { responseModality: 'TEXT' } : {})
    send(messages)
    const last = (role: string): string | undefined =>
      log('transcript').findLast((transcript) => transcript.role === role)?.text
    if (agent) await until(() => last('agent') === agent || undefined)
    if (call) await until(() => session.calls[0])
    if (!silent) await until(() => log('responseDone')[0])
    expect(last('agent')).toBe(agent)
    expect(last('user') ?? '').toBe(user ?? '')
    expect(session.calls.map(({ arguments: args }) => args)).toEqual(call ? [call] : [])
    const audio = messages.flatMap((message) =>
      [...JSON.stringify(message).matchAll(/"mimeType":"audio[^"]*","data":"([^"]*)"/g)].map(
        ([, data = '']) => Buffer.from(data, 'base64'),
      ),
    )
    const written = [...session.written.values()].flat()
    // The recordings hold the beginning of each chunk, not always a whole number of samples.
    expect(written).toHaveLength(Math.floor(Buffer.concat(audio).length / 2))
    expect(log('error')).toEqual([])
    expect(log('closed')).toEqual([])
    expect(log('usage')).toHaveLength(silent ? 0 : 1)
    model.close()
  })
})

/** All that the service sent in a recording. */
function received(name: string): object[] {
  const text = readFileSync(new URL(name, folder), 'utf8')
  if (name.endsWith('.yaml')) {
    const { interactions } = parse(text) as {
      readonly interactions: readonly { readonly direction: string; readonly data: object }[]
    }
    return interactions.filter(({ direction }) => direction === 'received').map(({ data }) => data)
  }
  return text
    .split(/^(?=[<>]\d+ )/m)
    .filter((part) => part.startsWith('<'))
    .map((part) => JSON.parse(part.replace(/^<\d+ /, '')) as object)
}

/** A model at a server that sends what it is told to, in binary frames, once the session is asked for. */
async function replay(options: Partial<GeminiRealtimeOptions>) {
  vi.stubGlobal('WebSocket', WebSocket)
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    for (const client of server.clients) client.terminate()
    server.close()
    vi.unstubAllGlobals()
  })
  server.on('connection', (socket) => {
    socket.once('message', () => socket.send(Buffer.from('{"setupComplete":{}}')))
  })
  const { port } = server.address() as { readonly port: number }
  const model = new GeminiRealtime({
    auth: () => 'auth_tokens/test',
    model: 'gemini-live-2.5-flash-preview',
    url: `ws://127.0.0.1:${port}`,
    ...options,
  })
  const entries: { readonly name: string; readonly payload: unknown }[] = []
  for (const name of ['transcript', 'responseDone', 'usage', 'error', 'closed'] as const) {
    model.on(name, (payload) => entries.push({ name, payload }))
  }
  const session = new RecordingSession()
  await model.connect(session)
  return {
    model,
    session,
    log: <Name extends keyof ModelEvents>(name: Name): ModelEvents[Name][] =>
      entries.filter((entry) => entry.name === name).map(({ payload }) => payload as ModelEvents[Name]),
    send: (messages: readonly object[]) => {
      for (const socket of server.clients) {
        for (const message of messages) socket.send(Buffer.from(JSON.stringify(message)))
      }
    },
  }
}
