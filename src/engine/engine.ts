import {
  ConnectionError,
  isVivaVoceError,
  ModelError,
  messageOf,
  type VivaVoceError,
} from '../core/errors.ts'
import type { HeardItem, RealtimeModel } from '../providers/model.ts'
import {
  stepConnection,
  type Connection,
  type ConnectionEffect,
  type ConnectionInput,
} from './connection-table.ts'
import type { EngineCommand, EngineReport, PipelineState } from './messages.ts'
import { MicrophoneInput } from './microphone-input.ts'
import { SpeakerOutput } from './speaker-output.ts'
import { ToolCalls } from './tool-calls.ts'
import { Transcripts } from './transcripts.ts'
import { TurnMeter } from './turn-metrics.ts'
import { publicState, turnTable, type TurnInput, type TurnState } from './turn-table.ts'

type Start = Extract<EngineCommand, { type: 'start' }>

/**
 * A conversation without a page: takes commands, gives reports, and exchanges audio with the worklets
 * over their ports. It uses nothing that a Worker does not have.
 */
export class Engine {
  readonly #model: RealtimeModel
  readonly #report: (report: EngineReport) => void
  readonly #input: MicrophoneInput
  readonly #output: SpeakerOutput
  readonly #transcripts: Transcripts
  readonly #meter: TurnMeter
  readonly #tools: ToolCalls
  #cutsOnSpeech = false
  #connection: Connection = { state: 'idle', attempt: 0 }
  #turn: TurnState = 'listening'
  #state: PipelineState = 'idle'
  #life = new AbortController()
  /** Responses that began and were neither finished nor interrupted. */
  readonly #responses = new Set<string>()
  /** Settles when no interruption is under way. */
  #silence: Promise<void> = Promise.resolve()

  /** @param report Takes what the page is to know. Must not call back into the engine at once. */
  constructor(model: RealtimeModel, report: (report: EngineReport) => void) {
    this.#model = model
    this.#report = report
    this.#meter = new TurnMeter((metrics) => report({ type: 'turnEnded', metrics }))
    this.#transcripts = new Transcripts((transcript) => report({ type: 'transcript', transcript }))
    this.#tools = new ToolCalls((call) => report({ type: 'runTool', call }))
    this.#input = new MicrophoneInput({
      onFrame: (samples) => this.#guard(() => model.handleAudioInput(samples)),
      onSpeech: (speaking) => this.#takeLocalSpeech(speaking),
      onEcho: ({ estimateDb, correlation }) => report({ type: 'echo', echo: { estimateDb, correlation } }),
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
    this.#listen()
  }

  /** Carries out a command of the page's. */
  handle(command: EngineCommand): void {
    switch (command.type) {
      case 'start':
        return this.#connect(command)
      case 'attachMicrophone':
        return this.#input.attach(command.port)
      case 'attachSpeaker':
        return this.#output.attach(command.port)
      case 'outputLatency':
        this.#output.latencySeconds = command.seconds
        return undefined
      case 'sendMessage':
        return void this.#send(command.request, command.message.text)
      case 'interrupt':
        return this.#take('interrupted')
      case 'toolFinished':
        return this.#tools.finish(command.callId, command.outcome)
      case 'stop':
        return this.#step('stop', this.#connection.attempt, stopped())
    }
  }

