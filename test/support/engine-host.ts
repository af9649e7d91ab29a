import { inject, vi } from 'vitest'
import { Engine, type EngineHost } from '../../src/engine/engine.ts'
import type { EngineThread } from '../../src/engine/engine-thread.ts'
import type { EngineCommand, EngineLike } from '../../src/engine/messages.ts'
import type { ModelExtension } from '../../src/providers/extension.ts'
import type { RealtimeModel } from '../../src/providers/model.ts'
import type { MessagePortLike } from '../../src/shared/messages.ts'
import { engineWorker } from '../../src/worker/engine-worker.ts'
import { NodeWorker } from './node-worker.ts'
import { settled } from './virtual-audio.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the engines of a project's tests run. */
    engineHost: 'page' | 'worker'
  }
}

/** Where engines run: on the page, or in Workers. */
export const host: 'page' | 'worker' = inject('engineHost')

/** An engine on the host that is asked for. */
export interface HostedEngine extends EngineLike {
  /** If it runs on the page. */
  readonly here?: Engine
  /** Resolves when all that it was told and given was handled, and what it did at once has arrived. */
  readonly settled: () => Promise<void>
  /** Lets so much time pass on a clock that stands still: see `clockStandsStill`. */
  readonly pass: (ms: number) => Promise<void>
  /** Ends the conversation, and the Worker. Rejects with what nobody caught in there. */
  readonly end: () => Promise<void>
}

/** What may be different about a {@link HostedEngine}. */
export interface HostedEngineOptions {
  readonly host?: 'page' | 'worker'
  readonly extensions?: readonly ModelExtension[]
  readonly openPeer?: EngineHost['openPeer']
}

/** Makes an engine for a model. The plain ports that it is given may be patched, before and after. */
export function openEngine(
  model: RealtimeModel,
  report: EngineHost['report'],
  { host: where = host, extensions = [], openPeer = noPeer }: HostedEngineOptions = {},
): HostedEngine {
  const listener: EngineHost = { report, openPeer }
  if (where === 'worker') return openInWorker(model, listener, extensions)
  const wrapped = extensions.reduce((inner, extension) => extension.wrap(inner), model)
  const engine = new Engine(wrapped, listener)
  return {
    here: engine,
    handle: (command) => engine.handle(command),
    settled,
    pass: async (ms) => void (await vi.advanceTimersByTimeAsync(ms)),
    end: async () => engine.handle({ type: 'stop' }),
  }
}

/** What a pipeline is to be given for it: nothing on the page. */
export function engineThread(): { readonly thread?: EngineThread } {
  if (host === 'page') return {}
  installWorker()
  return { thread: engineWorker() }
}

function installWorker(): void {
  Object.assign(globalThis, { Worker: NodeWorker })
}

function openInWorker(
  model: RealtimeModel,
  listener: EngineHost,
  extensions: readonly ModelExtension[],
): HostedEngine {
  installWorker()
  const workers: NodeWorker[] = []
  const page = {
    options: { extensions },
    audio: { attachMicrophone: () => {}, attachSpeaker: async () => {} },
    life: new AbortController(),
  }
  const engine = engineWorker().open(page, model, listener, () => {
    throw new Error('It was to run in a Worker.')
  })
  const handle = (command: EngineCommand): void => {
    NodeWorker.crew.run(workers, () => engine.handle('port' in command ? reachable(command) : command))
  }
  return {
    handle,
    settled: async () => workersSettled(workers),
    pass: async (ms) => void (await Promise.all(workers.map(async (worker) => worker.pass(ms)))),
    end: async () => {
      handle({ type: 'stop' })
      await workersSettled(workers)
      await endWorkers(workers)
    },
  }
}

/** Resolves when all that Workers were sent was handled, and what they did at once has arrived. */
export async function workersSettled(workers: readonly NodeWorker[]): Promise<void> {
  await settled()
  await Promise.all(workers.map(async (worker) => worker.settled()))
  await settled()
}

/** Ends Workers; rejects with what nobody caught in there. */
export async function endWorkers(workers: readonly NodeWorker[]): Promise<void> {
  await Promise.all(workers.map(async (worker) => worker.ended()))
  const faults = workers.flatMap((worker) => worker.faults)
  if (faults.length > 0) throw new Error(`In a Worker: ${faults.join('\n')}`)
}

/**
 * A port that goes to another thread, for one that cannot. What is done to the plain one, and by it, while
 * they are joined is done as it comes.
 */
export function bridge(near: MessagePortLike): MessagePortLike {
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = ({ data }: MessageEvent<unknown>) => near.postMessage(data)
  port1.addEventListener('close', () => near.close())
  near.onmessage = ({ data }: { readonly data: unknown }) => port1.postMessage(data)
  return port2
}

function reachable<Command extends EngineCommand & { readonly port: MessagePortLike }>(
  command: Command,
): Command {
  return { ...command, port: bridge(command.port) }
}

const noPeer: EngineHost['openPeer'] = async () => Promise.reject(new Error('There is no page.'))
