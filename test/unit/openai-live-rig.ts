import { onTestFinished, vi } from 'vitest'
import type { ToolDeclaration } from '../../src/agent/tool-call.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import type { PeerLink, PeerSetup } from '../../src/providers/peer-link.ts'
import { OpenAILive } from '../../src/providers/openai/live/openai-live.ts'
import type { LiveOffer, OpenAILiveOptions } from '../../src/providers/openai/live/options.ts'
import { GateSpeaker } from './openai-live-speaker.ts'

const CONTEXT_RATE = 48_000
const QUANTUM_MS = 10

type Message = Readonly<Record<string, unknown>> & { readonly type: string }

/** The page's end of a call: what the model sends is kept, and what it gets is said by hand. */
export class HandPeer {
  readonly setup: PeerSetup
  readonly sent: Message[] = []
  answer: string | undefined
  ended = false

  constructor(setup: PeerSetup) {
    this.setup = setup
    setup.signal.addEventListener('abort', () => (this.ended = true))
  }

  get link(): PeerLink {
    return {
      offer: 'v=0 offer',
      bufferedAmount: 0,
      maxMessageBytes: 262_144,
      accept: async (answer) => {
        this.answer = answer
        return Promise.resolve()
      },
      send: (text) => this.sent.push(JSON.parse(text) as Message),
    }
  }

  say(message: Message): void {
    this.setup.onMessage(JSON.stringify(message))
  }

  get sentTypes(): string[] {
    return this.sent.map(({ type }) => type)
  }
}

/** What may be different about a {@link liveRig}. */
export interface LiveRigOptions extends Partial<OpenAILiveOptions> {
  readonly agentTools?: readonly ToolDeclaration[]
}

/** A Live model in a real engine, with the real gate of the speaker, on a clock that the test moves. */
export function liveRig({ agentTools = [], ...options }: LiveRigOptions = {}) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const offers: LiveOffer[] = []
  const model = new OpenAILive({
    model: 'gpt-live-1.1',
    negotiate: async (_, details) => {
      offers.push(details)
      return Promise.resolve({ sdp: 'v=0 answer', sessionId: `live_${offers.length}` })
    },
    ...options,
  })
  const peers: HandPeer[] = []
  const reports: EngineReport[] = []
  const engine = new Engine(model, {
    report: (report) => {
      reports.push(report)
      if (report.type !== 'runTool') return
      const outcome = { ok: true, output: `{"echo":${report.call.arguments}}` }
      queueMicrotask(() => engine.handle({ type: 'toolFinished', callId: report.call.callId, outcome }))
    },
    openPeer: async (setup) => {
      const peer = new HandPeer(setup)
      peers.push(peer)
      return Promise.resolve(peer.link)
    },
  })
  const speaker = new GateSpeaker(CONTEXT_RATE)
  const of = <Type extends EngineReport['type']>(type: Type): Extract<EngineReport, { type: Type }>[] =>
    reports.filter((report): report is Extract<EngineReport, { type: Type }> => report.type === type)
  let loudest = 0
  const render = (voice: number): void => {
    const input = new Float32Array((CONTEXT_RATE * QUANTUM_MS) / 1000).fill(voice)
    for (const sample of speaker.render(input)) loudest = Math.max(loudest, Math.abs(sample))
  }
  /** Lets time pass on the clock and on the audio thread, with a voice of that amplitude on the track. Gives the loudest that was heard. */
  const pass = async (ms: number, voice = 0): Promise<number> => {
    loudest = 0
    for (let passed = 0; passed < ms; passed += QUANTUM_MS) {
      render(voice)
      await vi.advanceTimersByTimeAsync(QUANTUM_MS)
    }
    return loudest
  }
  const peer = (): HandPeer => {
    const latest = peers.at(-1)
    if (!latest) throw new Error('No peer connection was asked for.')
    return latest
  }
  let origin = 0
  const started = async (session: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    await vi.advanceTimersByTimeAsync(0)
    origin = performance.now()
    peer().say({ type: 'session.started', session: { id: `live_${peers.length}`, ...session } })
    await vi.advanceTimersByTimeAsync(0)
  }
  const start = async (session: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    engine.handle({
      type: 'start',
      request: 1,
      instructions: 'Be brief.',
      tools: agentTools,
      onLocalSpeech: 'off',
    })
    engine.handle({ type: 'attachSpeaker', port: speaker.port })
    await started(session)
  }
  /** One side speaks for a while: a word each 250 ms; over the agent's, its voice is on the track. */
  const talk = async (side: 'input' | 'output', text: string, voice = side === 'output' ? 0.5 : 0) => {
    for (const word of text.split(/(?= )/)) {
      const start_ms = performance.now() - origin
      peer().say({ type: `session.${side}_transcript.delta`, delta: word, start_ms, end_ms: start_ms + 250 })
      await pass(250, voice)
    }
  }
  return {
    model,
    engine,
    offers,
    peers,
    reports,
    of,
    pass,
    peer,
    start,
    started,
    talk,
    states: () => of('stateChanged').map(({ state }) => state),
    /** The latest of each transcript. */
    transcripts: () => {
      const latest = new Map(of('transcript').map(({ payload }) => [payload.id, payload]))
      return [...latest.values()].map(({ role, text, heardText, final }) => ({
        role,
        text,
        heardText,
        final,
      }))
    },
  }
}
