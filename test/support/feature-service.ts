import type { RealtimeModel } from '../../src/providers/model.ts'
import { GeminiRealtime } from '../../src/providers/gemini/index.ts'
import { NovaSonicRealtime } from '../../src/providers/nova-sonic/index.ts'
import { OpenAIRealtime } from '../../src/providers/openai/index.ts'
import type { FaultPlan } from '../simulators/fault-plan.ts'
import { lastQuestion, outputText, textOf as geminiText } from '../simulators/gemini/conversation.ts'
import { createGeminiSimulator, type GeminiConnection, type Json } from '../simulators/gemini/index.ts'
import { declarationsOf } from '../simulators/gemini/setup.ts'
import { createNovaSonicSimulator, type NovaSonicConnection } from '../simulators/nova-sonic/index.ts'
import { createOpenAISimulator, type OpenAIConnection } from '../simulators/openai/index.ts'
import { textOf as openAIText, type WireItem } from '../simulators/openai/conversation.ts'
import { joinPcm } from '../simulators/pcm.ts'
import { actOn } from './feature-script.ts'
import type { Provider } from './feature-table.ts'

/** Ms of audio for each ms that passes. */
const PACE = 60

/** Something that a service knows was said or done. */
export interface Known {
  readonly role: 'user' | 'agent' | 'tool'
  readonly text: string
}

/** How a model is to be. */
export interface Wishes {
  readonly pushToTalk?: boolean
  /** Whether the model waits for its tools, where that can be chosen. */
  readonly waits?: boolean
}

/** A simulated service, as far as all of them are alike. */
export interface Service {
  /** Makes a model that talks to it. */
  model(wishes?: Wishes): RealtimeModel
  /** What the latest connection knows of the agent. */
  readonly instructions: string
  readonly tools: readonly string[]
  /** What the latest connection knows was said and done. */
  readonly known: readonly Known[]
  /** How many pictures it was shown. */
  readonly images: number
  /** All that it was given to hear, in order: PCM16. */
  heard(): Int16Array
  /** How many connections there were. */
  connections(): number
  /** Whether it wrote that, as what it says. */
  wrote(text: string): boolean
  /** What no client may send. */
  violations(): readonly unknown[]
  /** Says what goes wrong on the next connection. */
  plan(plan: FaultPlan): void
  /** Breaks the latest connection. */
  drop(): void
  close(): Promise<void>
}

/** Starts the simulator of a provider. @param said What is understood of a voice. */
export async function startService(provider: Provider, said: () => string): Promise<Service> {
  if (provider === 'gemini') return startGemini(said)
  if (provider === 'nova-sonic') return startNova(said)
  return startOpenAI(said, provider === 'openai-webrtc' ? 'webrtc' : 'websocket')
}

async function startOpenAI(said: () => string, transport: 'webrtc' | 'websocket'): Promise<Service> {
  const simulator = createOpenAISimulator({
    pace: PACE,
    transcribe: said,
    reply: ({ items, responseInstructions }) => {
      // Pictures that a tool gave stand in the user's place, and ask for nothing.
      const asked = items.findLastIndex(
        ({ wire }) =>
          wire.type === 'message' && wire.role === 'user' && !openAIText(wire).startsWith('Result of'),
      )
      const outputs = items.slice(asked + 1).flatMap(({ wire }) => (isOutput(wire) ? [openAIText(wire)] : []))
      const question = items[asked]
      const act = actOn({
        text: responseInstructions ?? (question ? openAIText(question.wire) : ''),
        outputs: responseInstructions === undefined ? outputs : [],
      })
      return {
        items:
          'say' in act
            ? [{ type: 'message', text: act.say }]
            : act.calls.map((call) => ({
                type: 'function_call',
                name: call.name,
                arguments: JSON.stringify(call.arguments),
              })),
      }
    },
  })
  const { url, httpUrl } = await simulator.listen()
  const { connections } = simulator
  const latest = (): OpenAIConnection | undefined => connections.at(-1)
  return {
    ...shared(connections),
    model: ({ pushToTalk } = {}) =>
      new OpenAIRealtime({
        auth: () => simulator.mintToken(),
        model: 'gpt-realtime-2.1',
        transport,
        url: transport === 'webrtc' ? `${httpUrl}/calls` : url,
        ...(pushToTalk && { turnDetection: null }),
      }),
    get instructions() {
      return latest()?.config.instructions ?? ''
    },
    get tools() {
      return latest()?.config.tools.map((tool) => String((tool as { name?: string }).name)) ?? []
    },
    get known() {
      return known(
        latest()?.history.map(({ wire }) => ({
          role: isOutput(wire) ? 'tool' : wire.type === 'message' && wire.role === 'user' ? 'user' : 'agent',
          text: wire.type === 'function_call' ? '' : openAIText(wire),
        })),
      )
    },
    get images() {
      const parts = latest()?.history.flatMap(({ wire }) => (wire.type === 'message' ? wire.content : []))
      return parts?.filter(({ type }) => type === 'input_image').length ?? 0
    },
    plan: (plan) => simulator.nextConnection(plan),
    close: () => simulator.close(),
  }
}

