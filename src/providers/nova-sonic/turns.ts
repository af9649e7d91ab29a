import { PcmDecoder } from '../../shared/pcm-decoder.ts'
import { isInstruction } from '../instruction.ts'
import type { HeardItem, ModelEvents, ModelSession, ResponseStatus } from '../model.ts'
import { type Answer, type Block, newAnswer, type ReplyTo, type Sentence } from './answer.ts'
import { usageOf } from './usage.ts'
import type { ServerEvent, WireOutput, WireOutputEnd, WireOutputStart, WireToolUse } from './wire.ts'

/** Nothing more is expected of an answer that went quiet for so long. */
const PATIENCE_MS = 10_000
/** An interruption that comes sooner after the user began to speak is the speech's own. */
const SPEECH_INTERRUPTION_MS = 500
const MARKER = /^\s*\{\s*"interrupted"\s*:\s*true\s*\}\s*$/

/** What {@link Turns} works with. */
export interface TurnsHost {
  readonly session: Pick<ModelSession, 'output' | 'runTool'>
  readonly emit: <Name extends keyof ModelEvents>(event: Name, payload: ModelEvents[Name]) => void
  /** Answers a tool call. */
  readonly answer: (toolUseId: string, output: string) => void
  /** What the user said until now was understood. */
  readonly onUnderstood: () => void
}

/**
 * Whose turn it is. Nova Sonic does not tell when the user begins to speak: that shows when it breaks off,
 * or when it writes what it has understood. Neither can it be stopped: what the application interrupts
 * goes on unheard until it ends.
 */
