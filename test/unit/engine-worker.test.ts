import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EngineCommand, EngineReport } from '../../src/engine/messages.ts'
import type { EngineHost } from '../../src/engine/engine.ts'
import type { EngineThread } from '../../src/engine/engine-thread.ts'
import { outputGuard } from '../../src/extensions/output-guard.ts'
import type { ModelExtension } from '../../src/providers/extension.ts'
import { RealtimeModel, type HistoryItem } from '../../src/providers/model.ts'
import type { PeerSetup } from '../../src/providers/peer-link.ts'
import { OpenAIRealtime } from '../../src/providers/openai/openai-realtime.ts'
import { engineWorker } from '../../src/worker/index.ts'
import { connectRemote, type RemotePort } from '../../src/worker/remote.ts'
import type { WorkerSetup, WorkerSide } from '../../src/worker/worker-protocol.ts'

/** A Worker of which the test is the script. */
class FakeWorker implements RemotePort {
  static all: FakeWorker[] = []
  static blocked = false
  onmessage: unknown
  onerror: ((event: { message: string }) => void) | undefined
  readonly handled: EngineCommand[] = []
  readonly invoked: unknown[] = []
  terminated = false
  page!: WorkerSetup['page']
  readonly #far: MessagePort

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.#far = port2
    port2.onmessage = (event) => (this.onmessage as (event: MessageEvent) => void)(event)
    const side: WorkerSide = {
      handle: (command) => void this.handled.push(command),
      listen() {},
      invoke: (...call) => void this.invoked.push(call),
    }
    const open = (setup: unknown): WorkerSide => {
      this.page = (setup as WorkerSetup).page
      return side
    }
    connectRemote(port1, open)
    FakeWorker.all.push(this)
    if (FakeWorker.blocked) queueMicrotask(() => this.onerror?.({ message: 'blocked' }))
    else port1.postMessage(undefined)
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    this.#far.postMessage(message, transfer as MessagePort[])
  }

  terminate(): void {
    this.terminated = true
    this.#far.close()
  }
}

class Custom extends RealtimeModel {
  readonly capabilities = { inputRate: 24_000, outputRate: 24_000 }
  async connect(): Promise<void> {}
  handleAudioInput(): void {}
  close(): void {}
}

const start: EngineCommand = {
  type: 'start',
  request: 1,
  instructions: 'Be brief.',
  tools: [],
  onLocalSpeech: 'off',
}
const call = { callId: 'c', name: 'weather', arguments: '{}' }

function rig(
  thread: EngineThread = engineWorker({ url: '/engine.js' }),
  model = realtime(),
  extensions: readonly ModelExtension[] = [],
) {
  const reports: EngineReport[] = []
  const here: EngineCommand[] = []
  const peers: PeerSetup[] = []
  const host: EngineHost = {
    report: (report) => reports.push(report),
    openPeer: async (setup) => {
      peers.push(setup)
      throw new Error('There is no page.')
    },
  }
  const audio = { attachMicrophone: vi.fn<() => void>(), attachSpeaker: vi.fn<() => Promise<void>>() }
  const page = { options: { extensions }, audio, life: new AbortController() }
  const engine = thread.open(page, model, host, () => ({ handle: (command) => void here.push(command) }))
  const types = (): string[] =>
    reports.map((report) => (report.type === 'stateChanged' ? report.state : report.type))
  return { thread, model, audio, engine, reports, here, peers, types }
}

function realtime(): OpenAIRealtime {
  return new OpenAIRealtime({ auth: () => 'ek_1', model: 'm', transport: 'websocket' })
}

/** The newest Worker, when it was told something. */
async function worker(commands = 1, index = 0): Promise<FakeWorker> {
  await vi.waitFor(() => expect(FakeWorker.all[index]?.handled.length).toBeGreaterThanOrEqual(commands))
  return FakeWorker.all[index] as FakeWorker
}

/** A conversation that has begun. */
async function running() {
  const all = rig()
  all.engine.handle(start)
  const far = await worker()
  await far.page.report({ type: 'settled', request: 1 }, {})
  await far.page.report({ type: 'stateChanged', state: 'listening' }, { droppedFrames: 3 })
  return { ...all, far }
}

beforeEach(() => {
  FakeWorker.all = []
  FakeWorker.blocked = false
  vi.stubGlobal('Worker', FakeWorker)
})

afterEach(() => {
  for (const worker of FakeWorker.all) worker.terminate()
  vi.unstubAllGlobals()
})

