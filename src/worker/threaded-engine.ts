import { ConnectionError, type VivaVoceError } from '../core/errors.ts'
import type { ToolCall } from '../agent/tool-call.ts'
import type { EngineHost } from '../engine/engine.ts'
import { stopped } from '../engine/model-connection.ts'
import type { ThreadPage } from '../engine/engine-thread.ts'
import type { EngineCommand, EngineLike, EngineReport, Transcript } from '../engine/messages.ts'
import type { HistoryItem, RealtimeModel } from '../providers/model.ts'
import { ModelFace } from './model-face.ts'
import { connectRemote } from './remote.ts'
import { startWorker } from './start-worker.ts'
import type { ModelFacts, PageSide, RemoteWorker, WorkerHandle, WorkerRecipes } from './worker-protocol.ts'

type Start = Extract<EngineCommand, { type: 'start' }>

/** What a {@link ThreadedEngine} works with. */
export interface ThreadedEngineSetup {
  readonly model: RealtimeModel
  readonly recipes: WorkerRecipes
  readonly page: ThreadPage
  readonly host: EngineHost
  readonly url: string | undefined
  /** Makes an engine on the page, because of this error, or throws it. */
  readonly makeOnPage: (error: Error) => EngineLike
  readonly onStarted: () => void
}

/** A model, from its inside. */
interface Teller {
  /** @returns Whether anybody listens. */
  emit(event: string, payload: unknown): boolean
}

/** A Worker, or what took its place. */
interface Link {
  engine: Promise<EngineLike | RemoteWorker>
  /** Ends a Worker that is there. */
  end?: (reason: VivaVoceError) => void
}

/** An engine in a Worker, one for each conversation, and another one when that crashes. */
export class ThreadedEngine implements EngineLike {
  readonly #setup: ThreadedEngineSetup
  readonly #face: ModelFace
  #link: Link | undefined
  #start: Start | undefined
  /** What the Worker has not answered yet. */
  readonly #requests = new Map<number, EngineCommand>()
  /** What would be lost with the Worker. */
  readonly #history = new Map<string, HistoryItem>()
  /** Answers that are not heard to their end. */
  readonly #spoken = new Map<string, Transcript>()
  readonly #tools = new Map<string, ToolCall>()
  /** The crash that is being made good. */
  #crash: { readonly error: VivaVoceError; readonly at: number } | undefined

  constructor(setup: ThreadedEngineSetup) {
    this.#setup = setup
    this.#face = new ModelFace(setup.model, () => this.#link?.engine)
  }