export class Turns {
  readonly #host: TurnsHost
  readonly #blocks = new Map<string, Block>()
  /** Sentences that were announced, and not yet told to have been said. */
  #sentences: Sentence[] = []
  /** The latest; `undefined` once the user said something. */
  #answer: Answer | undefined
  readonly #calls = new Set<string>()
  /** Tools that run. */
  #running = 0
  /** Whether the user waits for an answer that has not begun. */
  #awaiting = false
  /** The `reply` that it is to be. */
  #reply: ReplyTo = {}
  /** Whether the user is known to speak. */
  #userSpeaks = false
  #interruptedAt = -Infinity
  /** Whether the pipeline was then surely waiting for an answer. */
  #expected = false
  #closed = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(host: TurnsHost) {
    this.#host = host
  }

  receive(event: ServerEvent): void {
    const { contentStart, textOutput, audioOutput, toolUse, contentEnd, completionEnd, usageEvent } = event
    if (contentStart) this.#begin(contentStart)
    if (textOutput) this.#write(textOutput)
    if (audioOutput) this.#sound(audioOutput)
    if (toolUse) this.#call(toolUse)
    if (contentEnd) this.#finish(contentEnd)
    // Turns come and go within a completion, but none outlives it.
    if (completionEnd && this.#blocks.size === 0 && this.#running === 0) this.#end(this.#answer)
    const usage = usageOf(usageEvent)
    if (usage) this.#host.emit('usage', usage)
    this.#wait()
  }

  /** The user typed something, or the agent is to say something, and it was sent. */
  asked(reply: ReplyTo = {}): void {
    const answer = this.#answer
    this.#cut()
    this.#reply = reply
    if (answer) {
      const owed = [...this.#sentences, ...[...this.#blocks.values()].map(({ sentence }) => sentence)]
      // Of an answer that has more to say, the end will be told; of another one it may not.
      if (!owed.some((sentence) => sentence?.answer === answer)) this.#end(answer)
    }
    this.#awaiting = true
    this.#wait()
  }

  /** See `RealtimeModel.interrupt`. */
  interrupt(heard: readonly HeardItem[]): void {
    const answer = this.#answer
    const own = performance.now() - this.#interruptedAt < SPEECH_INTERRUPTION_MS
    this.#interruptedAt = -Infinity
    // The speaker falls silent a little after the user began to speak, and the next answer may be here.
    const older = !heard.some(({ itemId }) => answer?.items.has(itemId))
    if (own && (heard.length > 0 ? older : this.#expected)) return
    this.#cut()
    if (this.#awaiting && (!answer || answer.over)) this.#answer = newAnswer('', false)
    this.#awaiting = false
    this.#wait()
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #begin({ contentId = '', type, role, additionalModelFields }: WireOutputStart): void {
    if (this.#blocks.has(contentId)) return
    const speculative = /SPECULATIVE/.test(String(additionalModelFields))
    const block: Block = { type, role, speculative, text: '', sentence: undefined, told: false }
    this.#blocks.set(contentId, block)
    const mine = role === 'ASSISTANT'
    // An answer that was broken off may still have something to say, but not to begin.
    const late = this.#answer?.cut && this.#answer.over
    if (type === 'TOOL' && !late) this.#speak(contentId)
    if (type === 'TEXT' && mine && speculative) block.sentence = this.#compose(contentId)
    if (type === 'AUDIO' && mine) {
      const next = this.#sentences.find(({ voiced }) => !voiced)
      block.sentence = next ?? (late ? undefined : this.#compose(contentId))
      if (block.sentence) block.sentence.voiced = true
    }
  }

  #compose(id: string): Sentence {
    const answer = this.#speak(id)
    const decoder = new PcmDecoder()
    const sentence = { id, answer, decoder, text: '', voiced: false, heard: false, final: false }
    answer.items.add(id)
    this.#sentences.push(sentence)
    return sentence
  }

  /** The answer that is being said, or begins. */
  #speak(id: string): Answer {
    const { emit } = this.#host
    if (this.#answer && !this.#answer.over) return this.#answer
    this.#retire()
    this.#awaiting = false
    this.#answer = newAnswer(id, true)
    this.#userDone()
    emit('responseStarted', { responseId: id, ...this.#reply })
    this.#reply = {}
    return this.#answer
  }

  #write({ contentId = '', content }: WireOutput): void {
    const block = this.#blocks.get(contentId)
    if (!block || !content) return
    if (MARKER.test(content)) {
      block.told = true
      return this.#interrupted(this.#sentences[0])
    }
    block.text += content
    const { role, sentence, text } = block
    if (role === 'USER' && !isInstruction(text)) this.#understand(contentId, block)
    else if (sentence) {
      sentence.text = text
      this.#show(sentence)
    }
  }

  #understand(id: string, block: Block): void {
    const { emit, onUnderstood } = this.#host
    if (!block.told) {
      block.told = true
      onUnderstood()
      if (!this.#awaiting || this.#reply.replyId !== undefined) {
        if (!this.#userSpeaks) this.#takeTurn()
        this.#awaiting = true
        this.#userDone()
      }
      this.#answer = undefined
    }
    emit('transcript', { id, role: 'user', text: block.text, final: false })
  }

  #sound({ contentId = '', content }: WireOutput): void {
    const sentence = this.#blocks.get(contentId)?.sentence
    if (!sentence || sentence.answer.cut || !content) return
    this.#host.session.output.write(sentence.id, sentence.decoder.decode(content))
    // Not before: what nobody hears any of was not said.
    if (sentence.heard) return
    sentence.heard = true
    this.#show(sentence)
  }

  #show({ id, text, heard, final }: Sentence): void {
    if (heard && text) this.#host.emit('transcript', { id, role: 'agent', text, final })
  }

  #call({ toolUseId, toolName, content }: WireToolUse): void {
    const { session, answer } = this.#host
    if (!toolUseId || !toolName || this.#calls.has(toolUseId)) return
    this.#calls.add(toolUseId)
    this.#running++
    const call = { callId: toolUseId, name: toolName, arguments: content ?? '' }
    void session.runTool(call).then(({ output }) => {
      this.#running--
      answer(toolUseId, output)
      this.#wait()
    })
  }

  #finish({ contentId = '', stopReason }: WireOutputEnd): void {
    const block = this.#blocks.get(contentId)
    if (!block) return
    this.#blocks.delete(contentId)
    const { type, role, speculative, text, told } = block
    if (role === 'USER' && text) {
      if (!told) return
      this.#host.emit('transcript', { id: contentId, role: 'user', text, final: true })
    }
    if (role !== 'ASSISTANT' || (type === 'TEXT' && (speculative || told))) return
    let { sentence } = block
    if (type === 'AUDIO') {
      if (sentence) this.#host.session.output.end(sentence.id)
    } else {
      sentence = this.#sentences.shift()
      if (sentence) this.#settle(sentence, text)
    }
    if (stopReason === 'INTERRUPTED') this.#interrupted(sentence)
    const answer = sentence?.answer
    if (stopReason === 'END_TURN' && answer) answer.last = true
    // Its text may be complete before its audio is.
    if (answer?.last && !this.#isSounding(answer)) this.#end(answer)
  }

  #isSounding(answer: Answer): boolean {
    return [...this.#blocks.values()].some(
      ({ type, sentence }) => type === 'AUDIO' && sentence?.answer === answer,
    )
  }

  /** What was said is the truth, unless it was broken off: then the clock of the speaker is. */
  #settle(sentence: Sentence, text: string): void {
    if (!sentence.text.startsWith(text)) sentence.text = text
    sentence.final = true
    this.#show(sentence)
  }

  /** Nothing more is told of what was announced. */
  #retire(): void {
    for (const sentence of this.#sentences.splice(0)) this.#settle(sentence, '')
  }

  #interrupted(sentence: Sentence | undefined): void {
    const answer = sentence?.answer ?? this.#answer
    if (answer?.cut) this.#end(answer)
    else if (answer || this.#awaiting) this.#takeTurn()
  }

  /** The user speaks: what is being answered is over. */
  #takeTurn(): void {
    const answer = this.#answer
    this.#expected = this.#awaiting || (answer !== undefined && !answer.over && !answer.cut)
    this.#interruptedAt = performance.now()
    this.#cut()
    this.#awaiting = false
    this.#userSpeaks = true
    this.#host.emit('speechStarted', {})
    this.#end(answer)
    this.#retire()
  }

  /** Nothing that was asked for or has begun is to be heard any more. */
  #cut(): void {
    this.#reply = {}
    if (this.#answer) this.#answer.cut = true
    for (const { sentence } of this.#blocks.values()) if (sentence) sentence.answer.cut = true
  }

  #userDone(): void {
    const { emit } = this.#host
    if (!this.#userSpeaks) return
    this.#userSpeaks = false
    emit('speechStopped', {})
  }

  #end(answer: Answer | undefined, status: ResponseStatus = 'completed'): void {
    if (!answer || answer.over) return
    const { id, announced, cut } = answer
    answer.over = true
    if (!announced) return
    this.#host.emit('responseDone', {
      responseId: id,
      status: cut ? 'cancelled' : status,
      continues: false,
    })
  }

  /** Nova Sonic may break off without a word, and nobody is to wait for ever. */
  #wait(): void {
    clearTimeout(this.#timer)
    const open = this.#answer && !this.#answer.over
    if (this.#closed || this.#running > 0 || !(open || this.#awaiting || this.#userSpeaks)) return
    this.#timer = setTimeout(() => this.#giveUp(), PATIENCE_MS)
  }

  #giveUp(): void {
    this.#end(this.#answer, 'incomplete')
    if (!this.#awaiting && !this.#userSpeaks) return
    this.#end(this.#speak(crypto.randomUUID()), 'incomplete')
  }
}
