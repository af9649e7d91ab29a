import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises'
import { RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime'
import { onTestFinished, vi } from 'vitest'
import type { ToolDeclaration } from '../../src/agent/tool-call.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import { OpenAIRealtime } from '../../src/providers/openai/index.ts'
import { microphoneFrame } from '../../src/shared/microphone-frame.ts'
import {
  createOpenAISimulator,
  type OpenAIConnection,
  type Reply,
  type Turn,
} from '../simulators/openai/index.ts'
import { openEngine } from './engine-host.ts'
import { VirtualMicrophone, VirtualSpeaker } from './virtual-audio.ts'

const RATE = 24_000
const FRAME = 480
const QUIET_MS = 100
const TRIES = 2000
const MODEL = 'gpt-realtime-2.1'
const INSTRUCTIONS = 'Be brief.'
const WEATHER = {
  name: 'weather',
  description: 'The weather in a city.',
  parameters: {
    type: 'object' as const,
    properties: { city: { type: 'string' as const } },
    required: ['city'],
    additionalProperties: false as const,
  },
} satisfies ToolDeclaration

/** How a client is set up, and what it talks to. */
export interface ClientSetup {
  /** Whether turns are found by `server_vad`, with a pause of a second; otherwise as the client has it. */
  readonly serverVad: boolean
  /** How late every server event is, ms. */
  readonly delayMs: number
  readonly reply: (turn: Turn) => Reply
  /** Runs the tool `weather`. */
  readonly weather: (city: string, client: OpenAIClient) => Promise<string>
}

/** A client of OpenAI's, connected to a simulator of its own. */
export interface OpenAIClient {
  /** Every connection that it made. */
  readonly connections: readonly OpenAIConnection[]
  /** Errors that the application was told of. */
  readonly errors: readonly unknown[]
  /** The user types. It is an error like any other if that is refused. */
  type(text: string): void
  /** The user speaks: PCM16 at 24 kHz, as fast as it is taken. */
  speak(pcm: Int16Array): Promise<void>
  /** The application stops the answer. */
  interrupt(): void
  /** The user hears that much of the answer, ms. */
  hear(ms: number): Promise<void>
  /** The speaker runs on, to the end of what is under way: it fades out if it was told to. */
  fade(): Promise<void>
  /** Resolves when the client has handled so many server events of a type, over all connections. */
  handled(type: string, count?: number): Promise<void>
  /** Resolves when the client has sent nothing for a while. */
  quiet(): Promise<void>
}

type Received = { readonly type: string }[]

/**
 * Starts vivavoce's own client, until the test is over: its model and its engine, with a speaker and a
 * microphone that run when they are told to.
 */
export async function startOurs(setup: ClientSetup): Promise<OpenAIClient> {
  const { simulator, url, received, rest } = await startSimulator(setup)
  const model = new OpenAIRealtime({
    auth: () => simulator.mintToken(),
    model: MODEL,
    url,
    ...(setup.serverVad && { turnDetection: { type: 'server_vad', silenceDurationMs: 1000 } }),
  })
  model.on('serverEvent', (event) => received.push(event))
  const reports: EngineReport[] = []
  let sequenceNumber = 0
  const engine = openEngine(model, (report) => {
    reports.push(report)
    if (report.type !== 'runTool') return
    const { callId, arguments: args } = report.call
    void setup.weather(cityIn(args), client).then((output) => {
      engine.handle({ type: 'toolFinished', callId, outcome: { output, ok: true } })
    })
  })
  onTestFinished(engine.end)
  const speaker = new VirtualSpeaker(RATE, engine.settled)
  const microphone = new VirtualMicrophone()
  engine.handle({
    type: 'start',
    request: 0,
    instructions: INSTRUCTIONS,
    tools: [WEATHER],
    onLocalSpeech: 'duck',
  })
  engine.handle({ type: 'attachSpeaker', port: speaker.port })
  engine.handle({ type: 'attachMicrophone', port: microphone.port })
  await until(() => reports.some(({ type }) => type === 'settled'), 'It does not connect.')
  const client: OpenAIClient = {
    ...rest,
    get errors() {
      return reports.filter(({ type }) => type === 'error' || type === 'lost')
    },
    type: (text) => engine.handle({ type: 'sendMessage', request: 1, message: { text } }),
    interrupt: () => engine.handle({ type: 'interrupt' }),
    speak: async (pcm) => {
      for (const samples of framesOf(pcm)) {
        const frame = microphoneFrame(FRAME)
        frame.samples.set(samples)
        frame.header[0] = sequenceNumber++
        const take = microphone.port.onmessage as ((event: { data: ArrayBuffer }) => void) | null
        take?.({ data: frame.buffer })
        await nextTick()
      }
      await engine.settled()
    },
    hear: async (ms) => void (await speaker.play(ms)),
    fade: async () => void (await speaker.play(20)),
  }
  return client
}

/**
 * Starts OpenAI's own client, until the test is over. Where the user is in an answer it reads off the wall clock, which stands still here but
 * for what `hear` makes of it: it runs `lagMs` ahead of the speaker.
 */
export async function startTheirs(setup: ClientSetup, lagMs: number): Promise<OpenAIClient> {
  const { simulator, url, received, rest } = await startSimulator(setup)
  const agent = new RealtimeAgent({
    name: 'agent',
    instructions: INSTRUCTIONS,
    tools: [
      tool({
        ...WEATHER,
        strict: true,
        execute: (input) => setup.weather(String((input as { city?: unknown }).city), client),
      }),
    ],
  })
  const turnDetection = { type: 'server_vad', silenceDurationMs: 1000 } as const
  const session = new RealtimeSession(agent, {
    transport: 'websocket',
    model: MODEL,
    ...(setup.serverVad && { config: { audio: { input: { turnDetection } } } }),
  })
  let clock = Date.now()
  const now = vi.spyOn(Date, 'now').mockImplementation(() => clock)
  onTestFinished(() => {
    now.mockRestore()
    session.close()
  })
  const errors: unknown[] = []
  session.on('error', (error) => errors.push(error))
  session.on('transport_event', (event) => received.push(event))
  await session.connect({ apiKey: simulator.mintToken().token, url: `${url}?model=${MODEL}` })
  // The session, and then its tracing.
  await rest.handled('session.updated', 2)
  const client: OpenAIClient = {
    ...rest,
    errors,
    type: (text) => {
      try {
        session.sendMessage(text)
      } catch (error) {
        errors.push(error)
      }
    },
    interrupt: () => session.interrupt(),
    speak: async (pcm) => {
      for (const samples of framesOf(pcm)) {
        session.sendAudio(samples.slice().buffer)
        await nextTick()
      }
    },
    hear: async (ms) => void (clock += ms + lagMs),
    fade: async () => {},
  }
  return client
}

async function startSimulator({ delayMs, reply }: ClientSetup) {
  const simulator = createOpenAISimulator({ pace: 2, lateDeltas: 0, reply })
  onTestFinished(() => simulator.close())
  simulator.nextConnection({ delayMs })
  const { url } = await simulator.listen()
  const received: Received = []
  const handled = (type: string, count = 1): Promise<void> =>
    until(
      () => received.filter((event) => event.type === type).length >= count,
      `${type} did not come ${count} times.`,
    )
  const { connections } = simulator
  const sent = (): number => connections.reduce((sum, { received }) => sum + received.length, 0)
  const quiet = async (): Promise<void> => {
    for (let before = -1; before !== sent();) {
      before = sent()
      await sleep(QUIET_MS)
    }
  }
  return { simulator, url, received, rest: { connections, handled, quiet } }
}

function framesOf(pcm: Int16Array): Int16Array<ArrayBuffer>[] {
  return Array.from({ length: Math.ceil(pcm.length / FRAME) }, (_, i) => {
    const frame = new Int16Array(FRAME)
    frame.set(pcm.subarray(i * FRAME, (i + 1) * FRAME))
    return frame
  })
}

function cityIn(args: string): string {
  return String((JSON.parse(args) as { city?: unknown }).city)
}

/** Polls without a clock: that of the process is not to be trusted here. */
async function until(isDone: () => boolean, otherwise: string): Promise<void> {
  for (let tries = 0; !isDone(); tries++) {
    if (tries > TRIES) throw new Error(otherwise)
    await sleep(5)
  }
}
