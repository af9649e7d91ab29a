import { ToolRunner, type ToolEvent } from '../agent/tool-runner.ts'
import { Emitter, type Listenable, type ListenOptions, type Listener } from '../core/emitter.ts'
import { StateError, type VivaVoceError } from '../core/errors.ts'
import { Engine } from '../engine/engine.ts'
import type { EngineReport, PipelineState } from '../engine/messages.ts'
import { PageAudio } from './page-audio.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import { checkOptions, unsupported, type RealTimePipelineOptions } from './pipeline-options.ts'

/** Settles a promise that the engine answers. */
interface Reply {
  readonly resolve: () => void
  readonly reject: (error: VivaVoceError) => void
}

/**
 * A spoken conversation of this page with a model that hears and speaks by itself.
 *
 * ```ts
 * const pipeline = new RealTimePipeline({ model, agent })
 * pipeline.on('transcript', ({ role, heardText }) => show(role, heardText))
 * button.onclick = () => pipeline.start()
 * ```
 */
export class RealTimePipeline implements Listenable<PipelineEvents>, AsyncDisposable {
  readonly #options: RealTimePipelineOptions
  readonly #emitter: Emitter<PipelineEvents> = new Emitter()
  readonly #engine: Engine
  readonly #audio: PageAudio
  readonly #tools: ToolRunner
  readonly #requests = new Map<number, Reply>()
  #phase: 'idle' | 'starting' | 'running' | 'closed' = 'idle'
  #state: PipelineState = 'idle'
  /** What the engine says of the turn; shown once everything has started. */
  #engineState: PipelineState = 'idle'
  #attempt = 0
  #request = 0
  #life = new AbortController()

