import { decodePcm } from '../pcm.ts'
import { forgetAudio, type Content } from './conversation.ts'
import type { HandleStore } from './handles.ts'
import { InputAudio, type Utterance } from './input-audio.ts'
import type { SessionOptions } from './options.ts'
import type { Blob, RealtimeInput } from './realtime-input.ts'
import { offeredTools, traitsOf, type ModelTraits, type Setup, type Tool } from './setup.ts'
import { ToolCalls, type FunctionResponse } from './tool-calls.ts'
import { SimulatedTurn } from './turn.ts'
import { seconds, type Json } from './wire.ts'

/** What is wrong with a message. Without a code, the service would have let it pass. */
export interface Complaint {
  readonly code?: number
  readonly reason: string
}

/** What a session needs of its connection. */
export interface SessionHost {
  readonly options: SessionOptions
  readonly handles: HandleStore
  readonly emit: (message: Json) => void
  /** The service has failed. */
  readonly fail: (reason: string) => void
  readonly alive: () => boolean
  /** Messages of the client until now. */
  readonly consumed: () => number
}

const ABORTED: Complaint = { code: 1008, reason: 'The operation was aborted.' }

/** What the service does with the messages of one client, once it is set up. */
export class SimulatedSession {
  readonly contents: Content[]
  readonly utterances: Utterance[] = []
  readonly images: string[] = []
  readonly input: InputAudio
  readonly #host: SessionHost
  readonly #traits: ModelTraits
  readonly #calls = new ToolCalls()
  #setup: Setup
  #turn: SimulatedTurn | undefined
  #again = false
  #imagesShown = 0
  #resumable: boolean | undefined
  #awaitsHistory: boolean
  #activityEpoch = 0

  constructor(host: SessionHost, setup: Setup, contents: readonly Content[]) {
    this.#host = host
    this.#setup = setup
    this.#traits = traitsOf(setup.model)
    this.contents = [...contents]
    this.#awaitsHistory = setup.historyConfig?.initialHistoryInClientContent === true
    this.input = new InputAudio(
      {
        speechStarted: (atMs) => this.#speechStarted(atMs),
        speechEnded: (utterance) => this.#speechEnded(utterance),
      },
      { keepRecording: host.options.record },
    )
    this.input.configure(this.#detection)
  }

  /** The setup as it is now. */
  get setup(): Setup {
    return this.#setup
  }

  /** `setupComplete` has been sent. */
  open(): void {
    this.#updateResumption()
  }

  /** The connection is gone. */
  stop(): void {
    this.#again = false
    this.#turn?.stop()
    this.#calls.clear()
  }

  /** Does what a message asks for; gives what is wrong with it. */
  handle(message: Json): Complaint | undefined {
    if (message.setup) return { code: 1007, reason: 'setup must be sent once, as the first message.' }
    if (message.clientContent) return this.#clientContent(message.clientContent as Json)
    if (message.realtimeInput) return this.#realtimeInput(message.realtimeInput)
    if (message.toolResponse) return this.#toolResponse(message.toolResponse as Json)
    return this.#contextUpdate(message.contextUpdate as Json)
  }

  get #detection(): NonNullable<Setup['realtimeInputConfig']>['automaticActivityDetection'] & object {
    return this.#setup.realtimeInputConfig?.automaticActivityDetection ?? {}
  }

