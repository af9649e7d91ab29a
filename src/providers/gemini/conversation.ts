import type { HeardItem, ResponseStatus } from '../model.ts'
import type { ConversationHost } from './conversation-host.ts'
import { turnError } from './failures.ts'
import { FunctionCalls } from './function-calls.ts'
import { Patience } from './patience.ts'
import { SpokenTurn } from './spoken-turn.ts'
import { TimeSpan } from './time-span.ts'
import { usageOf } from './usage.ts'
import { UserWords } from './user-words.ts'
import type { ClientMessage, ServerContent, ServerMessage, ToolScheduling, WirePart } from './wire.ts'

/** What the next turn of the model's is an answer to, if that is known. */
type Cause = 'message' | 'voice' | 'tool' | 'interruptingTool' | { readonly replyId: string }

/**
 * What is said over one connection. The service tells when the model speaks, but hardly when the user
 * does: a user's turn is known by the interruption that it makes, or by the answer that it gets.
 */
export class Conversation {
  readonly #host: ConversationHost
  readonly #calls: FunctionCalls
  readonly #words: UserWords
  readonly #patience: Patience
  #turn: SpokenTurn | undefined
  #speaking = false
  #talking = false
  #awaiting: Cause | undefined
  /** An answer that was stopped before it began comes within that time, or not at all. */
  readonly #doomed = new TimeSpan(3000)
  /** From an interruption that the engine knows of to its word of what was heard. */
  readonly #flushing = new TimeSpan(1000)
  #stop: ReturnType<typeof setTimeout> | undefined

