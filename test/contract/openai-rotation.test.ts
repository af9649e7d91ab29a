import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { EngineReport } from '../../src/engine/messages.ts'
import { OpenAIRealtime } from '../../src/providers/openai/index.ts'
import { createOpenAISimulator, type OpenAIConnection } from '../simulators/openai/index.ts'
import { speak } from '../simulators/speech.ts'
import { openEngine } from '../support/engine-host.ts'
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
  const engine = openEngine(model, (report) => reports.push(report))
  const microphone = new VirtualMicrophone()
  const speaker = new VirtualSpeaker(RATE, engine.settled)
  onTestFinished(async () => {
    await engine.end()
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
  // Loading it takes longer than the agent has to begin an answer.
  beforeAll(async () => speak('Yes.', { sampleRate: RATE }))

  it('is not noticed: the connection is changed, and no frame is lost or comes twice', async () => {
    const { simulator, microphone, auth, of } = await converse(2)
    const { connections } = simulator
    const changes = () => of('reconnected').map(({ payload }) => payload)
    let frames = 0
    // Too quiet to be a voice, and five times as fast as real time.
    const capture = async (): Promise<void> => {
      microphone.capture((frames++ % 100) + 1)
      await sleep(4)
    }
    while (changes().length < 2) await capture()
    // What waits for a connection goes out with what comes then.
    const atLeast = frames
    await vi.waitFor(async () => {
      await capture()
      expect(framesAt(connections).length).toBeGreaterThanOrEqual(atLeast)
    }, PATIENCE)
    const arrived = framesAt(connections)
    expect(arrived).toEqual(arrived.map((_, i) => (i % 100) + 1))
    expect(connections.length).toBeGreaterThanOrEqual(3)
    // One more change may be under way.
    await vi.waitFor(() => expect(changes()).toHaveLength(connections.length - 1), PATIENCE)
    expect(auth).toHaveBeenCalledTimes(connections.length)
    expect(new Set(changes().map(({ reason }) => reason))).toEqual(new Set(['expiring']))
    expect(of('stateChanged').map(({ state }) => state)).toEqual(['connecting', 'listening'])
    expect(of('error')).toEqual([])
    expect(connections.flatMap(({ violations }) => violations)).toEqual([])
  })

  it('waits for the answer that is being heard, and the next connection knows of it', async () => {
    const { simulator, engine, model, speaker, of } = await converse(8)
    const expiring = vi.fn<() => void>()
    model.on('expiring', expiring)
    engine.handle({ type: 'sendMessage', request: 2, message: { text: 'Tell me about Rome.' } })
    const state = () => of('stateChanged').at(-1)?.state
    await vi.waitFor(async () => {
      await speaker.play(10)
      expect(state()).toBe('speaking')
    }, PATIENCE)
    // The speaker stands still in the middle, until half of the session is over.
    await vi.waitFor(() => expect(expiring).toHaveBeenCalled(), PATIENCE)
    expect(state()).toBe('speaking')
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
