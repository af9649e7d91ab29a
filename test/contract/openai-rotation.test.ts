import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import { OpenAIRealtime } from '../../src/providers/openai/index.ts'
import { createOpenAISimulator, type OpenAIConnection } from '../simulators/openai/index.ts'
import { VirtualMicrophone, VirtualSpeaker } from '../support/virtual-audio.ts'

const RATE = 24_000
const PATIENCE = { timeout: 10_000 }

/** The microphone's frames as they reached the service, each by the value that all its samples have. */
function framesAt(connections: readonly OpenAIConnection[]): number[] {
  return connections.flatMap(({ received }) =>
    received
      .filter(({ message }) => message.type === 'input_audio_buffer.append')
      .map(({ message }) => Buffer.from(String(message.audio), 'base64').readInt16LE(0)),
  )
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

async function converse(sessionSeconds: number) {
  vi.stubGlobal('WebSocket', WebSocket)
  const simulator = createOpenAISimulator({ sessionSeconds, pace: 50 })
  const { url } = await simulator.listen()
  const auth = vi.fn<() => { token: string }>(() => simulator.mintToken())
  const model = new OpenAIRealtime({ auth, model: 'gpt-realtime-2.1', transport: 'websocket', url })
  const reports: EngineReport[] = []
  const engine = new Engine(model, {
    report: (report) => reports.push(report),
    openPeer: async () => Promise.reject(new Error('There is no page.')),
  })
  const microphone = new VirtualMicrophone()
  const speaker = new VirtualSpeaker(RATE)
  onTestFinished(async () => {
    engine.handle({ type: 'stop' })
    await simulator.close()
    vi.unstubAllGlobals()
  })
  const of = <Type extends EngineReport['type']>(type: Type) =>
    reports.filter((report): report is Extract<EngineReport, { type: Type }> => report.type === type)
  engine.handle({ type: 'attachSpeaker', port: speaker.port })
  engine.handle({ type: 'attachMicrophone', port: microphone.port })
  engine.handle({ type: 'start', request: 1, instructions: 'Be brief.', tools: [], onLocalSpeech: 'off' })
  await vi.waitFor(() => expect(of('settled')).toHaveLength(1), PATIENCE)
  return { simulator, engine, model, microphone, speaker, auth, of }
}

describe('An hour that is over', () => {
  it('is not noticed: the connection is changed, and no frame is lost or comes twice', async () => {
    const { simulator, microphone, auth, of } = await converse(2)
    let frames = 0
    const until = Date.now() + 4500
    // Too quiet to be a voice, and five times as fast as real time.
    while (Date.now() < until) {
      microphone.capture((frames++ % 100) + 1)
      await sleep(4)
    }
    const { connections } = simulator
    await vi.waitFor(() => expect(framesAt(connections)).toHaveLength(frames), PATIENCE)
    expect(framesAt(connections)).toEqual(Array.from({ length: frames }, (_, i) => (i % 100) + 1))
    expect(connections.length).toBeGreaterThanOrEqual(3)
    expect(auth).toHaveBeenCalledTimes(connections.length)
    const changes = of('reconnected').map(({ payload }) => payload)
    expect(changes).toHaveLength(connections.length - 1)
    expect(new Set(changes.map(({ reason }) => reason))).toEqual(new Set(['expiring']))
    expect(of('stateChanged').map(({ state }) => state)).toEqual(['connecting', 'listening'])
    expect(of('error')).toEqual([])
    expect(connections.flatMap(({ violations }) => violations)).toEqual([])
  })

  it('waits for the answer that is being heard, and the next connection knows of it', async () => {
    const { simulator, engine, model, speaker, of } = await converse(6)
    const expiring = vi.fn<() => void>()
    model.on('expiring', expiring)
    engine.handle({ type: 'sendMessage', request: 2, message: { text: 'Tell me about Rome.' } })
    // At its own pace, which is slower than half a session: it is told to change while the agent speaks.
    while (expiring.mock.calls.length === 0) {
      await speaker.play(10)
      await sleep(10)
    }
    expect(of('stateChanged').at(-1)).toMatchObject({ state: 'speaking' })
    await sleep(100)
    expect(simulator.connections).toHaveLength(1)
    await vi.waitFor(async () => {
      await speaker.play(100)
      expect(simulator.connections).toHaveLength(2)
    }, PATIENCE)
    const second = simulator.connections[1]
    await second?.waitFor('conversation.item.create', { direction: 'received' })
    await vi.waitFor(() => expect(of('reconnected')).toHaveLength(1), PATIENCE)
    expect(second?.conversation.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(second?.conversation[0]?.text).toBe('Tell me about Rome.')
    const said = of('transcript').findLast(({ payload }) => payload.role === 'agent')?.payload.text
    expect(second?.conversation[1]?.text).toBe(said)
    expect(second?.received.map(({ message }) => message.type)).not.toContain('response.create')
  })
})
