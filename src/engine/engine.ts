import type { VivaVoceError } from '../core/errors.ts'
import type { ModelSession, RealtimeModel, UserMessage } from '../providers/model.ts'
import { History } from './history.ts'
import type { EngineCommand, EngineReport, PipelineState, Reconnection, SpeechSource } from './messages.ts'
import { MicrophoneInput } from './microphone-input.ts'
import { asVivaVoceError, ModelConnection, stopped } from './model-connection.ts'
import { lastHeard, SpeakerOutput } from './speaker-output.ts'
import { ToolCalls } from './tool-calls.ts'
import { Transcripts } from './transcripts.ts'
import { TurnMeter } from './turn-metrics.ts'
import type { PeerLink, PeerSetup } from '../providers/peer-link.ts'
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
export class Engine {
  readonly #model: RealtimeModel
  readonly #report: EngineHost['report']
  readonly #openPeer: EngineHost['openPeer']
  readonly #input: MicrophoneInput
  readonly #output: SpeakerOutput
  readonly #transcripts: Transcripts
  readonly #history = new History()
  readonly #meter: TurnMeter
  readonly #tools: ToolCalls
  readonly #connection: ModelConnection
  #start: Start | undefined
  #turn: TurnState = 'listening'
  #state: PipelineState = 'idle'
  /** Aborts with the conversation. */
  #life = new AbortController()
  #userSpeaking = false
  /** Whether the connection is to be changed as soon as nobody speaks. */
  #expiring = false
  /** Whether the connection that is being made is to begin with an answer. */
  #answerDue = false
  /** Responses that began and were neither finished nor interrupted. */
  readonly #responses = new Set<string>()
  /** Settles when no interruption is under way. */
  #silence: Promise<void> = Promise.resolve()

