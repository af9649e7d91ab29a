import { vi } from 'vitest'
import type { ToolCall, ToolDeclaration, ToolOutcome } from '../../src/agent/tool-call.ts'
import type { HistoryItem, ModelSession, OutputTrack } from '../../src/providers/model.ts'
import type { PeerLink } from '../../src/providers/peer-link.ts'

/** A session that keeps what a model writes. */
export class RecordingSession implements ModelSession {
  readonly instructions: string = 'Be brief.'
  readonly confirmTurns = false
  readonly tools: readonly ToolDeclaration[] = [
    {
      name: 'weather',
      description: 'The weather of a city.',
      parameters: { type: 'object', properties: {} },
    },
  ]
  readonly abort = new AbortController()
  readonly signal = this.abort.signal
  readonly history: readonly HistoryItem[] = []
  readonly answerDue: boolean = false
  /** Samples of each item. */
  readonly written = new Map<string, number[]>()
  readonly calls: ToolCall[] = []

  constructor(
    given: Partial<Pick<ModelSession, 'instructions' | 'tools' | 'history' | 'answerDue' | 'runTool'>> = {},
  ) {
    Object.assign(this, given)
  }

  readonly output: OutputTrack = {
    busy: false,
    write: (itemId: string, pcm: Int16Array): void => {
      this.written.set(itemId, [...(this.written.get(itemId) ?? []), ...pcm])
    },
    end: (): void => {},
    play: (): void => {},
    pause: (): void => {},
    resume: (): void => {},
    duck: (): void => {},
  }

  openPeer(): Promise<PeerLink> {
    return Promise.reject(new Error('There is no peer connection here.'))
  }

  async runTool(call: ToolCall): Promise<ToolOutcome> {
    this.calls.push(call)
    return { output: 'sunny', ok: true }
  }
}

/** Waits until there is something. */
export function until<Value>(look: () => Value | undefined): Promise<Value> {
  return vi.waitUntil(look, { interval: 2, timeout: 10_000 }) as Promise<Value>
}
