import { onTestFinished } from 'vitest'
import type { EngineReport } from '../../src/engine/messages.ts'
import { NovaSonicRealtime } from '../../src/providers/nova-sonic/index.ts'
import type { ServerEvent } from '../../src/providers/nova-sonic/wire.ts'
import type { PlaybackInput } from '../../src/shared/messages.ts'
import { openEngine } from '../support/engine-host.ts'
import { VirtualSpeaker } from '../support/virtual-audio.ts'
import { openHandServer } from './nova-hand-server.ts'

const TEXT = 'TEXT'

/** The model in a real engine, with a server whose every event the test says, on a clock that it moves. */
export async function novaByHand() {
  const server = await openHandServer()
  const model = new NovaSonicRealtime({ transport: 'bridge', url: server.url })
  const reports: EngineReport[] = []
  const engine = openEngine(model, (report) => reports.push(report))
  /** All that was said is handled, and what the engine did about it is here. */
  const settle = async (): Promise<void> => {
    await server.settled()
    await engine.settled()
    await server.settled()
  }
  const speaker = new VirtualSpeaker(24_000, settle)
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
  const end = async (): Promise<void> => {
    await engine.end()
    await server.close()
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
  await server.connected()
  await settle()

  const say = (event: ServerEvent): void => server.say(event)
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
    get sent() {
      return server.sent
    },
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
    settle,
    /** Lets so much time pass, ms. */
    pass: async (ms: number): Promise<void> => {
      await settle()
      await engine.pass(ms)
    },
  }
}
