import { onTestFinished } from 'vitest'
import type { ModelEvents } from '../../src/providers/model.ts'
import { assertFits } from '../../src/providers/openai/message-limit.ts'
import { followVoice } from '../../src/providers/openai/voice-track.ts'
import { Conversation } from '../../src/providers/openai/conversation.ts'
import { agentOf, sessionUpdate } from '../../src/providers/openai/encode.ts'
import type { OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'
import { refuse } from '../../src/providers/openai/options.ts'
import type { Traits } from '../../src/providers/openai/traits.ts'
import type { ClientEvent, ServerEvent } from '../../src/providers/openai/wire.ts'
import { violations } from './openai-schema.ts'
import { type Message, RecordingSession } from './openai-server.ts'

/** What OpenAI can do over a WebSocket. */
export const frames: Traits = {
  truncation: 'client',
  media: 'frames',
  textOutput: true,
  imageInput: true,
  deletion: true,
  metadata: true,
}

/** What OpenAI can do over WebRTC. */
export const track: Traits = { ...frames, truncation: 'server', media: 'track' }

/** How a {@link TableTalk} begins. */
export interface TableTalkSetup {
  readonly options?: Partial<OpenAIRealtimeOptions>
  readonly traits?: Traits
  readonly earlier?: Partial<Pick<RecordingSession, 'history' | 'answerDue' | 'confirmTurns'>>
  readonly maxMessageBytes?: number
}

/** A conversation without a connection: nothing takes time, and all that it sends is held against the schema. */
export class TableTalk {
  readonly session: RecordingSession
  readonly conversation: Conversation
  readonly abort = new AbortController()
  readonly sent: ClientEvent[] = []
  readonly told: { readonly name: keyof ModelEvents; readonly payload: unknown }[] = []

  constructor({ options = {}, traits = frames, earlier = {}, maxMessageBytes }: TableTalkSetup = {}) {
    this.session = Object.assign(new RecordingSession(), earlier)
    const all: OpenAIRealtimeOptions = { auth: () => 'ek_test', model: 'gpt-realtime-2.1', ...options }
    this.conversation = new Conversation({
      session: this.session,
      history: this.session.history,
      options: all,
      traits,
      assertFits: maxMessageBytes
        ? (message) => assertFits(message, maxMessageBytes, { model: 'gpt-realtime-2.1' }, refuse)
        : undefined,
      followVoice: traits.media === 'track' && options.outputModalities !== 'text' ? followVoice : undefined,
      signal: this.abort.signal,
      send: (event) => this.sent.push(event),
      updateOf: (agent) => ({
        type: 'session.update',
        session: agentOf(sessionUpdate(all, agent).session),
      }),
      emit: (name, payload) => this.told.push({ name, payload }),
    })
    onTestFinished(() => {
      this.abort.abort()
      const found = this.wire.flatMap(violations)
      if (found.length > 0) throw new Error(found.join('\n'))
    })
  }

  /** What was sent, as it is on the wire. */
  get wire(): Message[] {
    return this.sent.map((event) => JSON.parse(JSON.stringify(event)) as Message)
  }

  /** The types of what was sent. */
  get types(): string[] {
    return this.sent.map(({ type }) => type)
  }

  play(...events: object[]): void {
    for (const event of events) this.conversation.receive(event as ServerEvent)
  }

  all<Name extends keyof ModelEvents>(name: Name): ModelEvents[Name][] {
    return this.told.filter((one) => one.name === name).map(({ payload }) => payload as ModelEvents[Name])
  }
}

/** The `create_id` of the last request, as it comes back in the answer's metadata. */
export function metadataOf({ wire }: TableTalk): unknown {
  const request = wire.findLast(({ type }) => type === 'response.create')
  return (request?.response as { readonly metadata?: unknown } | undefined)?.metadata ?? null
}
