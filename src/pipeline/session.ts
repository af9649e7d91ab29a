import type { Agent } from '../agent/agent.ts'
import type { ToolOutcome } from '../agent/tool-call.ts'
import type { ToolDesk, ToolDeskHost } from '../agent/tool-desk.ts'
import { untilAborted } from '../core/until-aborted.ts'
import { Emitter } from '../core/emitter.ts'
import { invalidOption, messageOf, StateError, VivaVoceError } from '../core/errors.ts'
import { Engine, type EngineHost } from '../engine/engine.ts'
import type { EngineCommand, EngineLike, EngineReport, PipelineState } from '../engine/messages.ts'
import type { AgentUpdate, HistoryItem, ImagePart, RealtimeModel } from '../providers/model.ts'
import type * as direction from './direction.ts'
import type { ImageSource } from './image.ts'
import { PageAudio } from './page-audio.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import { checkOptions, unsupported, type RealTimePipelineOptions } from './pipeline-options.ts'
import { Requests } from './requests.ts'

interface Kit {
  readonly checkOptions: typeof checkOptions
  readonly unsupported: typeof unsupported
  readonly invalidOption: typeof invalidOption
  readonly messageOf: typeof messageOf
  readonly VivaVoceError: typeof VivaVoceError
}

/** What is behind a `RealTimePipeline`: the engine, the page's audio and the agent's tools, wired together. */
export class Session implements ToolDeskHost {
  readonly options: RealTimePipelineOptions
  readonly pipeline: ToolDeskHost['pipeline']
  readonly emitter: Emitter<PipelineEvents> = new Emitter()
  readonly audio: PageAudio
  readonly requests: Requests = new Requests()
  /** For chunks that come later: importing it they would make bundlers split off a third. */
  readonly kit: Kit = { checkOptions, unsupported, invalidOption, messageOf, VivaVoceError }
  engine: EngineLike
  agent: Agent
  model: RealtimeModel
  phase: 'idle' | 'starting' | 'running' | 'closed' = 'idle'
  state: PipelineState = 'idle'
  life: AbortController = new AbortController()
  #tools: ToolDesk | undefined
  /** What the engine says of the turn; shown once everything has started. */
  #engineState: PipelineState = 'idle'

  constructor(options: RealTimePipelineOptions, pipeline: ToolDeskHost['pipeline']) {
    const { emitter } = this
    this.options = options
    this.pipeline = pipeline
    this.model = options.model
    this.engine = this.newEngine(options.model)
    this.audio = new PageAudio(options, {
      events: emitter,
      onCommand: (command) => this.engine.handle(command),
      onError: (error) => emitter.emit('error', error),
      onStats: (stats) => emitter.emit('connectionStats', stats),
    })
    this.agent = options.agent
    this.engage(options.agent)
  }

  async start(): Promise<void> {
    if (this.phase !== 'idle') throw this.misplaced('start()', 'call it once, before close()')
    this.phase = 'starting'
    const life = (this.life = new AbortController())
    this.show('connecting')
    try {
      await untilAborted(
        life.signal,
        Promise.all([this.audio.open(life.signal), this.startEngine(this.options.history)]),
      )
    } catch (error) {
      if (this.life === life && !life.signal.aborted) this.#stop()
      throw error
    }
    this.phase = 'running'
    this.show(this.#engineState)
  }

  close(): void {
    if (this.phase === 'closed') return
    this.phase = 'closed'
    this.#release(this.misplaced('start()', 'the pipeline was closed'))
    this.show('closed')
  }

  /** Reports come one after the other and never in the middle of a call, as they would from a Worker. */
  newEngine(model: RealtimeModel): EngineLike {
    const { extensions = [], thread } = this.options
    const host: EngineHost = {
      report: (report) => queueMicrotask(() => this.#receive(report, engine)),
      openPeer: async (setup) => this.audio.openPeer(setup),
    }
    const makeHere = (): EngineLike =>
      new Engine(
        extensions.reduce((inner, extension) => extension.wrap(inner), model),
        host,
      )
    const engine = thread ? thread.open(this, model, host, makeHere) : makeHere()
    return engine
  }

  async startEngine(history: readonly HistoryItem[] = []): Promise<void> {
    const onLocalSpeech = this.options.localSpeech?.reaction ?? 'off'
    const { signal } = this.life
    const agent = await this.describe()
    signal.throwIfAborted()
    await this.request((request) => ({ type: 'start', request, ...agent, onLocalSpeech, history }))
  }

  /** What the model is told of the agent. */
  async describe(): Promise<AgentUpdate> {
    const { instructions, tools } = this.agent
    return {
      instructions:
        typeof instructions === 'string' ? instructions : await instructions({ pipeline: this.pipeline }),
      tools: tools.map(({ declaration }) => declaration),
    }
  }

  /** Makes ready what an agent needs. */
  engage(agent: Agent): void {
    this.agent = agent
    agent.onUpdate = async () => this.pipeline.setAgent(agent)
    const { tools } = agent
    this.#tools ??= tools[0]?.makeDesk(this)
    if (this.#tools) this.#tools.tools = tools
  }

  async encodeImages(images: readonly unknown[]): Promise<ImagePart[]> {
    return (await this.direct()).encode(this, images as readonly ImageSource[], 'toolResult()')
  }

  answerTool(callId: string, outcome: ToolOutcome): void {
    this.engine.handle({ type: 'toolFinished', callId, outcome })
  }

  /** Has the engine do something; what it gives when it is done. */
  async request(command: (request: number) => EngineCommand): Promise<unknown> {
    return this.requests.make((request) => this.engine.handle(command(request)))
  }

  /** A chunk of its own: many pages only listen and answer. */
  async direct(): Promise<typeof direction> {
    return import('./direction.ts')
  }

  misplaced(call: string, advice: string): StateError {
    return new StateError(`${call} while the pipeline is ${this.state}: ${advice}.`)
  }

  assertRunning(call: string): void {
    if (this.phase !== 'running') throw this.misplaced(call, 'await start() first')
  }

  #receive(report: EngineReport, engine: EngineLike): void {
    // Of one that was replaced nothing is of interest any more.
    if (engine !== this.engine) return undefined
    switch (report.type) {
      case 'settled':
        return this.requests.settle(report)
      case 'stateChanged':
        this.#engineState = report.state
        if (this.phase === 'running' && report.state !== 'idle') this.show(report.state)
        return undefined
      case 'lost':
        return this.#lose(report.error)
    }
    // Events pass as they are; what is left is about tools.
    if ('payload' in report) this.emitter.emit(report.type, report.payload)
    else if (this.#tools) this.#tools.take(report)
    else if (report.type === 'runTool') {
      this.answerTool(report.call.callId, { output: '{"error":"There are no tools."}', ok: false })
    }
    return undefined
  }

  #lose(error: VivaVoceError): void {
    const starting = this.phase === 'starting'
    if (this.phase === 'closed') return
    this.#stop(error)
    // A start that is under way rejects with it instead.
    if (!starting) this.emitter.emit('error', error)
  }

  #stop(reason: VivaVoceError = this.misplaced('this', 'the conversation ended')): void {
    this.phase = 'idle'
    this.#release(reason)
    this.show('idle')
  }

  #release(reason: VivaVoceError): void {
    this.life.abort(reason)
    this.engine.handle({ type: 'stop' })
    this.requests.rejectAll(reason)
  }

  show(state: PipelineState): void {
    if (state === this.state) return
    const previous = this.state
    this.state = state
    this.emitter.emit('stateChanged', { state, previous })
  }
}
