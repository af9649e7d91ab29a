import type { ToolCall, ToolOutcome } from '../agent/tool-call.ts'
import type { VivaVoceError } from '../core/errors.ts'
import type { AgentUpdate, ModelSession, RealtimeModel } from '../providers/model.ts'
import { microphoneListener, speakerListener } from './follow-audio.ts'
import { followModel } from './follow-model.ts'
import { History } from './history.ts'
import type { Errands } from './errands.ts'
import type { EngineCommand, EngineReport, PipelineState, Reconnection, SpeechSource } from './messages.ts'
import { MicrophoneInput } from './microphone-input.ts'
import { asVivaVoceError, ModelConnection, type ModelConnectionHost, stopped } from './model-connection.ts'
import { lastHeard, SpeakerOutput } from './speaker-output.ts'
import { ToolCalls, type ToolCallsHost } from './tool-calls.ts'
import { Transcripts } from './transcripts.ts'
import { TurnMeter } from './turn-metrics.ts'
import type { PeerLink, PeerSetup } from '../providers/peer-link.ts'
import { sendMessage } from './typed-message.ts'
import { publicState, turnTable, type TurnInput, type TurnState } from './turn-table.ts'

type Start = Extract<EngineCommand, { type: 'start' }>

/** What an {@link Engine} works with. */
export interface EngineHost {
  /** Takes what the page is to know. Must not call back into the engine at once. */
  readonly report: (report: EngineReport) => void
  /** See `ModelSession.openPeer`. */
  readonly openPeer: (setup: PeerSetup) => Promise<PeerLink>
}

/**
 * A conversation without a page: takes commands, gives reports, and exchanges audio with the worklets
 * over their ports. It uses nothing that a Worker does not have.
 */
export class Engine implements ModelConnectionHost, ToolCallsHost {
  readonly model: RealtimeModel
  readonly report: EngineHost['report']
  readonly #openPeer: EngineHost['openPeer']
  readonly input: MicrophoneInput
  readonly output: SpeakerOutput
  readonly transcripts: Transcripts
  readonly history: History = new History()
  readonly meter: TurnMeter
  readonly #tools = new ToolCalls(this)
  readonly connection: ModelConnection
  start: Start | undefined
  #turn: TurnState = 'listening'
  #state: PipelineState = 'idle'
  /** Aborts with the conversation. */
  life: AbortController = new AbortController()
  #userSpeaking = false
  /** Why the connection is to be changed as soon as nobody speaks, if it is. */
  #renewal: Reconnection['reason'] | undefined
  /** Whether the connection that is being made is to begin with an answer. */
  #answerDue = false
  /** Whether a tool that runs hands the conversation over to another agent, which is to answer. */
  #handingOver = false
  #errands: Promise<Errands> | undefined
  /** Called when something may have become possible that had to wait. */
  onQuiet: (() => void) | undefined
  /** Responses that began and were neither finished nor interrupted. */
  readonly responses: Set<string> = new Set()
  /** Settles when no interruption is under way. */
  silence: Promise<void> = Promise.resolve()
  #interruptions = 0

  constructor(model: RealtimeModel, { report, openPeer }: EngineHost) {
    this.model = model
    this.report = report
    this.#openPeer = openPeer
    this.meter = new TurnMeter((payload) => report({ type: 'turnEnded', payload }))
    this.transcripts = new Transcripts((transcript) => {
      this.history.say(transcript)
      report({ type: 'transcript', payload: transcript })
    })
    this.input = new MicrophoneInput(microphoneListener(this))
    this.output = new SpeakerOutput(model.capabilities.outputRate, speakerListener(this))
    this.connection = new ModelConnection(model, this)
    followModel(model, this)
  }

  /** Carries out a command of the page's. */
  handle(command: EngineCommand): void {
    switch (command.type) {
      case 'start':
        this.start = command
        this.history.begin(command.history)
        return this.connection.start()
      case 'attachMicrophone':
        return this.input.attach(command.port)
      case 'attachSpeaker':
        return this.output.attach(command.port)
      case 'outputLatency':
        this.output.latencySeconds = command.seconds
        return undefined
      case 'sendMessage':
        return void sendMessage(this, command)
      case 'interrupt':
        return this.take('interrupted')
      case 'startTurn':
        this.speech(true, 'application')
        return this.guard(() => this.model.startTurn())
      case 'endTurn':
        this.guard(() => this.model.endTurn())
        return this.speech(false, 'application')
      case 'toolFinished':
        return this.#tools.finish(command.callId, command.outcome)
      case 'stop':
        return this.connection.stop()
      default:
        // A chunk of its own: few conversations need it.
        this.#errands ??= import('./errands.ts').then((chunk) => new chunk.Errands(this))
        return void this.#errands.then((errands) => errands.run(command))
    }
  }