function isOutput(wire: WireItem): boolean {
  return wire.type === 'function_call_output'
}

async function startGemini(said: () => string): Promise<Service> {
  const simulator = createGeminiSimulator({
    pace: PACE,
    // Slow enough that there is something to interrupt.
    playback: 3,
    transcribe: said,
    reply: ({ contents }) => {
      const asked = lastQuestion(contents)
      const question = contents[asked]
      const outputs = contents
        .slice(asked + 1)
        .flatMap(({ parts = [] }) =>
          parts.flatMap(({ functionResponse }) =>
            functionResponse ? [geminiOutput(functionResponse.response)] : [],
          ),
        )
      const act = actOn({ text: question ? geminiText(question) : '', outputs })
      return {
        items:
          'say' in act
            ? [{ type: 'speech', text: act.say }]
            : act.calls.map(({ name, arguments: args }) => ({ type: 'call', name, args: { ...args } })),
      }
    },
  })
  const { url } = await simulator.listen()
  const { connections } = simulator
  const latest = (): GeminiConnection | undefined => connections.at(-1)
  return {
    ...shared(connections),
    model: ({ pushToTalk, waits } = {}) =>
      new GeminiRealtime({
        auth: () => simulator.mintToken(),
        model: 'gemini-3.8-live',
        url,
        ...(waits && { toolBehavior: 'BLOCKING' }),
        ...(pushToTalk && { turnDetection: null }),
      }),
    get instructions() {
      return latest()?.setup?.systemInstruction?.parts?.[0]?.text ?? ''
    },
    get tools() {
      return declarationsOf(latest()?.setup?.tools).map(({ name }) => name)
    },
    get known() {
      return known(
        latest()?.conversation.map((content) => {
          const [response] = content.parts?.flatMap(({ functionResponse }) => functionResponse ?? []) ?? []
          if (response) return { role: 'tool', text: outputText(response.response) }
          return { role: content.role === 'model' ? 'agent' : 'user', text: geminiText(content) }
        }),
      )
    },
    get images() {
      const shown = latest()?.conversation.flatMap(({ parts = [] }) =>
        parts.filter((part) => part.inlineData),
      )
      return (latest()?.images.length ?? 0) + (shown?.length ?? 0)
    },
    plan: (plan) => simulator.nextConnection(plan),
    close: () => simulator.close(),
  }
}

async function startNova(said: () => string): Promise<Service> {
  const simulator = createNovaSonicSimulator({
    pace: PACE,
    finals: 'sent',
    transcribe: said,
    reply: ({ text, outputs }) => {
      const act = actOn({ text, outputs: outputs.map(unwrapped) })
      return 'say' in act
        ? [{ type: 'message', text: act.say }]
        : act.calls.map((call) => ({
            type: 'tool',
            name: call.name,
            arguments: JSON.stringify(call.arguments),
          }))
    },
  })
  const { url } = await simulator.listen()
  const { connections } = simulator
  const latest = (): NovaSonicConnection | undefined => connections.at(-1)
  return {
    ...shared(connections),
    model: () => new NovaSonicRealtime({ auth: () => simulator.mintCredentials(), region: 'us-east-1', url }),
    get instructions() {
      return latest()?.instructions ?? ''
    },
    get tools() {
      return latest()?.prompt?.tools.map(({ name }) => name) ?? []
    },
    get known() {
      return known(
        latest()?.conversation.map((item) => {
          if (item.type === 'tool') return { role: 'tool', text: item.output ?? '' }
          return { role: item.role === 'USER' ? 'user' : 'agent', text: item.text }
        }),
      )
    },
    images: 0,
    plan: (plan) => simulator.nextConnection(plan),
    close: () => simulator.close(),
  }
}

/** An error is told as one. */
function geminiOutput(response: Json): string {
  return response.error === undefined ? outputText(response) : JSON.stringify(response)
}

/** A tool's result is an object there: a text is one with a single field. */
function unwrapped(output: string): string {
  const value = JSON.parse(output) as { readonly result?: unknown }
  return typeof value.result === 'string' ? value.result : output
}

/** What services call the events in which they write what they say. */
const TRANSCRIPT = /transcript|transcription|textOutput/i

interface Connection {
  readonly sent: readonly { readonly message: { readonly type: string } }[]
  readonly audio: Int16Array
  readonly violations: readonly unknown[]
  drop(): void
}

/** What all connections have. */
function shared(all: readonly Connection[]) {
  return {
    heard: () => joinPcm(all.map(({ audio }) => audio)),
    connections: () => all.length,
    wrote: (text: string) =>
      all.some(({ sent }) =>
        sent.some(({ message }) => TRANSCRIPT.test(message.type) && JSON.stringify(message).includes(text)),
      ),
    violations: () => all.flatMap(({ violations }) => violations),
    drop: () => all.at(-1)?.drop(),
  }
}

/** Only what has words. */
function known(items: readonly Known[] = []): Known[] {
  return items.filter(({ text }) => text !== '')
}
