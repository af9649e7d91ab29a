/*
 * The engine's Worker: one script with every model, so that none of them has to be loaded there. It speaks
 * to the page by `Remote`, and to the audio thread by the ports that it is given.
 */
import { Engine } from '../engine/engine.ts'
import { confirmInterruptions } from '../extensions/confirm-interruptions.ts'
import { outputGuard } from '../extensions/output-guard.ts'
import { GeminiRealtime } from '../providers/gemini/gemini-realtime.ts'
import type { HistoryItem, RealtimeModel } from '../providers/model.ts'
import { NovaSonicRealtime } from '../providers/nova-sonic/nova-sonic-realtime.ts'
import { azure } from '../providers/openai/azure.ts'
import { OpenAILive } from '../providers/openai/live/openai-live.ts'
import { OpenAIRealtime } from '../providers/openai/openai-realtime.ts'
import { xai } from '../providers/openai/xai.ts'
import { Remote, type RemotePort } from './remote.ts'
import type { ModelFacts, WorkerReady, WorkerSetup, WorkerSide } from './worker-protocol.ts'

/** A connection that is to end in order gets this long. */
const LINGER_MS = 2000

/** By the name of its recipe. */
const makers: Readonly<Record<string, (options: never) => unknown>> = {
  OpenAIRealtime: (options) => new OpenAIRealtime(options),
  OpenAILive: (options) => new OpenAILive(options),
  GeminiRealtime: (options) => new GeminiRealtime(options),
  NovaSonicRealtime: (options) => new NovaSonicRealtime(options),
  azure,
  xai,
  outputGuard,
  confirmInterruptions,
}

const port = globalThis as unknown as RemotePort & { close(): void }

new Remote(
  port,
  (setup) => open(setup as WorkerSetup),
  (name, options) => makers[name]?.(options as never),
).open()
port.postMessage({ timeOrigin: performance.timeOrigin } satisfies WorkerReady, [])

function open({ model, extensions, page }: WorkerSetup): WorkerSide {
  const engine = new Engine(
    extensions.reduce((inner, extension) => extension.wrap(inner), model),
    {
      report: (report) => void page.report(report, factsOf(model)),
      openPeer: async (setup) => {
        const { offer, accept, send } = await page.openPeer(setup)
        let maxMessageBytes = 0
        let bufferedAmount = 0
        return {
          offer,
          get maxMessageBytes() {
            return maxMessageBytes
          },
          get bufferedAmount() {
            return bufferedAmount
          },
          async accept(answer) {
            maxMessageBytes = await accept(answer)
          },
          send: (text) => void take(text),
        }
        async function take(text: string): Promise<void> {
          bufferedAmount = await send(text)
        }
      },
    },
  )
  mirror(engine.history.items, page.remember)
  const muted = forward(model, page.emit)
  return {
    handle(command) {
      engine.handle(command)
      if (command.type === 'stop') setTimeout(() => port.close(), LINGER_MS)
    },
    listen: (event) => void muted.delete(event),
    invoke: (method, args) => void Reflect.apply(Reflect.get(model, method) as () => unknown, model, args),
  }
}

function factsOf(model: RealtimeModel): ModelFacts {
  const { droppedFrames, callId, sessionId } = model as RealtimeModel & ModelFacts
  return { droppedFrames, callId, sessionId }
}

/** Lets the page know what would be lost with this Worker. */
function mirror(items: Map<string, HistoryItem>, remember: WorkerSetup['page']['remember']): void {
  const changed = new Map<string, HistoryItem>()
  const set = items.set.bind(items)
  const clear = items.clear.bind(items)
  items.set = (id, item) => {
    if (changed.size === 0) {
      queueMicrotask(() => {
        void remember([...changed])
        changed.clear()
      })
    }
    changed.set(id, item)
    return set(id, item)
  }
  items.clear = () => {
    changed.clear()
    void remember()
    clear()
  }
}

/** Tells the page's model what this one tells, as long as somebody listens there. */
function forward(model: RealtimeModel, tell: WorkerSetup['page']['emit']): Set<string> {
  const muted = new Set<string>()
  const emit = Reflect.get(model, 'emit') as (event: string, payload: unknown) => boolean
  Reflect.set(model, 'emit', (event: string, payload: unknown) => {
    const isHeard = emit.call(model, event, payload)
    if (!muted.has(event)) {
      void tell(event, payload).then((heard) => {
        if (!heard) muted.add(event)
      })
    }
    return isHeard
  })
  return muted
}