  /** @throws OptionError if an option is wrong, or the model cannot honour it. */
  constructor(options: RealTimePipelineOptions) {
    checkOptions(options)
    this.#options = options
    // Reports come one after the other and never in the middle of a call, as they would from a Worker.
    this.#engine = new Engine(options.model, (report) => queueMicrotask(() => this.#receive(report)))
    this.#audio = new PageAudio(options, {
      onCommand: (command) => this.#engine.handle(command),
      onError: (error) => this.#emitter.emit('error', error),
    })
    this.#tools = new ToolRunner({
      tools: options.agent.tools,
      pipeline: this,
      onEvent: (event) => this.#tellOfTool(event),
    })
  }

  /** What the conversation is doing. */
  get state(): PipelineState {
    return this.#state
  }

  /** Whether the model gets silence instead of the microphone. */
  get muted(): boolean {
    return this.#audio.muted
  }

  /** Loudness of the microphone as the model gets it: root mean square, 0 to 1. For a meter. */
  get microphoneLevel(): number {
    return this.#audio.microphoneLevel
  }

  /** Loudness of the agent's voice: root mean square, 0 to 1. For a meter. */
  get speakerLevel(): number {
    return this.#audio.speakerLevel
  }

  /** Listens to an event; the returned function stops it. */
  on<Name extends keyof PipelineEvents>(
    event: Name,
    listener: Listener<PipelineEvents[Name]>,
    options?: ListenOptions,
  ): () => void {
    return this.#emitter.on(event, listener, options)
  }

  /**
   * Begins the conversation: microphone, speaker and connection are set up side by side, and what is said
   * meanwhile is kept. Call it from a click, or browsers will not let sound out.
   *
   * Rejects with a `VivaVoceError`, after which everything is released and it may be called again.
   */
  async start(): Promise<void> {
    if (this.#phase !== 'idle') throw this.#misplaced('start()', 'call it once, before close()')
    this.#phase = 'starting'
    const attempt = ++this.#attempt
    const life = (this.#life = new AbortController())
    this.#show('connecting')
    try {
      await untilAborted(
        life.signal,
        Promise.all([this.#startEngine(attempt), this.#audio.open(life.signal)]),
      )
    } catch (error) {
      if (this.#life === life && !life.signal.aborted) this.#stop()
      throw error
    }
    this.#phase = 'running'
    this.#show(this.#engineState)
  }

  /**
   * Sends a typed message. An answer that is under way is interrupted. Resolves when it is sent.
   * @throws StateError before `start()` has resolved, or after `close()`.
   */
  async sendMessage(text: string): Promise<void> {
    if (this.#phase !== 'running') throw this.#misplaced('sendMessage()', 'await start() first')
    const { model } = this.#options
    if (!model.capabilities.textInput) {
      throw unsupported(model, 'sendMessage()', 'read typed messages', 'speak to it, or use another model')
    }
    const request = ++this.#request
    return new Promise((resolve, reject) => {
      this.#requests.set(request, { resolve, reject })
      this.#engine.handle({ type: 'sendMessage', request, message: { text } })
    })
  }

  /** Silences the agent, and stops the answer that is under way; does nothing if there is none. */
  interrupt(): void {
    this.#assertOpen('interrupt()')
    this.#engine.handle({ type: 'interrupt' })
  }

  /** Gives the model silence instead of the microphone, within 5 ms. */
  mute(): void {
    this.#setMuted(true)
  }

  /** Gives the model the microphone again. */
  unmute(): void {
    this.#setMuted(false)
  }

  /** Changes the microphone, at once if it is in use: a device's id, or a stream that stays yours. */
  async setMicrophone(source: string | MediaStream): Promise<void> {
    this.#assertOpen('setMicrophone()')
    await this.#audio.setMicrophone(source)
  }

  /** Changes the speaker, at once if it is in use. `'default'` is the system's. */
  async setSpeaker(deviceId: string): Promise<void> {
    this.#assertOpen('setSpeaker()')
    await this.#audio.setSpeaker(deviceId)
  }

  /** Ends the conversation for good and releases everything, also half-way through `start()`. Idempotent. */
  async close(): Promise<void> {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#release(this.#misplaced('start()', 'the pipeline was closed'))
    this.#show('closed')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #startEngine(attempt: number): Promise<void> {
    const { agent, localSpeech } = this.#options
    const onLocalSpeech = localSpeech?.reaction ?? 'off'
    const { instructions, tools } = agent
    const started = new Promise<void>((resolve, reject) => {
      this.#requests.set(0, { resolve, reject })
    })
    const declarations = tools.map(({ declaration }) => declaration)
    this.#engine.handle({ type: 'start', attempt, instructions, tools: declarations, onLocalSpeech })
    return started
  }

  #receive(report: EngineReport): void {
    switch (report.type) {
      case 'started':
        return this.#settle(0, report.attempt === this.#attempt, report.error)
      case 'settled':
        return this.#settle(report.request, true, report.error)
      case 'stateChanged':
        this.#engineState = report.state
        if (this.#phase === 'running' && report.state !== 'idle') this.#show(report.state)
        return undefined
      case 'transcript':
        return this.#emitter.emit('transcript', report.transcript)
      case 'interrupted':
        return this.#emitter.emit('interrupted', report.interruption)
      case 'speechStarted':
      case 'speechStopped':
        return this.#emitter.emit(report.type, { by: report.by })
      case 'echo':
        this.#audio.hearEcho(report.echo)
        return this.#emitter.emit('echo', report.echo)
      case 'turnEnded':
        return this.#emitter.emit('turnEnded', report.metrics)
      case 'runTool':
        return void this.#tools
          .run(report.call)
          .then((outcome) =>
            this.#engine.handle({ type: 'toolFinished', callId: report.call.callId, outcome }),
          )
      case 'abortTools':
        return this.#tools.abort()
      case 'error':
        return this.#emitter.emit('error', report.error)
      case 'lost':
        return this.#lose(report.error)
    }
  }

  #tellOfTool(event: ToolEvent): void {
    if (event.type === 'called') {
      this.#emitter.emit('toolCalled', event.call)
    } else if (event.type === 'finished') {
      const { callId, name, ok, durationMs } = event
      this.#emitter.emit('toolFinished', { callId, name, ok, durationMs })
    } else if (event.error.code !== 'tool-cancelled') {
      // A tool that is cancelled with its conversation is nobody's failure.
      this.#emitter.emit('error', event.error)
    }
  }

  #settle(request: number, current: boolean, error: VivaVoceError | undefined): void {
    const reply = current ? this.#requests.get(request) : undefined
    if (!reply) return
    this.#requests.delete(request)
    if (error) reply.reject(error)
    else reply.resolve()
  }

  #setMuted(muted: boolean): void {
    this.#assertOpen(muted ? 'mute()' : 'unmute()')
    this.#audio.muted = muted
  }

  #lose(error: VivaVoceError): void {
    const starting = this.#phase === 'starting'
    if (this.#phase === 'closed') return
    this.#stop(error)
    // A start that is under way rejects with it instead.
    if (!starting) this.#emitter.emit('error', error)
  }

  #stop(reason: VivaVoceError = this.#misplaced('this', 'the conversation ended')): void {
    this.#phase = 'idle'
    this.#release(reason)
    this.#show('idle')
  }

  #release(reason: VivaVoceError): void {
    this.#life.abort(reason)
    this.#engine.handle({ type: 'stop' })
    for (const { reject } of this.#requests.values()) reject(reason)
    this.#requests.clear()
  }

  #show(state: PipelineState): void {
    if (state === this.#state) return
    const previous = this.#state
    this.#state = state
    this.#emitter.emit('stateChanged', { state, previous })
  }

  #assertOpen(call: string): void {
    if (this.#phase === 'closed') throw this.#misplaced(call, 'make a new pipeline')
  }

  #misplaced(call: string, advice: string): StateError {
    return new StateError(`${call} while the pipeline is ${this.#state}: ${advice}.`)
  }
}

/** Settles like `promise`, but rejects at once when `signal` aborts. */
async function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
    promise.then(resolve, reject)
  })
}
