import { randomUUID } from 'node:crypto'
import { Answer } from './answer.ts'
import { BlockWriter } from './blocks.ts'
import { ClientProtocol, type ClientInput } from './client-protocol.ts'
import { InputAudio, type Utterance } from './input-audio.ts'
import type { SimulatorSettings } from './options.ts'
import type { Prompt } from './prompt.ts'
import type { ConversationItem } from './reply.ts'
import type { WireMessage } from './wire.ts'

/** What a session needs of its connection. */
export interface SessionHost {
  readonly settings: SimulatorSettings
  readonly emit: (message: WireMessage) => void
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal
  /** Something broke that is no fault of the client's. */
  failed(error: unknown): void
}

/** A conversation, from `promptStart` to `sessionEnd`. */
export class NovaSession {
  readonly utterances: Utterance[] = []
  readonly conversation: ConversationItem[] = []
  instructions = ''
  prompt: Prompt | undefined
  input: InputAudio | undefined
  readonly #host: SessionHost
  readonly #calls = new Map<string, (output: string) => void>()
  readonly #protocol = new ClientProtocol((toolUseId) => this.#calls.has(toolUseId))
  #blocks: BlockWriter | undefined
  #answer: Answer | undefined
  #turns: Promise<void> = Promise.resolve()

  constructor(host: SessionHost) {
    this.#host = host
  }

  /** Whether the client has ended the session in order. */
  get ended(): boolean {
    return this.#protocol.ended
  }

  /** Takes an event. Throws `InvalidEvent`. */
  handle(message: WireMessage): void {
    const input = this.#protocol.take(message)
    if (input) this.#take(input)
  }

  #take(input: ClientInput): void {
    const { settings } = this.#host
    switch (input.type) {
      case 'prompt':
        this.prompt = input.prompt
        this.#blocks = new BlockWriter(input.prompt.name, this.#host.emit)
        return
      case 'instructions':
        this.instructions = input.text
        return
      case 'history':
        this.conversation.push({ type: 'message', role: input.role, text: input.text })
        return
      case 'audioStart':
        this.input = new InputAudio(
          input.sampleRate,
          {
            speechStarted: () => this.#answer?.interrupt(),
            speechStopped: (utterance) => this.#hear(utterance),
          },
          { silenceMs: settings.silenceMs, keepsAll: settings.record },
        )
        return
      case 'audio':
        this.input?.append(input.content)
        return
      case 'audioEnd':
        this.input?.end()
        return
      case 'typed':
        this.#answer?.interrupt()
        this.#enqueue(async () => {
          if (settings.echoesTyped) this.#blocks?.text('USER', 'FINAL', input.text, 'PARTIAL_TURN')
          await this.#reply(input.text, undefined)
        })
        return
      case 'toolResult':
        this.#calls.get(input.toolUseId)?.(input.content)
        this.#calls.delete(input.toolUseId)
        return
      case 'promptEnd':
        this.#answer?.interrupt()
        this.#enqueue(() => Promise.resolve(this.#blocks?.endCompletion()))
        return
      case 'sessionEnd':
    }
  }

  #hear(utterance: Utterance): void {
    this.utterances.push(utterance)
    if (!this.#host.settings.record) this.utterances.splice(0, this.utterances.length - 1)
    this.#enqueue(async () => {
      const parts = [await this.#host.settings.transcribe(utterance)].flat()
      for (const part of parts) this.#blocks?.text('USER', 'FINAL', part, 'PARTIAL_TURN')
      await this.#reply(parts.join(' '), utterance)
    })
  }

  /** One turn after the other: an answer that is interrupted still has its end to tell. */
  #enqueue(turn: () => Promise<void>): void {
    this.#turns = this.#turns.then(async () => {
      if (!this.#host.signal.aborted) await turn()
    })
    this.#turns.catch((error: unknown) => this.#host.failed(error))
  }

  async #reply(text: string, utterance: Utterance | undefined): Promise<void> {
    const { settings, signal } = this.#host
    const { prompt } = this
    const blocks = this.#blocks
    if (!prompt || !blocks) return
    this.conversation.push({ type: 'message', role: 'USER', text })
    const answer = new Answer({
      settings,
      blocks,
      signal,
      outputRate: prompt.outputRate,
      ask: (outputs) =>
        settings.reply({
          conversation: this.conversation,
          instructions: this.instructions,
          text,
          utterance,
          tools: prompt.tools,
          toolChoice: prompt.toolChoice,
          outputs,
          outputRate: prompt.outputRate,
        }),
      callTool: (name, args) => this.#callTool(blocks, name, args),
      said: (said) => void this.conversation.push({ type: 'message', role: 'ASSISTANT', text: said }),
    })
    this.#answer = answer
    try {
      await answer.run()
    } finally {
      this.#answer = undefined
    }
  }

  #callTool(blocks: BlockWriter, name: string, args: string): Promise<string> {
    const toolUseId = randomUUID()
    const at = this.conversation.push({ type: 'tool', name, arguments: args }) - 1
    const result = new Promise<string>((resolve) => {
      this.#calls.set(toolUseId, (output) => {
        this.conversation[at] = { type: 'tool', name, arguments: args, output }
        resolve(output)
      })
    })
    blocks.toolUse({ toolName: name, toolUseId, content: args })
    return result
  }
}
