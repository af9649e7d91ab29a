import { Engine } from '../../engine/engine.ts'
import type { EngineReport } from '../../engine/messages.ts'
import { confirmInterruptions } from '../../extensions/confirm-interruptions.ts'
import { outputGuard } from '../../extensions/output-guard.ts'
import type { ModelExtension } from '../../providers/extension.ts'
import type { HistoryItem, RealtimeModel } from '../../providers/model.ts'
import { make, type Makers } from './makers.ts'
import { openPagePeer } from './page-peer.ts'
import { connectRemote } from '../remote.ts'
import { closeWorker, onPage } from './worker-scope.ts'
import type { ModelFacts, WorkerSetup, WorkerSide } from '../worker-protocol.ts'

/** A connection that is to end in order gets this long. */
const LINGER_MS = 2000

const extensionMakers: Makers = { outputGuard, confirmInterruptions }

/**
 * Has this Worker be one of an engine's, with the models that these make. It speaks to the page by `Remote`, and to
 * the audio thread by the ports that it is given.
 */
export function serveEngine(models: Makers): void {
  const makers = { ...models, ...extensionMakers }
  onPage((port) => connectRemote(port, (setup) => open(setup as WorkerSetup, makers)))
}

function open(setup: WorkerSetup, makers: Makers): WorkerSide {
  const { page } = setup
  const model = make(makers, setup.model) as RealtimeModel
  const extensions = setup.extensions.map((extension) => make(makers, extension) as ModelExtension)
  const engine = new Engine(
    extensions.reduce((inner, extension) => extension.wrap(inner), model),
    {
      report: (report) => void page.report(onClock(report, setup.timeOrigin), factsOf(model)),
      openPeer: async (setup) => openPagePeer(page, setup),
    },
  )
  mirror(engine.history.items, page.remember)
  const muted = forward(model, page.emit)
  return {
    handle(command) {
      engine.handle(command)
      if (command.type === 'stop') setTimeout(closeWorker, LINGER_MS)
    },
    listen: (event) => void muted.delete(event),
    invoke: (method, args) => void Reflect.apply(Reflect.get(model, method) as () => unknown, model, args),
  }
}

/** What was measured by the Worker's clock, by the page's. */
function onClock(report: EngineReport, timeOrigin: number): EngineReport {
  if (report.type !== 'turnEnded') return report
  const { turn, ...marks } = report.payload
  const moved = Object.entries(marks).map(([mark, at]) => [mark, at + performance.timeOrigin - timeOrigin])
  return { ...report, payload: { turn, ...Object.fromEntries(moved) } }
}

function factsOf(model: RealtimeModel): ModelFacts {
  const facts = ['droppedFrames', 'callId', 'sessionId'].filter((fact) => fact in model)
  return Object.fromEntries(facts.map((fact) => [fact, Reflect.get(model, fact)]))
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