describe('An engine in a Worker', () => {
  test('begins with the conversation, and gets commands in order', async () => {
    const { engine, thread } = rig()
    engine.handle({ type: 'outputLatency', seconds: 1 })
    engine.handle(start)
    engine.handle({ type: 'interrupt' })
    const { handled } = await worker(2)
    expect(handled.map(({ type }) => type)).toEqual(['start', 'interrupt'])
    expect(FakeWorker.all).toHaveLength(1)
    expect(thread.chosen).toBe('worker')
  })

  test("is behind the page's model: what it tells, and what it is asked", async () => {
    const { far, model } = await running()
    const events: unknown[] = []
    expect(await far.page.emit('serverEvent', { type: 'a' })).toBe(false)
    model.on('serverEvent', (event) => events.push(event))
    expect(await far.page.emit('serverEvent', { type: 'b' })).toBe(true)
    expect(events).toEqual([{ type: 'b' }])
    expect(model.droppedFrames).toBe(3)
    expect(model.send({ type: 'x' })).toBe(true)
    await vi.waitFor(() => expect(far.invoked).toEqual([['send', [{ type: 'x' }]]]))
  })

  test('that crashes is replaced by one that knows what was said and asked', async () => {
    const { far, engine, audio, reports, types } = await running()
    const said: HistoryItem = { type: 'message', role: 'user', text: 'Hello.' }
    await far.page.remember([['u', said]])
    engine.handle({ type: 'recall', request: 2 })
    far.onerror?.({ message: 'oops' })
    const next = await worker(2, 1)
    expect(far.terminated).toBe(true)
    expect(next.handled).toEqual([
      { ...start, history: [said] },
      { type: 'recall', request: 2 },
    ])
    expect(audio.attachMicrophone).toHaveBeenCalledOnce()
    expect(audio.attachSpeaker).toHaveBeenCalledOnce()
    await next.page.report({ type: 'stateChanged', state: 'connecting' }, {})
    await next.page.report({ type: 'settled', request: 1 }, {})
    await next.page.report({ type: 'stateChanged', state: 'listening' }, {})
    expect(types()).toEqual(['settled', 'listening', 'error', 'reconnecting', 'reconnected', 'listening'])
    expect(reports[2]).toMatchObject({ payload: { code: 'worker-crashed', retryable: true } })
  })

  test('that crashes takes its peer connection with it', async () => {
    const { far, peers } = await running()
    const setup = { channel: 'events', onMessage() {}, onClose() {} }
    void far.page.openPeer({ ...setup, signal: new AbortController().signal }).catch(() => {})
    await vi.waitFor(() => expect(peers).toHaveLength(1))
    expect(peers[0]?.signal.aborted).toBe(false)
    far.onerror?.({ message: 'oops' })
    expect(peers[0]?.signal).toMatchObject({ aborted: true, reason: { code: 'worker-crashed' } })
  })

  test('that crashes while tools run is replaced when they are done', async () => {
    const { far, engine } = await running()
    await far.page.report({ type: 'runTool', call }, {})
    far.onerror?.({ message: 'oops' })
    expect(FakeWorker.all).toHaveLength(1)
    engine.handle({ type: 'toolFinished', callId: 'c', outcome: { output: '21', ok: true } })
    const next = await worker(1, 1)
    expect(next.handled).toEqual([{ ...start, history: [{ type: 'toolCall', call, output: '21' }] }])
  })

  test('that crashes in the middle of an answer leaves what was heard', async () => {
    const { far, reports } = await running()
    const words = { id: 'a', role: 'agent', text: 'One two three', heardText: 'One', final: false } as const
    await far.page.report({ type: 'transcript', payload: words }, {})
    far.onerror?.({ message: 'oops' })
    const next = await worker(1, 1)
    expect(next.handled[0]).toMatchObject({ history: [{ role: 'agent', text: 'One' }] })
    expect(reports.at(-1)).toMatchObject({ type: 'transcript', payload: { ...words, final: true } })
  })

  test('that crashes before it is connected fails to start', async () => {
    const { engine, reports } = rig()
    engine.handle(start)
    const far = await worker()
    far.onerror?.({ message: 'oops' })
    expect(reports).toMatchObject([{ type: 'settled', request: 1, error: { code: 'worker-crashed' } }])
  })

  test('that is told to stop tells nothing more', async () => {
    const { far, engine, types } = await running()
    engine.handle({ type: 'stop' })
    await vi.waitFor(() => expect(far.handled.at(-1)?.type).toBe('stop'))
    await far.page.report({ type: 'stateChanged', state: 'thinking' }, {})
    expect(types()).toEqual(['settled', 'listening', 'abortTools'])
  })

  test('that is told to stop before it was done with something says so', async () => {
    const { engine, reports } = rig()
    engine.handle(start)
    await worker()
    engine.handle({ type: 'stop' })
    expect(reports).toMatchObject([
      { type: 'settled', request: 1, error: { code: 'connection-lost' } },
      { type: 'abortTools' },
    ])
  })
})

describe('An engine that cannot be in a Worker', () => {
  test('is an error of its options, for a model or an extension of your own', () => {
    expect(() => rig(engineWorker(), new Custom() as never)).toThrow(
      expect.objectContaining({ code: 'option-unsupported', option: 'model' }),
    )
    const guard = outputGuard({ check: () => undefined, replacement: () => 'No.' })
    expect(() => rig(engineWorker(), realtime(), [guard])).toThrow(
      expect.objectContaining({ option: 'extensions' }),
    )
  })

  test('is on the page if it may, and says so', () => {
    const thread = engineWorker({ when: 'auto' })
    const { engine, here } = rig(thread, new Custom() as never)
    engine.handle(start)
    expect(here).toEqual([start])
    expect(thread).toMatchObject({ chosen: 'main', reason: { option: 'model' } })
  })

  test('is an error that names what to allow, where Workers are blocked', async () => {
    FakeWorker.blocked = true
    const { engine, reports } = rig()
    engine.handle(start)
    await vi.waitFor(() => expect(reports).toHaveLength(1))
    expect(reports[0]).toMatchObject({ type: 'settled', request: 1, error: { code: 'worker-blocked' } })
    expect((reports[0] as { error: Error }).error.message).toContain('worker-src blob:')
  })

  test('is on the page where Workers are blocked, if it may', async () => {
    FakeWorker.blocked = true
    const thread = engineWorker({ url: '/engine.js', when: 'auto' })
    const { engine, here } = rig(thread)
    engine.handle(start)
    engine.handle({ type: 'interrupt' })
    await vi.waitFor(() => expect(here.map(({ type }) => type)).toEqual(['start', 'interrupt']))
    expect(thread).toMatchObject({ chosen: 'main', reason: { code: 'worker-blocked' } })
  })
})