  get #aborts(): boolean {
    return this.#calls.blocking && !this.#traits.inputCancelsCalls
  }

  #clientContent({
    turns = [],
    turnComplete,
  }: Json & { readonly turns?: readonly Content[] }): Complaint | undefined {
    if (this.#aborts) return ABORTED
    const initial = this.#awaitsHistory
    if (!initial && !this.#traits.laterContent) {
      return { code: 1007, reason: 'Request contains an invalid argument.' }
    }
    if (!initial) this.#interrupt()
    this.contents.push(...turns)
    if (turnComplete !== true) return undefined
    this.#awaitsHistory = false
    if (!initial) this.#requestTurn()
    return undefined
  }

  #realtimeInput(input: RealtimeInput): Complaint | undefined {
    if (this.#awaitsHistory) return { reason: 'Realtime input came before the initial history was complete.' }
    const manual = this.#detection.disabled === true
    if (input.activityStart) {
      if (!manual) {
        const reason =
          'Explicit activity control is not supported when automatic activity detection is enabled.'
        return { code: 1007, reason }
      }
      if (this.input.active) return { code: 1007, reason: 'activityStart came during an activity.' }
      this.input.start()
    }
    for (const blob of [input.audio, input.video, ...(input.mediaChunks ?? [])]) {
      const complaint = blob && this.#media(blob)
      if (complaint) return complaint
    }
    if (input.activityEnd) {
      if (!this.input.active) return { code: 1007, reason: 'activityEnd came without activityStart.' }
      this.input.end('activity-signals')
    }
    if (input.audioStreamEnd) {
      if (manual) return { code: 1007, reason: 'audioStreamEnd requires automatic activity detection.' }
      this.input.end('stream-end')
    }
    return input.text === undefined ? undefined : this.#text(input.text)
  }

  #media({ mimeType, data }: Blob): Complaint | undefined {
    if (mimeType.startsWith('image/')) {
      this.images.push(data)
      return undefined
    }
    const rate = /^audio\/pcm(?:;\s*rate=(\d+))?$/.exec(mimeType)
    if (!rate) return { code: 1007, reason: `Unsupported mime type: ${mimeType}.` }
    if (this.#aborts) return ABORTED
    const pcm = decodePcm(data)
    if (Buffer.from(data, 'base64').length % 2 === 1)
      return { code: 1007, reason: 'Audio has half a sample.' }
    this.input.append(pcm, Number(rate[1] ?? 16_000))
    return undefined
  }

  #text(text: string): Complaint | undefined {
    if (this.#aborts) return ABORTED
    // It need not interrupt a turn, but a blocking call does not outlive new input.
    if (this.#calls.blocking) this.#interrupt()
    this.contents.push({ role: 'user', parts: [{ text }] })
    this.#requestTurn()
    return undefined
  }

  #toolResponse({
    functionResponses = [],
  }: Json & { readonly functionResponses?: readonly FunctionResponse[] }): Complaint | undefined {
    let complaint: Complaint | undefined
    for (const response of functionResponses) complaint = this.#answerCall(response) ?? complaint
    this.#calls.settle()
    this.#updateResumption()
    return complaint
  }

  #answerCall(response: FunctionResponse): Complaint | undefined {
    const call = this.#calls.answer(response)
    if (typeof call === 'string') return { reason: `The function call ${response.id ?? ''} is ${call}.` }
    const { scheduling = 'WHEN_IDLE', willContinue: _, ...functionResponse } = response
    const { parts = [] } = functionResponse
    if (parts.length > 0 && !this.#traits.responseParts) {
      return { code: 1007, reason: 'Multimodal function responses are not supported for this model.' }
    }
    this.images.push(...parts.map(({ inlineData }) => inlineData.data))
    this.contents.push({ role: 'user', parts: [{ functionResponse }] })
    if (call.blocking || scheduling === 'SILENT') return undefined
    if (scheduling === 'INTERRUPT') this.#interrupt({ cancelCalls: false })
    this.#requestTurn()
    return undefined
  }

  #contextUpdate({ systemInstruction, tools }: Json): Complaint | undefined {
    if (!this.#traits.contextUpdate) {
      return { code: 1007, reason: 'Context updates are not supported for this model.' }
    }
    const update = tools as { readonly tools?: readonly Tool[] } | undefined
    this.#setup = {
      ...this.#setup,
      ...(systemInstruction ? { systemInstruction } : {}),
      ...(update ? { tools: update.tools ?? [] } : {}),
    }
    return undefined
  }

  #speechStarted(atMs: number): void {
    this.#activityEpoch++
    this.#signal('ACTIVITY_START', atMs)
    if (this.#setup.realtimeInputConfig?.activityHandling !== 'NO_INTERRUPTION') this.#interrupt()
  }

  #speechEnded(utterance: Utterance): void {
    this.#signal('ACTIVITY_END', utterance.endMs)
    this.utterances.push(utterance)
    if (!this.#host.options.record) this.utterances.splice(0, this.utterances.length - 1)
    void this.#answerSpeech(utterance.pcm).catch(() => this.#host.fail('Internal error encountered.'))
  }

  async #answerSpeech(pcm: Int16Array): Promise<void> {
    const epoch = this.#activityEpoch
    const text = await this.#host.options.transcribe(pcm)
    if (!this.#host.options.record) forgetAudio(this.contents)
    this.contents.push({ role: 'user', parts: [{ text }], pcm })
    if (this.#setup.inputAudioTranscription) {
      for (const piece of text.match(/\s*\S+/g) ?? []) {
        this.#host.emit({ serverContent: { inputTranscription: { text: piece } } })
      }
    }
    // The user has gone on: the turn that comes then answers both.
    if (epoch === this.#activityEpoch) this.#requestTurn()
  }

  #signal(voiceActivityType: string, atMs: number): void {
    if (!this.#host.options.voiceActivity) return
    this.#host.emit({ voiceActivity: { voiceActivityType, audioOffset: seconds(Math.round(atMs)) } })
  }

  #interrupt({ cancelCalls = true } = {}): void {
    this.#again = false
    const turn = this.#turn
    this.#turn = undefined
    const ids = cancelCalls ? this.#calls.cancel(turn) : []
    if (ids.length > 0) this.#host.emit({ toolCallCancellation: { ids } })
    turn?.interrupt()
    this.#updateResumption()
  }

  #requestTurn(): void {
    if (this.#turn) {
      this.#again = true
      return
    }
    const { options, emit } = this.#host
    const turn = new SimulatedTurn({
      options,
      emit,
      traits: this.#traits,
      setup: () => this.#setup,
      contents: this.contents,
      calls: this.#calls,
      question: () => ({
        contents: this.contents,
        setup: this.#setup,
        tools: offeredTools(this.#setup.tools),
        images: this.images.slice(this.#imagesShown),
      }),
    })
    this.#turn = turn
    this.#updateResumption()
    void turn
      .run()
      .catch(() => this.#host.fail('Internal error encountered.'))
      .then(() => this.#turnEnded(turn))
  }

  #turnEnded(turn: SimulatedTurn): void {
    if (this.#turn !== turn) return
    this.#turn = undefined
    this.#imagesShown = this.images.length
    const again = this.#again
    this.#again = false
    if (again) this.#requestTurn()
    else this.#updateResumption()
  }

  #updateResumption(): void {
    const { sessionResumption } = this.#setup
    if (!sessionResumption && !this.#traits.joined) return
    const resumable = !this.#turn && this.#calls.pending === 0
    if (resumable === this.#resumable) return
    this.#resumable = resumable
    const { handles, alive, consumed, emit } = this.#host
    const contents = [...this.contents]
    // What is false or empty is left out, as ProtoJSON does.
    const state = resumable ? { newHandle: handles.mint({ contents, alive }), resumable } : {}
    const index = sessionResumption?.transparent ? { lastConsumedClientMessageIndex: `${consumed()}` } : {}
    emit({ sessionResumptionUpdate: { ...state, ...index } })
  }
}