  speech(speaking: boolean, by: SpeechSource): void {
    if (!this.connection.live) return
    this.#userSpeaking = speaking
    const type = this.tellOfSpeech(speaking, by)
    // What is said beside an answer that is heard is not what it answers.
    if (!speaking && (this.#turn === 'listening' || this.#turn === 'thinking')) this.meter.userDone()
    this.take(type)
  }

  /** Tells the page of speech; returns what it is to the turn. */
  tellOfSpeech(speaking: boolean, by: SpeechSource): 'speechStarted' | 'speechStopped' {
    const type = speaking ? 'speechStarted' : 'speechStopped'
    this.report({ type, payload: { by } })
    return type
  }

  ask(call: ToolCall): void {
    this.report({ type: 'runTool', call })
  }

  onOutcome(call: ToolCall, { output }: ToolOutcome): void {
    this.history.did(call, output)
    if (this.#handingOver && !this.#tools.busy) this.connection.rotate('changed')
  }

  async settled(): Promise<void> {
    return this.#tools.idle()
  }

  session(): Omit<ModelSession, 'signal'> {
    const { instructions = '', tools = [] } = this.start ?? {}
    const history = this.history.recall()
    const last = history.at(-1)
    const asked = last?.type === 'toolCall' || last?.role === 'user'
    // A message that waits is asked anew when the connection is open.
    const isDue = this.#turn === 'thinking' || this.#handingOver
    this.#answerDue = asked && isDue && !this.connection.awaited
    this.#handingOver = false
    return {
      instructions,
      tools,
      output: this.output,
      history,
      answerDue: this.#answerDue,
      anew: this.history.anew,
      openPeer: this.#openPeer,
      runTool: this.#tools.run.bind(this.#tools),
    }
  }

  onRejected(error: VivaVoceError): void {
    this.settle(this.start?.request ?? 0, error)
  }

  onLost(error: VivaVoceError): void {
    this.report({ type: 'lost', error })
  }

  onState(state: Parameters<ModelConnectionHost['onState']>[0]): void {
    this.#show(state === 'listening' ? publicState[this.#turn] : state)
  }

  onOpen(reconnection: Reconnection | undefined): void {
    this.input.open()
    this.history.anew = false
    if (reconnection) this.report({ type: 'reconnected', payload: reconnection })
    else this.settle(this.start?.request ?? 0)
    const waits = this.#answerDue || this.connection.awaited
    if (this.#turn === 'thinking' && !waits) this.take('responseDone')
    this.#rest()
  }

  settle(request: number, error?: VivaVoceError, value?: unknown): void {
    this.report({ type: 'settled', request, ...(error && { error }), value })
  }

  /** The connection is gone: what has arrived is played to its end, and what the user says is kept. */
  onDisconnect(): void {
    this.input.hold()
    this.output.endAll()
    this.responses.clear()
    this.#userSpeaking = false
    this.#renewal = undefined
    if (this.#turn === 'speaking') this.take('responseQueued')
  }

  onRelease(): void {
    this.life.abort(stopped())
    this.life = new AbortController()
    this.input.close()
    this.output.close()
    this.#tools.clear()
    this.transcripts.clear()
    this.history.clear()
    this.#errands = this.onQuiet = undefined
    this.#turn = 'listening'
    this.report({ type: 'abortTools' })
  }

  /** See `asVivaVoceError`: imported by a chunk that comes later it would make bundlers split off a third. */
  readonly errorOf: typeof asVivaVoceError = asVivaVoceError

  /** Whether nobody is in the middle of anything. */
  get isQuiet(): boolean {
    const busy = this.#userSpeaking || this.#tools.busy || this.#interruptions > 0
    return this.#turn === 'listening' && !busy && this.connection.open
  }

  /** Whether nothing is under way but tools, whose answer nothing has been said of. */
  get isWorking(): boolean {
    const busy = this.#userSpeaking || this.#handingOver || this.#interruptions + this.responses.size > 0
    return this.#turn === 'thinking' && this.#tools.busy && !busy && this.connection.open
  }

  /** Has the next connection made for this agent; now, unless the one that is open can change. */
  become(agent: AgentUpdate, anew: boolean): void {
    if (this.start) this.start = { ...this.start, ...agent }
    if (!anew && this.model.update(agent)) return
    this.#handingOver = this.#tools.busy
    this.renew('changed')
  }

  /** Changes the connection as soon as nobody is in the middle of anything. */
  renew(reason: Reconnection['reason']): void {
    this.#renewal = reason
    this.#rest()
  }

  /** Does what waits until nobody is in the middle of anything. */
  #rest(): void {
    if (this.#renewal && this.isQuiet) this.connection.rotate(this.#renewal)
    else this.onQuiet?.()
  }

  take(input: TurnInput): void {
    if (!this.connection.live) return
    const { to, effects } = turnTable[this.#turn][input]
    const answered = this.#turn !== 'listening' && to === 'listening'
    this.#turn = to
    for (const _interrupt of effects) this.silence = this.#interrupt()
    if (effects.length === 0 && answered) this.meter.report(this.meter.take())
    if (this.connection.open) this.#show(publicState[to])
    this.#rest()
  }

  async #interrupt(): Promise<void> {
    const { signal } = this.life
    this.#interruptions++
    this.responses.clear()
    this.meter.mark('interruptedAt')
    const marks = this.meter.take()
    this.report({ type: 'interruptTools' })
    const heard = await this.output.flush()
    this.#interruptions--
    if (signal.aborted) return
    this.meter.report(marks, true)
    for (const item of heard) this.transcripts.cut(item)
    this.guard(() => this.model.interrupt(heard))
    const item = lastHeard(heard)
    if (item) this.report({ type: 'interrupted', payload: { itemId: item.itemId, heardMs: item.heardMs } })
    this.#rest()
  }

  #show(state: PipelineState): void {
    if (state === this.#state) return
    this.#state = state
    this.report({ type: 'stateChanged', state })
  }

  /** Runs a model's method: what it throws is one `error` event, and the conversation goes on. */
  guard(call: () => void): void {
    try {
      call()
    } catch (thrown) {
      this.report({ type: 'error', payload: asVivaVoceError(thrown, 'The model failed') })
    }
  }
}