  constructor(model: RealtimeModel, { report, openPeer }: EngineHost) {
    this.#model = model
    this.#report = report
    this.#openPeer = openPeer
    this.#meter = new TurnMeter((payload) => report({ type: 'turnEnded', payload }))
    this.#transcripts = new Transcripts((transcript) => {
      this.#history.say(transcript)
      report({ type: 'transcript', payload: transcript })
    })
    this.#tools = new ToolCalls({
      ask: (call) => report({ type: 'runTool', call }),
      onOutcome: (call, { output }) => this.#history.did(call, output),
    })
    this.#input = new MicrophoneInput({
      onFrame: (samples) => this.#guard(() => model.handleAudioInput(samples)),
      onSpeech: (speaking) => this.#takeLocalSpeech(speaking),
      onEcho: ({ estimateDb, correlation }) => report({ type: 'echo', payload: { estimateDb, correlation } }),
    })
    this.#output = new SpeakerOutput(model.capabilities.outputRate, {
      onQueued: () => this.#meter.mark('firstAudioAt'),
      onStarted: () => {
        this.#meter.mark('firstSoundAt')
        this.#take('soundStarted')
      },
      onHeard: (heard, over) => this.#transcripts.hear(heard, over),
      onDrained: () => this.#take('soundEnded'),
    })
    this.#connection = new ModelConnection(model, {
      session: () => this.#session(),
      settled: async () => this.#tools.idle(),
      onOpen: (reconnection) => this.#open(reconnection),
      onDisconnect: () => this.#hold(),
      onRelease: () => this.#release(),
      onRejected: (error) => this.#settle(this.#start?.request ?? 0, error),
      onLost: (error) => report({ type: 'lost', error }),
      onState: (state) => this.#show(state === 'listening' ? publicState[this.#turn] : state),
      guard: (call) => this.#guard(call),
    })
    this.#listen()
  }

  /** Carries out a command of the page's. */
  handle(command: EngineCommand): void {
    switch (command.type) {
      case 'start':
        this.#start = command
        return this.#connection.start()
      case 'attachMicrophone':
        return this.#input.attach(command.port)
      case 'attachSpeaker':
        return this.#output.attach(command.port)
      case 'outputLatency':
        this.#output.latencySeconds = command.seconds
        return undefined
      case 'sendMessage':
        return void this.#send(command.request, command.message)
      case 'interrupt':
        return this.#take('interrupted')
      case 'startTurn':
        this.#takeSpeech(true, 'application')
        return this.#guard(() => this.#model.startTurn())
      case 'endTurn':
        this.#guard(() => this.#model.endTurn())
        return this.#takeSpeech(false, 'application')
      case 'toolFinished':
        return this.#tools.finish(command.callId, command.outcome)
      case 'stop':
        return this.#connection.stop()
    }
  }

  #listen(): void {
    const model = this.#model
    model.on('speechStarted', () => this.#takeSpeech(true, 'model'))
    model.on('speechStopped', () => this.#takeSpeech(false, 'model'))
    model.on('responseStarted', ({ responseId }) => {
      if (!this.#connection.live) return
      this.#responses.add(responseId)
      this.#output.admit()
      this.#meter.mark('responseStartedAt')
      this.#take('responseStarted')
    })
    model.on('responseDone', ({ responseId, continues }) => {
      // The end of a response that was interrupted says nothing about the turn that came after.
      if (!this.#responses.delete(responseId) || this.#responses.size > 0) return
      if (continues) return this.#take('responseContinues')
      this.#output.endAll()
      this.#take(this.#output.busy ? 'responseQueued' : 'responseDone')
    })
    model.on('transcript', (transcript) => {
      if (!this.#connection.live) return
      this.#history.place(transcript.id, transcript.role)
      this.#transcripts.write(transcript)
    })
    model.on('toolCancelled', ({ callId }) => this.#report({ type: 'cancelTool', callId }))
    model.on('usage', (payload) => this.#report({ type: 'usage', payload }))
    model.on('expiring', () => {
      this.#expiring = true
      this.#rotate()
    })
    model.on('error', (payload) => this.#report({ type: 'error', payload }))
  }

  #takeSpeech(speaking: boolean, by: SpeechSource): void {
    if (!this.#connection.live) return
    this.#userSpeaking = speaking
    const type = this.#tellOfSpeech(speaking, by)
    if (!speaking) this.#meter.userDone()
    this.#take(type)
  }

  #tellOfSpeech(speaking: boolean, by: SpeechSource): 'speechStarted' | 'speechStopped' {
    const type = speaking ? 'speechStarted' : 'speechStopped'
    this.#report({ type, payload: { by } })
    return type
  }

  #takeLocalSpeech(speaking: boolean): void {
    this.#tellOfSpeech(speaking, 'microphone')
    if (!speaking || this.#start?.onLocalSpeech !== 'cut') return
    this.#take('interrupted')
    // The worklet has fallen silent by itself; if there was nothing to interrupt, it is to go on.
    this.#output.resume()
  }

  #session(): Omit<ModelSession, 'signal'> {
    const { instructions = '', tools = [] } = this.#start ?? {}
    const history = this.#history.recall()
    const last = history.at(-1)
    const asked = last?.type === 'toolCall' || last?.role === 'user'
    // A message that waits is asked anew when the connection is open.
    this.#answerDue = asked && this.#turn === 'thinking' && !this.#connection.awaited
    return {
      instructions,
      tools,
      output: this.#output,
      history,
      answerDue: this.#answerDue,
      openPeer: this.#openPeer,
      runTool: this.#tools.run.bind(this.#tools),
    }
  }

  #open(reconnection: Reconnection | undefined): void {
    this.#input.open()
    if (reconnection) this.#report({ type: 'reconnected', payload: reconnection })
    else this.#settle(this.#start?.request ?? 0)
    const waits = this.#answerDue || this.#connection.awaited
    if (this.#turn === 'thinking' && !waits) this.#take('responseDone')
  }

  #settle(request: number, error?: VivaVoceError): void {
    this.#report({ type: 'settled', request, ...(error && { error }) })
  }

  /** The connection is gone: what has arrived is played to its end, and what the user says is kept. */
  #hold(): void {
    this.#input.hold()
    this.#output.endAll()
    this.#responses.clear()
    this.#userSpeaking = this.#expiring = false
    if (this.#turn === 'speaking') this.#take('responseQueued')
  }

  #release(): void {
    this.#life.abort(stopped())
    this.#life = new AbortController()
    this.#input.close()
    this.#output.close()
    this.#tools.clear()
    this.#transcripts.clear()
    this.#history.clear()
    this.#turn = 'listening'
    this.#report({ type: 'abortTools' })
  }

  /** Changes the connection if that is due, and nobody is in the middle of anything. */
  #rotate(): void {
    const quiet = this.#turn === 'listening' && !this.#userSpeaking && !this.#tools.busy
    if (this.#expiring && quiet) this.#connection.rotate()
  }

  #take(input: TurnInput): void {
    if (!this.#connection.live) return
    const { to, effects } = turnTable[this.#turn][input]
    const answered = this.#turn !== 'listening' && to === 'listening'
    this.#turn = to
    for (const _interrupt of effects) this.#silence = this.#interrupt()
    if (effects.length === 0 && answered) this.#meter.report(this.#meter.take())
    if (this.#connection.open) this.#show(publicState[to])
    this.#rotate()
  }

  async #interrupt(): Promise<void> {
    const { signal } = this.#life
    this.#responses.clear()
    this.#meter.mark('interruptedAt')
    const marks = this.#meter.take()
    const heard = await this.#output.flush()
    if (signal.aborted) return
    this.#meter.report(marks, true)
    for (const item of heard) this.#transcripts.cut(item)
    this.#guard(() => this.#model.interrupt(heard))
    const item = lastHeard(heard)
    if (item) this.#report({ type: 'interrupted', payload: { itemId: item.itemId, heardMs: item.heardMs } })
  }

  async #send(request: number, message: UserMessage): Promise<void> {
    this.#take('messageSent')
    const { signal } = this.#life
    // The model is told of the interruption first: it must not take the new answer for the old one.
    await this.#silence
    await this.#connection.ready()
    let error: VivaVoceError | undefined
    if (signal.aborted) error = stopped()
    else {
      this.#meter.userDone()
      try {
        this.#model.sendMessage(message)
        this.#history.say({ id: `message ${request}`, role: 'user', text: message.text, final: true })
      } catch (thrown) {
        error = asVivaVoceError(thrown, 'The message was not sent')
      }
    }
    this.#settle(request, error)
  }

  #show(state: PipelineState): void {
    if (state === this.#state) return
    this.#state = state
    this.#report({ type: 'stateChanged', state })
  }

  /** Runs a model's method: what it throws is one `error` event, and the conversation goes on. */
  #guard(call: () => void): void {
    try {
      call()
    } catch (thrown) {
      this.#report({ type: 'error', payload: asVivaVoceError(thrown, 'The model failed') })
    }
  }
}