  #listen(): void {
    const model = this.#model
    model.on('speechStarted', () => {
      if (!this.#live) return
      this.#report({ type: 'speechStarted', by: 'model' })
      this.#take('speechStarted')
    })
    model.on('speechStopped', () => {
      if (!this.#live) return
      this.#report({ type: 'speechStopped', by: 'model' })
      this.#meter.userDone()
      this.#take('speechStopped')
    })
    model.on('responseStarted', ({ responseId }) => {
      if (!this.#live) return
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
      if (this.#live) this.#transcripts.write(transcript)
    })
    model.on('error', (error) => this.#report({ type: 'error', error }))
    model.on('closed', (error) => this.#step('dropped', this.#connection.attempt, error))
  }

  get #live(): boolean {
    return this.#connection.state !== 'idle'
  }

  #takeLocalSpeech(speaking: boolean): void {
    this.#report({ type: speaking ? 'speechStarted' : 'speechStopped', by: 'microphone' })
    if (!speaking || !this.#cutsOnSpeech) return
    this.#take('interrupted')
    // The worklet has fallen silent by itself; if there was nothing to interrupt, it is to go on.
    this.#output.resume()
  }

  #connect({ attempt, instructions, tools, onLocalSpeech }: Start): void {
    this.#step('start', attempt)
    if (this.#connection.attempt !== attempt) return
    this.#cutsOnSpeech = onLocalSpeech === 'cut'
    const { signal } = this.#life
    const session = {
      instructions,
      tools,
      signal,
      output: this.#output,
      runTool: this.#tools.run.bind(this.#tools),
    }
    // A model that throws at once is to fail like one that rejects.
    void (async () => this.#model.connect(session))().then(
      () => this.#step('opened', attempt),
      (error: unknown) => this.#step('failed', attempt, asVivaVoceError(error, 'The model did not connect')),
    )
  }

  #step(input: ConnectionInput, attempt: number, error?: VivaVoceError): void {
    const { to, effects, attempt: current } = stepConnection(this.#connection, input, attempt)
    this.#connection = { state: to, attempt: current }
    for (const effect of effects) this.#perform(effect, error)
    if (to === 'connecting') this.#show('connecting')
    else if (to === 'idle') this.#show('idle')
    else if (effects.includes('confirm')) this.#show(publicState[this.#turn])
  }

  #perform(effect: ConnectionEffect, error: VivaVoceError = stopped()): void {
    const { attempt } = this.#connection
    switch (effect) {
      case 'connect':
        this.#life = new AbortController()
        return undefined
      case 'confirm':
        this.#input.open()
        return this.#report({ type: 'started', attempt })
      case 'reject':
        return this.#report({ type: 'started', attempt, error })
      case 'announceLoss':
        return this.#report({ type: 'lost', error })
      case 'release':
        return this.#release()
    }
  }

  #release(): void {
    this.#life.abort(stopped())
    this.#guard(() => this.#model.close())
    this.#input.close()
    this.#output.close()
    this.#tools.clear()
    this.#responses.clear()
    this.#transcripts.clear()
    this.#turn = 'listening'
    this.#report({ type: 'abortTools' })
  }

  #take(input: TurnInput): void {
    if (!this.#live) return
    const { to, effects } = turnTable[this.#turn][input]
    const answered = this.#turn !== 'listening' && to === 'listening'
    this.#turn = to
    for (const _interrupt of effects) this.#silence = this.#interrupt()
    if (effects.length === 0 && answered) this.#meter.report(this.#meter.take())
    if (this.#connection.state === 'open') this.#show(publicState[to])
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
    if (item)
      this.#report({ type: 'interrupted', interruption: { itemId: item.itemId, heardMs: item.heardMs } })
  }

  async #send(request: number, text: string): Promise<void> {
    this.#take('messageSent')
    const { signal } = this.#life
    // The model is told of the interruption first: it must not take the new answer for the old one.
    await this.#silence
    let error: VivaVoceError | undefined
    if (signal.aborted) error = stopped()
    else {
      this.#meter.userDone()
      try {
        this.#model.sendMessage({ text })
      } catch (thrown) {
        error = asVivaVoceError(thrown, 'The message was not sent')
      }
    }
    this.#report({ type: 'settled', request, ...(error ? { error } : {}) })
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
      this.#report({ type: 'error', error: asVivaVoceError(thrown, 'The model failed') })
    }
  }
}

/** The item that was sounding, or was about to, when the answer was cut. */
function lastHeard(heard: readonly HeardItem[]): HeardItem | undefined {
  return heard.findLast((item) => item.heardMs > 0) ?? heard[0]
}

function stopped(): ConnectionError {
  return new ConnectionError('The conversation was ended while this was under way.', {
    code: 'connection-lost',
  })
}

function asVivaVoceError(thrown: unknown, what: string): VivaVoceError {
  if (isVivaVoceError(thrown)) return thrown
  return new ModelError(`${what}: ${messageOf(thrown)}`, { code: 'model-error', cause: thrown })
}