  handle(command: EngineCommand): void {
    switch (command.type) {
      case 'start':
        this.#start = command
        this.#history.clear()
        break
      case 'updateAgent':
        if (this.#start) this.#start = { ...this.#start, ...command.agent }
        break
      case 'toolFinished':
        // A new Worker is told with the history.
        if (this.#finishTool(command)) return
        break
      case 'stop':
        return this.#stop()
    }
    // A conversation that is not begun, or over, has no use for anything else.
    if (!this.#link && !this.#crash && !/^(start|attach)/.test(command.type)) return
    if ('request' in command) this.#requests.set(command.request, command)
    // Without a Worker after a crash it waits: what has an answer is sent when there is one.
    if (this.#link || !this.#crash) this.#send(command)
  }

  #send(command: EngineCommand): void {
    const link = (this.#link ??= this.#open())
    link.engine
      .then(async (engine) => engine.handle(command))
      .catch((error: VivaVoceError) => {
        if (link !== this.#link) return
        if (link.end) this.#recover(error.message)
        else this.#fail(error)
      })
  }

  #open(): Link {
    const { model, recipes, url, makeOnPage, onStarted } = this.#setup
    const link = {} as Link
    const open = async (worker: WorkerHandle): Promise<RemoteWorker> => {
      if (link !== this.#link) worker.terminate()
      else onStarted()
      const remote = connectRemote(worker)
      link.end = (reason) => {
        worker.terminate()
        remote.close(reason)
      }
      worker.onerror = worker.onmessageerror = (event: Event) => {
        if (link === this.#link) this.#recover((event as Partial<ErrorEvent>).message ?? event.type)
      }
      const { timeOrigin } = performance
      return remote.call(0, { ...recipes, timeOrigin, page: this.#page(link) }) as Promise<RemoteWorker>
    }
    link.engine = startWorker(model, url).then(open, (error: Error) => {
      // Not in the middle of a conversation: nothing would be left of what was there.
      if (this.#crash) throw error
      return makeOnPage(error)
    })
    return link
  }

  #page(link: Link): PageSide {
    const { model, host } = this.#setup
    const isCurrent = (): boolean => link === this.#link
    return {
      report: (report, facts) => {
        if (isCurrent()) this.#take(report, facts)
      },
      remember: (items) => {
        if (!isCurrent()) return
        if (!items) this.#history.clear()
        for (const [id, item] of items ?? []) this.#history.set(id, item)
      },
      emit: (event, payload) => isCurrent() && (model as unknown as Teller).emit(event, payload),
      openPeer: async (setup) => {
        const peer = await host.openPeer(setup)
        return {
          offer: peer.offer,
          accept: async (answer) => {
            await peer.accept(answer)
            return peer.maxMessageBytes
          },
          send: async (text) => {
            peer.send(text)
            return peer.bufferedAmount
          },
        }
      },
    }
  }

  #take(report: EngineReport, facts: ModelFacts): void {
    this.#face.facts = facts
    switch (report.type) {
      case 'settled':
        return this.#settle(report)
      case 'stateChanged':
        this.#face.open = !/idle|connecting/.test(report.state)
        // Who hears of the crash need not hear of what is done about it.
        if (this.#crash && !this.#face.open) return
        break
      case 'transcript': {
        const { id, final } = report.payload
        if (final) this.#spoken.delete(id)
        else this.#spoken.set(id, report.payload)
        break
      }
      case 'runTool':
        this.#tools.set(report.call.callId, report.call)
        break
    }
    this.#report(report)
  }

  #settle(report: Extract<EngineReport, { type: 'settled' }>): void {
    this.#requests.delete(report.request)
    const crash = this.#crash
    if (!crash || report.request !== this.#start?.request) return this.#report(report)
    this.#crash = undefined
    if (report.error) return this.#report({ type: 'lost', error: report.error })
    const durationMs = performance.now() - crash.at
    this.#report({
      type: 'reconnected',
      payload: { reason: 'lost', error: crash.error, attempts: 1, durationMs },
    })
  }

  /** The Worker is not to be trusted any more: the conversation goes on in another. */
  #recover(cause: string): void {
    const link = this.#link
    this.#link = undefined
    const error = new ConnectionError("The engine's Worker crashed (see cause).", {
      code: 'worker-crashed',
      retryable: true,
      cause: new Error(cause),
    })
    link?.end?.(error)
    // A Worker that crashes again at once will go on doing so.
    if (!this.#start || this.#crash || this.#requests.has(this.#start.request)) return this.#fail(error)
    this.#crash = { error, at: performance.now() }
    this.#face.open = false
    this.#report({ type: 'error', payload: error })
    this.#report({ type: 'stateChanged', state: 'reconnecting' })
    for (const [id, said] of this.#spoken) {
      this.#history.set(id, { type: 'message', role: said.role, text: said.heardText })
      this.#report({ type: 'transcript', payload: { ...said, final: true } })
    }
    this.#spoken.clear()
    this.#resume()
  }

  /** Once no tool is running: its outcome is a part of what the next Worker is to know. */
  #resume(): void {
    if (!this.#start || this.#tools.size > 0) return
    const waiting = [...this.#requests.values()]
    const history = [...this.#history.values()].filter((item) => item.type === 'toolCall' || item.text)
    this.#send({ ...this.#start, history })
    const { audio, life } = this.#setup.page
    audio.attachMicrophone()
    void audio.attachSpeaker(life.signal)
    for (const command of waiting) this.#send(command)
  }

  #finishTool({ callId, outcome }: Extract<EngineCommand, { type: 'toolFinished' }>): boolean {
    const call = this.#tools.get(callId)
    this.#tools.delete(callId)
    if (!this.#crash || !call) return false
    this.#history.set(callId, { type: 'toolCall', call, output: outcome.output })
    this.#resume()
    return true
  }

  /** There is no engine. */
  #fail(error: VivaVoceError): void {
    const isLost = this.#start && !this.#requests.has(this.#start.request)
    this.#forget(error)
    if (isLost) this.#report({ type: 'lost', error })
  }

  #stop(): void {
    const { engine, end } = this.#link ?? {}
    // It ends by itself when it has taken its leave.
    engine?.then(async (one) => one.handle({ type: 'stop' })).catch(() => {})
    const isThere = end ?? this.#crash
    this.#forget(stopped())
    if (isThere) this.#report({ type: 'abortTools' })
  }

  /** Forgets the conversation; what was asked for in it comes to nothing. */
  #forget(error: VivaVoceError): void {
    const requests = [...this.#requests.keys()]
    this.#link = this.#crash = this.#start = undefined
    this.#face.open = false
    this.#requests.clear()
    this.#tools.clear()
    this.#spoken.clear()
    for (const request of requests) this.#report({ type: 'settled', request, error })
  }

  #report(report: EngineReport): void {
    this.#setup.host.report(report)
  }
}