  constructor(host: ConversationHost) {
    this.#host = host
    this.#words = new UserWords(host)
    this.#calls = new FunctionCalls({ ...host, onAnswered: (scheduling) => this.#answered(scheduling) })
    this.#patience = new Patience({
      isDue: () => this.#awaiting !== undefined || this.#isOpen,
      isPaused: () => this.#calls.pending,
      onLapse: () => this.#giveUp(),
      onDead: host.onDead,
    })
  }

  /** Takes a message of the service's. Throws if it is not what it should be. */
  receive(message: ServerMessage): void {
    const { serverContent, toolCall, toolCallCancellation, usageMetadata: usage, voiceActivity } = message
    this.#patience.reward()
    if (usage) this.#host.emit('usage', usageOf(usage))
    this.#hearActivity(voiceActivity?.voiceActivityType)
    if (toolCallCancellation) this.#cancel(toolCallCancellation.ids ?? [])
    if (serverContent) this.#take(serverContent)
    if (toolCall?.functionCalls?.length) {
      const turn = this.#begin()
      if (!turn.dead) turn.closeItem()
      this.#calls.take(toolCall.functionCalls, turn.id, turn.dead)
      this.#patience.begin()
    }
  }

  /** Sends what the user typed, or shows; or, while nobody speaks, what the agent is to say. */
  ask(cause: Cause, messages: readonly ClientMessage[]): void {
    clearTimeout(this.#stop)
    if (cause === 'message') {
      this.#killTurn()
      this.#endSpeech()
    }
    this.#doomed.end()
    this.#flushing.end()
    this.expect(cause)
    messages.forEach((message) => this.tell(message))
  }

  /** Sends something, while nobody speaks: what the service thinks is still being heard is not. */
  tell(message: ClientMessage): void {
    if (this.#turn?.generated) this.#turn.heard = true
    this.#host.outbox.input(message)
  }

  /**
   * Drops the rest of the answer. Nothing is said for cancelling; content of the client's interrupts the
   * generation, and that of no turns adds nothing to the conversation.
   */
  interrupt(heard: readonly HeardItem[]): void {
    const turn = this.#turn
    const isEcho = this.#flushing.end()
    // The engine says so for each interruption, also for one by the user's voice, which is dealt with.
    const isAhead = !turn || turn.isOver
    if (isEcho && (isAhead || !heard.some(({ itemId }) => itemId === turn.itemId))) return
    if (isAhead && !this.#awaiting) return
    const runs = (isAhead || !turn.generated) && !this.#calls.blocking
    if (isAhead) this.#doomed.begin()
    this.#killTurn()
    if (!runs || !this.#host.traits.clientContent) return
    // A message that follows at once stops it as well.
    this.#stop = setTimeout(() => {
      this.#host.outbox.input({ clientContent: { turnComplete: false } })
    })
  }

  /** The user begins to speak, by the application's word. */
  startTurn(): void {
    if (this.#talking) return
    this.#talking = true
    clearTimeout(this.#stop)
    if (this.#turn?.isOver !== false && this.#awaiting) this.#doomed.begin()
    this.#killTurn()
    this.#flushing.begin()
    this.#host.outbox.input({ realtimeInput: { activityStart: {} } })
  }

  /** The user has spoken. */
  endTurn(): void {
    if (this.#talking) this.#host.outbox.input({ realtimeInput: { activityEnd: {} } })
    this.expect('voice')
    // Nothing was said, and the engine, which is about to wait for an answer, is to be told.
    if (!this.#talking) queueMicrotask(() => this.#giveUp())
    this.#talking = false
  }

  /** Takes a frame of the user's voice. */
  handleAudio(frame: Int16Array): void {
    if (this.#talking || this.#host.options.turnDetection !== null) this.#host.outbox.audio(frame)
  }

  /** An answer is to come. */
  expect(cause: Cause): void {
    this.#awaiting = cause
    this.#host.onTurn()
    this.#patience.begin()
  }

  /** The connection is over. */
  close(): void {
    clearTimeout(this.#stop)
    this.#patience.end()
    this.#calls.close()
    this.#words.close()
  }

  #take(content: ServerContent): void {
    const { modelTurn, inputTranscription, outputTranscription, groundingMetadata: metadata } = content
    if (inputTranscription) {
      this.#words.hear(inputTranscription)
      if (this.#speaking) this.#patience.begin()
    }
    if (content.interrupted) this.#interrupted()
    if (outputTranscription?.text) this.#write(outputTranscription.text)
    for (const part of modelTurn?.parts ?? []) this.#speak(part)
    if (metadata) this.#host.emit('grounding', { responseId: this.#turn?.id ?? '', metadata })
    if (content.generationComplete) this.#finish(this.#turn)
    if (content.turnComplete) this.#complete(content.turnCompleteReason)
  }

  #begin(): SpokenTurn {
    let turn = this.#turn
    // What comes after the end of an answer, before the service thinks that it was heard, is another one.
    if (turn && (turn.dead || !turn.generated)) {
      this.#patience.begin()
      return turn
    }
    const { emit, onTurn, options } = this.#host
    const dead = this.#doomed.end()
    this.#turn = turn = new SpokenTurn(this.#host, dead)
    const cause = this.#awaiting
    if (!dead) this.#awaiting = undefined
    onTurn()
    this.#patience.begin()
    if (dead) return turn
    if ((!cause || cause === 'voice') && options.inputTranscription !== false) this.#words.place()
    this.#endSpeech()
    emit('responseStarted', { responseId: turn.id, ...(typeof cause === 'object' && cause) })
    return turn
  }

  #speak({ inlineData, text, thought }: WirePart): void {
    const isText = !thought && this.#host.options.responseModality === 'TEXT'
    if (text && isText) return this.#write(text)
    const isAudio = inlineData?.mimeType?.startsWith('audio/')
    // A thought begins an answer, but is no part of it; nor is a piece of code.
    if (!thought && !isAudio) return
    const turn = this.#begin()
    if (isAudio && !turn.dead) turn.play(inlineData?.data ?? '')
  }

  #write(text: string): void {
    const turn = this.#turn ?? this.#begin()
    if (turn.dead) return
    if (!turn.generated) this.#patience.begin()
    turn.write(text)
  }

  #finish(turn: SpokenTurn | undefined, status: ResponseStatus = 'completed'): void {
    if (!turn || turn.dead || turn.generated) return
    turn.generated = true
    turn.closeItem()
    const continues = this.#calls.expected && !turn.spoke
    if (continues) this.#awaiting = 'tool'
    this.#host.emit('responseDone', { responseId: turn.id, status, continues })
    this.#patience.begin()
  }

  #complete(reason = ''): void {
    const turn = this.#turn
    this.#turn = undefined
    if (!turn) {
      this.#doomed.end()
      const cause = this.#awaiting
      if (cause && cause !== 'message' && !this.#speaking && !this.#calls.pending) this.#giveUp()
    }
    if (turn && !turn.dead) {
      this.#finish(turn)
      this.#words.close()
    }
    const error = turnError(reason)
    if (error) this.#host.emit('error', error)
  }

  #interrupted(): void {
    const turn = this.#turn
    // A reply is asked for while there is nothing that it could interrupt: it is the user who does.
    const cause = typeof this.#awaiting === 'object' ? undefined : this.#awaiting
    if (!turn) this.#doomed.end()
    if (this.#talking || (turn ? turn.isOver : cause)) return
    this.#startSpeech()
    // There is no user behind it: what was sent interrupts, and is answered.
    if (cause || this.#host.options.turnDetection === null) this.#endSpeech()
    if (cause) this.expect(cause)
  }

  #hearActivity(type = ''): void {
    const { activityHandling, turnDetection } = this.#host.options
    // What may not interrupt says nothing about turns.
    if (activityHandling === 'NO_INTERRUPTION' || turnDetection === null) return
    if (type.endsWith('START') && !this.#speaking) this.#startSpeech()
    if (type.endsWith('END') && this.#speaking) {
      this.#endSpeech()
      this.expect('voice')
    }
  }

  /** The user takes the turn. */
  #startSpeech(): void {
    this.#speaking = true
    this.#flushing.begin()
    this.#host.emit('speechStarted', {})
    this.#killTurn()
    this.#patience.begin()
  }

  #endSpeech(): void {
    if (!this.#speaking) return
    this.#speaking = false
    this.#host.emit('speechStopped', {})
  }

  #killTurn(): void {
    const turn = this.#turn
    this.#awaiting = undefined
    this.#words.close()
    if (!turn || turn.dead) return
    turn.dead = true
    if (!turn.generated) {
      this.#host.emit('responseDone', { responseId: turn.id, status: 'cancelled', continues: false })
    }
  }

  #cancel(ids: readonly string[]): void {
    this.#calls.cancel(ids)
    if (this.#awaiting === 'tool' && !this.#calls.pending && !this.#turn) this.#giveUp()
  }

  #answered(scheduling: ToolScheduling | undefined): void {
    const turn = this.#turn
    if (turn && !turn.generated) return this.#patience.begin()
    if (scheduling !== 'SILENT') this.expect(scheduling === 'INTERRUPT' ? 'interruptingTool' : 'tool')
    else if (this.#awaiting === 'tool' && !this.#calls.expected) this.#giveUp()
  }

  get #isOpen(): boolean {
    return this.#turn?.dead === false && !this.#turn.generated
  }

  /** No answer comes, or no more of it: an empty one says so, if nobody else does. */
  #giveUp(): void {
    if (this.#isOpen) {
      this.#finish(this.#turn, 'incomplete')
      this.#turn = undefined
      return
    }
    const cause = this.#awaiting
    if (!cause && !this.#speaking) return
    this.#awaiting = undefined
    this.#endSpeech()
    const responseId = this.#host.newId('turn')
    this.#host.emit('responseStarted', { responseId, ...(typeof cause === 'object' && cause) })
    this.#host.emit('responseDone', { responseId, status: 'completed', continues: false })
  }
}
