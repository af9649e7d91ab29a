import { onTestFinished, vi } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import { NovaSonicRealtime } from '../../src/providers/nova-sonic/index.ts'
import type { ClientEvent, ServerEvent } from '../../src/providers/nova-sonic/wire.ts'
import type { PlaybackInput } from '../../src/shared/messages.ts'
import { settled, VirtualSpeaker } from '../support/virtual-audio.ts'

const TEXT = 'TEXT'

/** A socket whose server is the test. */
class HandSocket {
  static latest: HandSocket | undefined
  readonly sent: ClientEvent[] = []
  bufferedAmount = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: unknown = null
  constructor() {
    HandSocket.latest = this
    queueMicrotask(() => this.onopen?.())
  }
  send(text: string): void {
    this.sent.push((JSON.parse(text) as { event: ClientEvent }).event)
  }
  close(): void {}
}

/** The model in a real engine, with a server whose every event the test says, on a clock that it moves. */
export async function novaByHand() {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', HandSocket)
  const model = new NovaSonicRealtime({ transport: 'bridge', url: 'ws://example.com' })
  const reports: EngineReport[] = []
  const engine = new Engine(model, {
    report: (report) => reports.push(report),
    openPeer: async () => Promise.reject(new Error('There is no page.')),
  })
  const speaker = new VirtualSpeaker(24_000)
  /** First sample of each piece of audio that reached the speaker, with the number of flushes before it. */
  const written: { readonly value: number; readonly flushes: number }[] = []
  let flushes = 0
  const post = speaker.port.postMessage.bind(speaker.port)
  speaker.port.postMessage = (message: unknown) => {
    const input = message as PlaybackInput
    if (input.type === 'audio') written.push({ value: new Int16Array(input.pcm)[0] ?? 0, flushes })
    if (input.type === 'flush') flushes++
    post(message)
  }
  const end = (): void => {
    engine.handle({ type: 'stop' })
    vi.useRealTimers()
    vi.unstubAllGlobals()
  }
  onTestFinished(end)
  let request = 1
  engine.handle({
    type: 'start',
    request: request++,
    instructions: 'Be brief.',
    tools: [],
    onLocalSpeech: 'off',
  })
  engine.handle({ type: 'attachSpeaker', port: speaker.port })
  for (let i = 0; i < 10; i++) await settled()
  const socket = HandSocket.latest
  if (!socket) throw new Error('There is no socket.')

  const say = (event: ServerEvent): void => socket.onmessage?.({ data: JSON.stringify({ event }) })
  const start = (
    contentId: string,
    type: 'TEXT' | 'AUDIO' | 'TOOL',
    role: 'USER' | 'ASSISTANT' | 'TOOL',
    stage = '',
  ) =>
    say({ contentStart: { contentId, type, role, additionalModelFields: `{"generationStage":"${stage}"}` } })
  const stop = (contentId: string, stopReason: 'PARTIAL_TURN' | 'END_TURN' | 'INTERRUPTED' | 'TOOL_USE') =>
    say({ contentEnd: { contentId, stopReason } })
  const of = <Type extends EngineReport['type']>(type: Type): Extract<EngineReport, { type: Type }>[] =>
    reports.filter((report): report is Extract<EngineReport, { type: Type }> => report.type === type)
  return {
    engine,
    model,
    speaker,
    sent: socket.sent,
    reports,
    written,
    of,
    say,
    start,
    stop,
    end,
    state: () => of('stateChanged').at(-1)?.state,
    heard: () => [...new Map(of('transcript').map(({ payload }) => [payload.id, payload])).values()],
    type: (text: string) => engine.handle({ type: 'sendMessage', request: request++, message: { text } }),
    /** The user said something. */
    user: (id: string, content: string) => {
      start(id, TEXT, 'USER', 'FINAL')
      say({ textOutput: { contentId: id, content } })
      stop(id, 'PARTIAL_TURN')
    },
    /** A sentence that will be said. */
    speculate: (id: string, content: string) => {
      start(id, TEXT, 'ASSISTANT', 'SPECULATIVE')
      say({ textOutput: { contentId: id, content } })
      stop(id, 'PARTIAL_TURN')
    },
    /** 100 ms of sound, every sample of which is `value`. */
    sound: (contentId: string, value: number) => {
      const content = Buffer.from(new Int16Array(2400).fill(value).buffer).toString('base64')
      say({ audioOutput: { contentId, content } })
    },
    /** A sentence that was said. */
    final: (id: string, content: string, stopReason: 'PARTIAL_TURN' | 'END_TURN' | 'INTERRUPTED') => {
      start(id, TEXT, 'ASSISTANT', 'FINAL')
      if (content) say({ textOutput: { contentId: id, content } })
      stop(id, stopReason)
    },
    call: (id: string) => {
      start(`block ${id}`, 'TOOL', 'TOOL')
      say({ toolUse: { contentId: `block ${id}`, toolName: 'weather', toolUseId: id, content: '{}' } })
      stop(`block ${id}`, 'TOOL_USE')
    },
    answer: (callId: string) =>
      engine.handle({ type: 'toolFinished', callId, outcome: { ok: true, output: '{}' } }),
    settle: async () => {
      for (let i = 0; i < 5; i++) await settled()
    },
  }
}
