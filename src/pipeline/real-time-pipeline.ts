import type { ToolCall } from '../agent/tool-call.ts'
import type { ToolRunner } from '../agent/tool-runner.ts'
import { untilAborted } from '../core/until-aborted.ts'
import { Emitter, type Listenable, type ListenOptions, type Listener } from '../core/emitter.ts'
import { invalidOption, StateError, type VivaVoceError } from '../core/errors.ts'
import { Engine } from '../engine/engine.ts'
import type { EngineReport, PipelineState } from '../engine/messages.ts'
import type { ModelCapabilities, UserMessage } from '../providers/model.ts'
import { PageAudio } from './page-audio.ts'
import type { ImageSource } from './image.ts'
import type { PipelineEvents } from './pipeline-events.ts'
import { checkOptions, unsupported, type RealTimePipelineOptions } from './pipeline-options.ts'
import { Requests } from './requests.ts'

/** What a message may have besides its text. */
export interface MessageOptions {
  /** Pictures, camera frames and the like. They are sent as JPEG, 1024 pixels at the longer side at most. */
  readonly images?: readonly ImageSource[]
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
  readonly #tools: ToolRunner | undefined
  readonly #requests = new Requests()
  #phase: 'idle' | 'starting' | 'running' | 'closed' = 'idle'
  #state: PipelineState = 'idle'
  /** What the engine says of the turn; shown once everything has started. */
  #engineState: PipelineState = 'idle'
  #life = new AbortController()

  /** @throws OptionError if an option is wrong, or the model cannot honour it. */
  constructor(options: RealTimePipelineOptions) {
    checkOptions(options)
    this.#options = options
    // Reports come one after the other and never in the middle of a call, as they would from a Worker.
    this.#engine = new Engine(options.model, {
      report: (report) => queueMicrotask(() => this.#receive(report)),
      openPeer: async (setup) => this.#audio.openPeer(setup),
    })
    this.#audio = new PageAudio(options, {
      onCommand: (command) => this.#engine.handle(command),
      onError: (error) => this.#emitter.emit('error', error),
      onStats: (stats) => this.#emitter.emit('connectionStats', stats),
    })
    const { tools } = options.agent
    this.#tools = tools[0]?.makeRunner({
      tools,
      pipeline: this,
      events: this.#emitter,
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
    const life = (this.#life = new AbortController())
    this.#show('connecting')
    try {
      await untilAborted(life.signal, Promise.all([this.#audio.open(life.signal), this.#startEngine()]))
    } catch (error) {
      if (this.#life === life && !life.signal.aborted) this.#stop()
      throw error
    }
    this.#phase = 'running'
    this.#show(this.#engineState)
  }

  /**
   * Sends a typed message. An answer that is under way is interrupted. Resolves when it is sent, which may
   * be after a connection that was lost has been made again.
   * @throws StateError before `start()` has resolved, or after `close()`.
   * @throws OptionError if the model cannot read, or cannot see.
   */
  async sendMessage(text: string, { images = [] }: MessageOptions = {}): Promise<void> {
    this.#assertRunning('sendMessage()')
    this.#assertCan('textInput', 'sendMessage()', 'read typed messages', 'speak to it')
    if (images.length === 0) return this.#send({ text })
    this.#assertCan('imageInput', 'sendMessage({ images })', 'see images', 'send text alone')
    // A chunk of its own: few pages send images.
    const { encodeImages } = await import('./image.ts')
    return this.#send({ text, images: await encodeImages(images, invalidOption) })
  }

  /**
   * Push-to-talk: the user's turn begins, and an answer that is under way is interrupted. For a model
   * that is set not to find turns by itself.
   * @throws OptionError if the model has no such mode.
   */
  startTurn(): void {
    this.#assertTurns('startTurn()')
    this.#engine.handle({ type: 'startTurn' })
  }

  /** Push-to-talk: the user's turn is over, and is to be answered. */
  endTurn(): void {
    this.#assertTurns('endTurn()')
    this.#engine.handle({ type: 'endTurn' })
  }

  /** Silences the agent, and stops the answer that is under way; does nothing if there is none. */
  interrupt(): void {
    this.#assertOpen('interrupt()')
    this.#engine.handle({ type: 'interrupt' })
  }

  /** Gives the model silence instead of the microphone, within 5 ms. */
  mute(): void {
    this.#assertOpen('mute()')
    this.#audio.muted = true
  }

  /** Gives the model the microphone again. */
  unmute(): void {
    this.#assertOpen('unmute()')
    this.#audio.muted = false
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

  async #startEngine(): Promise<void> {
    const { agent, localSpeech } = this.#options
    const onLocalSpeech = localSpeech?.reaction ?? 'off'
    const { instructions } = agent
    const tools = agent.tools.map(({ declaration }) => declaration)
    return this.#requests.make((request) => {
      this.#engine.handle({ type: 'start', request, instructions, tools, onLocalSpeech })
    })
  }

  async #send(message: UserMessage): Promise<void> {
    return this.#requests.make((request) => {
      this.#engine.handle({ type: 'sendMessage', request, message })
    })
  }

  #receive(report: EngineReport): void {
    switch (report.type) {
      case 'settled':
        return this.#requests.settle(report.request, report.error)
      case 'stateChanged':
        this.#engineState = report.state
        if (this.#phase === 'running' && report.state !== 'idle') this.#show(report.state)
        return undefined
      case 'runTool':
        return void this.#runTool(report.call)
      case 'cancelTool':
        return this.#tools?.cancel(report.callId)
      case 'abortTools':
        return this.#tools?.abort()
      case 'lost':
        return this.#lose(report.error)
      case 'echo':
        this.#audio.hearEcho(report.payload)
    }
    // One of the events that pass as they are.
    return this.#emitter.emit(report.type, report.payload)
  }

  async #runTool(call: ToolCall): Promise<void> {
    const outcome = (await this.#tools?.run(call)) ?? { output: '{"error":"There are no tools."}', ok: false }
    this.#engine.handle({ type: 'toolFinished', callId: call.callId, outcome })
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
    this.#requests.rejectAll(reason)
  }

  #show(state: PipelineState): void {
    if (state === this.#state) return
    const previous = this.#state
    this.#state = state
    this.#audio.showState(state)
    this.#emitter.emit('stateChanged', { state, previous })
  }

  #assertOpen(call: string): void {
    if (this.#phase === 'closed') throw this.#misplaced(call, 'make a new pipeline')
  }

  #assertRunning(call: string): void {
    if (this.#phase !== 'running') throw this.#misplaced(call, 'await start() first')
  }

  #assertCan(capability: keyof ModelCapabilities, option: string, what: string, instead: string): void {
    const { model } = this.#options
    if (!model.capabilities[capability]) {
      throw unsupported(model, option, what, `${instead}, or use another model`)
    }
  }

  #assertTurns(call: string): void {
    this.#assertRunning(call)
    this.#assertCan('manualTurns', call, 'be told of turns', 'let it find them')
  }

  #misplaced(call: string, advice: string): StateError {
    return new StateError(`${call} while the pipeline is ${this.#state}: ${advice}.`)
  }
}
