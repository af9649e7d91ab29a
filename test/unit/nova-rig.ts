import { onTestFinished } from 'vitest'
import type { ToolDeclaration } from '../../src/agent/tool-call.ts'
import type { EngineReport } from '../../src/engine/messages.ts'
import { NovaSonicRealtime, type NovaSonicRealtimeOptions } from '../../src/providers/nova-sonic/index.ts'
import type { PlaybackInput } from '../../src/shared/messages.ts'
import { microphoneFrame } from '../../src/shared/microphone-frame.ts'
import type { NovaSonicConnection, NovaSonicSimulatorOptions } from '../simulators/nova-sonic/index.ts'
import { openEngine } from '../support/engine-host.ts'
import { VirtualMicrophone, VirtualSpeaker } from '../support/virtual-audio.ts'
import { startSimulator } from './nova-client.ts'

const FRAME = 320

/** The route to AWS, or the one over a bridge. */
export type Route = 'direct' | 'bridge'

/** What may be different about a {@link novaRig}. */
export interface NovaRigOptions extends NovaSonicSimulatorOptions {
  readonly route?: Route
  readonly model?: Partial<NovaSonicRealtimeOptions>
  readonly tools?: readonly ToolDeclaration[]
  readonly instructions?: string
}

/** Resolves after so many ms. */
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** The model in a real engine, against the simulator over a real socket; the speaker runs when it is told to. */
export async function novaRig(options: NovaRigOptions = {}) {
  const { route = 'direct', model: own, tools = [], instructions = 'Be a guide.', ...simulation } = options
  const { simulator, url, bridgeUrl } = await startSimulator({ pace: 100, finals: 'sent', ...simulation })
  const access =
    route === 'bridge'
      ? ({ transport: 'bridge', url: bridgeUrl } as const)
      : ({ auth: () => simulator.mintCredentials(), region: 'us-east-1', url } as const)
  const model = new NovaSonicRealtime({ ...access, ...own } as NovaSonicRealtimeOptions)
  const reports: EngineReport[] = []
  const waiting = new Set<() => void>()
  /** What tools give, by name; a tool that is not here does not return. */
  const outputs: Record<string, string> = {}
  const engine = openEngine(model, (report) => {
    reports.push(report)
    for (const check of waiting) check()
    if (report.type !== 'runTool') return
    const { callId, name } = report.call
    const output = outputs[name]
    if (output === undefined) return
    queueMicrotask(() => engine.handle({ type: 'toolFinished', callId, outcome: { ok: true, output } }))
  })
  const speaker = new VirtualSpeaker(model.capabilities.outputRate, engine.settled)
  const microphone = new VirtualMicrophone()
  /** What reached the speaker: ids of items, and `flush`. */
  const written: string[] = []
  const send = speaker.port.postMessage.bind(speaker.port)
  speaker.port.postMessage = (message: unknown) => {
    const input = message as PlaybackInput
    if (input.type === 'audio') written.push(input.itemId)
    if (input.type === 'flush') written.push('flush')
    send(message)
  }
  onTestFinished(engine.end)
  let request = 1

  const of = <Type extends EngineReport['type']>(type: Type): Extract<EngineReport, { type: Type }>[] =>
    reports.filter((report): report is Extract<EngineReport, { type: Type }> => report.type === type)
  /**
   * Resolves when something is so, and the engine has told what else it did at once; looks again whenever it
   * has something to say.
   */
  const until = async (holds: () => boolean): Promise<void> => {
    if (holds()) return engine.settled()
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!holds()) return
        clearInterval(timer)
        waiting.delete(check)
        resolve()
      }
      const timer = setInterval(check, 5)
      waiting.add(check)
    })
    await engine.settled()
  }
  return {
    simulator,
    bridgeUrl,
    model,
    engine,
    speaker,
    microphone,
    written,
    outputs,
    of,
    until,
    states: () => of('stateChanged').map(({ state }) => state),
    state: () => of('stateChanged').at(-1)?.state,
    transcripts: () => {
      const last = new Map(of('transcript').map(({ payload }) => [payload.id, payload]))
      return [...last.values()]
    },
    start: async (): Promise<NovaSonicConnection> => {
      engine.handle({ type: 'start', request, instructions, tools, onLocalSpeech: 'off' })
      engine.handle({ type: 'attachSpeaker', port: speaker.port })
      engine.handle({ type: 'attachMicrophone', port: microphone.port })
      const mine = request++
      await until(() => of('settled').some((settled) => settled.request === mine))
      return simulator.connection()
    },
    type: (text: string): void =>
      engine.handle({ type: 'sendMessage', request: request++, message: { text } }),
    /** Gives the microphone's samples at once, at 16 kHz. Resolves when the engine has taken them. */
    say: async (pcm: Int16Array): Promise<void> => {
      // Commands take another way than sound does.
      await engine.settled()
      const hear = microphone.port.onmessage as ((event: { data: ArrayBuffer }) => void) | null
      for (let at = 0; at + FRAME <= pcm.length; at += FRAME) {
        const { buffer, samples } = microphoneFrame(FRAME)
        samples.set(pcm.subarray(at, at + FRAME))
        hear?.({ data: buffer })
      }
      await engine.settled()
    },
    /** Plays until the engine shows a state. */
    playUntil: async (holds: () => boolean): Promise<number> => {
      let loudest = 0
      while (!holds()) {
        loudest = Math.max(loudest, await speaker.play(50))
        await pause(1)
      }
      return loudest
    },
  }
}
