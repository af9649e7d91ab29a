import { Conversation } from '../../src/providers/gemini/conversation.ts'
import type { GeminiRealtimeEvents } from '../../src/providers/gemini/events.ts'
import type { GeminiRealtimeOptions } from '../../src/providers/gemini/index.ts'
import { Outbox } from '../../src/providers/gemini/outbox.ts'
import { userMessages } from '../../src/providers/gemini/setup.ts'
import { traitsOf } from '../../src/providers/gemini/traits.ts'
import type { ServerMessage } from '../../src/providers/gemini/wire.ts'
import {
  type HeardItem,
  type ModelCapabilities,
  type ModelSession,
  RealtimeModel,
  type ReplyRequest,
  type UserMessage,
} from '../../src/providers/model.ts'

/** The conversation without its socket: what it sends is kept. */
export class Bare extends RealtimeModel<GeminiRealtimeEvents> {
  readonly capabilities: ModelCapabilities
  readonly sent: { readonly [key: string]: unknown }[] = []
  readonly problems: unknown[] = []
  readonly dead: number[] = []
  conversation: Conversation | undefined
  readonly #options: GeminiRealtimeOptions
  #ids = 0

  constructor(options: Partial<GeminiRealtimeOptions>) {
    super()
    this.#options = { auth: () => '', model: 'gemini-3.8-live', ...options }
    this.capabilities = {
      inputRate: 16_000,
      outputRate: 24_000,
      textInput: true,
      tools: true,
      manualTurns: true,
      resume: 'handle',
    }
  }
  override async connect(session: ModelSession): Promise<void> {
    const socket = {
      bufferedAmount: 0,
      send: (text: string | Uint8Array) => void this.sent.push(JSON.parse(String(text)) as never),
    }
    const { output } = session
    const open = new Set<string>()
    this.on('responseStarted', ({ responseId }) => open.add(responseId))
    this.on('responseDone', ({ responseId }) => open.delete(responseId))
    this.conversation = new Conversation({
      session: {
        runTool: session.runTool.bind(session),
        output: {
          write: (itemId, pcm) => {
            // Of an answer that was cut, nothing is even offered to the speaker.
            if (open.size !== 1) this.problems.push(`${itemId} while ${open.size} answers are under way`)
            output.write(itemId, pcm)
          },
          end: (itemId) => output.end(itemId),
          play: () => {},
          busy: false,
          pause: () => {},
          resume: () => {},
          duck: () => {},
        },
      },
      options: this.#options,
      traits: traitsOf(this.#options.model),
      outbox: new Outbox(socket, { onDrop: () => {}, onStuck: () => {}, silentFrames: 50 }),
      emit: (event, payload) => this.emit(event, payload),
      newId: (kind) => `${kind}-${++this.#ids}`,
      onTurn: () => {},
      onDead: () => this.dead.push(1),
    })
  }
  receive(message: ServerMessage): void {
    try {
      this.conversation?.receive(message)
    } catch (error) {
      this.problems.push(error)
    }
  }
  override handleAudioInput(frame: Int16Array): void {
    this.conversation?.handleAudio(frame)
  }
  override sendMessage(message: UserMessage): void {
    this.conversation?.ask('message', userMessages(message, traitsOf(this.#options.model)))
  }
  override reply({ replyId }: ReplyRequest): void {
    const messages = userMessages({ text: replyId }, traitsOf(this.#options.model))
    this.conversation?.ask({ replyId }, messages)
  }
  override addMessage(): void {
    this.conversation?.tell({ clientContent: { turns: [], turnComplete: false } })
  }
  override interrupt(heard: readonly HeardItem[]): void {
    this.conversation?.interrupt(heard)
  }
  override startTurn(): void {
    this.conversation?.startTurn()
  }
  override endTurn(): void {
    this.conversation?.endTurn()
  }
  override close(): void {
    this.conversation?.close()
  }
}
