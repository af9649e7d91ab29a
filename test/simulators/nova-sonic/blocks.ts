import { randomUUID } from 'node:crypto'
import type { Payload, WireMessage } from './wire.ts'

/** How a block, or a completion, ends. */
export type StopReason = 'PARTIAL_TURN' | 'END_TURN' | 'INTERRUPTED' | 'TOOL_USE'

/** A tool that the model calls. */
export interface ToolUse {
  readonly toolName: string
  readonly toolUseId: string
  /** JSON. */
  readonly content: string
}

/** Whether a text will be said, or was. */
export type Stage = 'SPECULATIVE' | 'FINAL'

/** What a client is told to be an interruption, spaces included. */
export const INTERRUPTED_MARKER = '{ "interrupted" : true }'

/** Writes the output of a session: blocks of text, sound and tool calls, all within one completion. */
export class BlockWriter {
  readonly #emit: (message: WireMessage) => void
  readonly #session: Payload
  #completion: Payload | undefined
  #usage = { input: 0, output: 0 }

  constructor(promptName: string, emit: (message: WireMessage) => void) {
    this.#emit = emit
    this.#session = { sessionId: randomUUID(), promptName }
  }

  /** A whole block of text; one without text if that is empty. */
  text(role: 'USER' | 'ASSISTANT', stage: Stage, content: string, stopReason: StopReason): void {
    const contentId = this.#start({
      type: 'TEXT',
      role,
      additionalModelFields: JSON.stringify({ generationStage: stage }),
      textOutputConfiguration: { mediaType: 'text/plain' },
    })
    if (content !== '') this.#write('textOutput', { contentId, role, content })
    this.end('TEXT', contentId, stopReason)
  }

  /** Begins a block of sound, and gives its id. */
  startAudio(sampleRateHertz: number): string {
    return this.#start({
      type: 'AUDIO',
      role: 'ASSISTANT',
      audioOutputConfiguration: {
        mediaType: 'audio/lpcm',
        sampleRateHertz,
        sampleSizeBits: 16,
        channelCount: 1,
        encoding: 'base64',
        audioType: 'SPEECH',
      },
    })
  }

  /** @param content Base64 of PCM16. */
  audio(contentId: string, content: string): void {
    this.#write('audioOutput', { contentId, role: 'ASSISTANT', content })
  }

  /** A whole block that calls a tool. */
  toolUse(use: ToolUse): void {
    const contentId = this.#start({
      type: 'TOOL',
      role: 'TOOL',
      toolUseOutputConfiguration: { mediaType: 'application/json' },
    })
    this.#write('toolUse', { contentId, role: 'TOOL', ...use })
    this.end('TOOL', contentId, 'TOOL_USE')
  }

  end(type: 'TEXT' | 'AUDIO' | 'TOOL', contentId: string, stopReason: StopReason): void {
    this.#write('contentEnd', { contentId, type, stopReason })
  }

  /** Tells what was spent, with so much more. */
  usage(input: number, output: number): void {
    this.#usage = { input: this.#usage.input + input, output: this.#usage.output + output }
    const tokens = (count: { input: number; output: number }): Payload => ({
      input: { speechTokens: count.input, textTokens: 0 },
      output: { speechTokens: count.output, textTokens: 0 },
    })
    this.#write('usageEvent', {
      details: { delta: tokens({ input, output }), total: tokens(this.#usage) },
      totalInputTokens: this.#usage.input,
      totalOutputTokens: this.#usage.output,
      totalTokens: this.#usage.input + this.#usage.output,
    })
  }

  /** Ends the completion, if there is one. */
  endCompletion(): void {
    if (this.#completion) this.#write('completionEnd', { stopReason: 'END_TURN' })
    this.#completion = undefined
  }

  #start(fields: Payload): string {
    const contentId = randomUUID()
    this.#write('contentStart', { contentId, ...fields })
    return contentId
  }

  #write(type: string, fields: Payload): void {
    if (!this.#completion) {
      this.#completion = { ...this.#session, completionId: randomUUID() }
      this.#emit({ type: 'completionStart', payload: this.#completion })
    }
    this.#emit({ type, payload: { ...this.#completion, ...fields } })
  }
}
