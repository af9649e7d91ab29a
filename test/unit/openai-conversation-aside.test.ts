import { describe, expect, it } from 'vitest'
import { Emitter } from '../../src/core/emitter.ts'
import { ConnectionError } from '../../src/core/errors.ts'
import {
  type OpenAIChannel,
  type OpenAIRealtimeEvents,
  requestResponse,
} from '../../src/providers/openai/index.ts'
import type { ClientEvent } from '../../src/providers/openai/wire.ts'
import { audio, created, done, failure, itemDone, words } from './openai-events.ts'
import { violations } from './openai-schema.ts'
import { type Message, Talk } from './openai-server.ts'

/** What OpenAI tells of a response beside the conversation. */
const began = (id: string, metadata: unknown): Message => ({
  type: 'response.created',
  response: { id, object: 'realtime.response', conversation_id: null, metadata, status: 'in_progress' },
})
const ended = (id: string, metadata: unknown, text: string, rest: object = {}): Message => ({
  type: 'response.done',
  response: {
    id,
    object: 'realtime.response',
    conversation_id: null,
    metadata,
    status: 'completed',
    status_details: null,
    usage: { total_tokens: 3, input_tokens: 2, output_tokens: 1 },
    output: [{ id: `I${id}`, type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }],
    ...rest,
  },
})

/** A model that only records. */
class Channel implements OpenAIChannel {
  readonly #emitter = new Emitter<OpenAIRealtimeEvents>()
  readonly on: OpenAIChannel['on'] = (...listening) => this.#emitter.on(...listening)
  readonly sent: ClientEvent[] = []
  isOpen = true

  send(event: ClientEvent): boolean {
    const found = violations(JSON.parse(JSON.stringify(event)) as Message)
    if (found.length > 0) throw new Error(found.join('\n'))
    if (this.isOpen) this.sent.push(event)
    return this.isOpen
  }

  tell(...events: Message[]): void {
    for (const event of events) this.#emitter.emit('serverEvent', event)
  }

  close(error: ConnectionError): void {
    this.#emitter.emit('closed', error)
  }

  /** The metadata of the last request. */
  get metadata(): Record<string, string> {
    const request = this.sent.findLast(({ type }) => type === 'response.create')
    return request?.type === 'response.create' ? (request.response?.metadata ?? {}) : {}
  }
}

describe('an answer beside the conversation', () => {
  it('is asked for with its own words, and given with what it cost', async () => {
    const channel = new Channel()
    const answer = requestResponse(channel, {
      instructions: 'Answer yes or no: is the user angry?',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Stop it!' }] }],
      metadata: { topic: 'mood' },
      tools: [{ type: 'function', name: 'alert', description: 'Alerts.', parameters: { type: 'object' } }],
    })
    const { metadata } = channel
    expect(channel.sent).toMatchObject([
      {
        type: 'response.create',
        response: {
          conversation: 'none',
          output_modalities: ['text'],
          instructions: 'Answer yes or no: is the user angry?',
          input: [{ role: 'user' }],
          metadata: { topic: 'mood' },
          tools: [{ name: 'alert' }],
        },
      },
    ])
    channel.tell(began('R', metadata), ended('R', metadata, 'yes'))
    expect(await answer).toEqual({
      text: 'yes',
      calls: [],
      status: 'completed',
      usage: expect.objectContaining({ inputTokens: 2, outputTokens: 1, totalTokens: 3 }) as unknown,
      metadata: { topic: 'mood' },
    })
  })

  it('may be several at once, which end in any order', async () => {
    const channel = new Channel()
    const asked = ['one', 'two', 'three'].map((topic) => {
      const answer = requestResponse(channel, { metadata: { topic }, input: [] })
      return { topic, answer, metadata: channel.metadata }
    })
    for (const { topic, metadata } of asked) channel.tell(began(topic, metadata))
    for (const { topic, metadata } of asked.toReversed()) channel.tell(ended(topic, metadata, topic))
    expect(await Promise.all(asked.map(async ({ answer }) => (await answer).text))).toEqual([
      'one',
      'two',
      'three',
    ])
  })

  it('may be calls', async () => {
    const channel = new Channel()
    const answer = requestResponse(channel)
    const output = [{ id: 'I', type: 'function_call', call_id: 'C', name: 'alert', arguments: '{}' }]
    channel.tell(ended('R', channel.metadata, '', { output, status: 'incomplete', usage: null }))
    expect(await answer).toMatchObject({
      text: '',
      status: 'incomplete',
      calls: [{ callId: 'C', name: 'alert', arguments: '{}' }],
      usage: undefined,
    })
  })

  it('fails as OpenAI says', async () => {
    const channel = new Channel()
    const refused = requestResponse(channel)
    channel.tell(failure('invalid_value', channel.sent[0]?.event_id ?? ''))
    await expect(refused).rejects.toMatchObject({ code: 'model-error', providerCode: 'invalid_value' })
    const failed = requestResponse(channel)
    const details = { status: 'failed', status_details: { error: { code: 'rate_limit_exceeded' } } }
    channel.tell(ended('R', channel.metadata, '', details))
    await expect(failed).rejects.toMatchObject({ providerCode: 'rate_limit_exceeded', retryable: true })
  })

  it('fails where there is no connection, or another', async () => {
    const channel = new Channel()
    const lost = requestResponse(channel)
    channel.close(new ConnectionError('Gone.', { code: 'connection-lost' }))
    await expect(lost).rejects.toThrow('Gone.')
    const renewed = requestResponse(channel)
    channel.tell({ type: 'session.created', session: {} })
    await expect(renewed).rejects.toMatchObject({ code: 'connection-lost', retryable: true })
    channel.isOpen = false
    await expect(requestResponse(channel)).rejects.toMatchObject({ code: 'connection-lost' })
  })

  it('may be given up, before and after it began', async () => {
    const channel = new Channel()
    const abort = new AbortController()
    const reason = new Error('Enough.')
    const { signal } = abort
    const early = requestResponse(channel, { signal })
    const { metadata } = channel
    const late = requestResponse(channel, { signal })
    channel.tell(began('R2', channel.metadata))
    abort.abort(reason)
    await expect(early).rejects.toBe(reason)
    await expect(late).rejects.toBe(reason)
    channel.tell(began('R1', metadata))
    expect(channel.sent.slice(2)).toEqual([
      { type: 'response.cancel', response_id: 'R2' },
      { type: 'response.cancel', response_id: 'R1' },
    ])
    await expect(requestResponse(channel, { signal })).rejects.toBe(reason)
    expect(channel.sent).toHaveLength(4)
  })

  it('leaves the conversation alone, which goes on meanwhile', async () => {
    const talk = await Talk.start()
    const answer = requestResponse(talk.model, { instructions: 'Sum it up.' })
    const request = await talk.peer.waitFor('response.create')
    const { metadata } = request.response as { readonly metadata: unknown }
    await talk.play(
      created('R'),
      began('X', metadata),
      audio(10, 'IX', 'X'),
      words('Secret', 'IX', 'X'),
      audio(10),
      itemDone('IX', 'X'),
      ended('X', metadata, 'Summed up.'),
      audio(10),
      done('R'),
    )
    expect((await answer).text).toBe('Summed up.')
    expect([...talk.session.written]).toMatchObject([['I', { length: 20 }]])
    expect(talk.log.all('responseStarted')).toEqual([{ responseId: 'R' }])
    expect(talk.log.all('responseDone')).toMatchObject([{ responseId: 'R', status: 'completed' }])
    expect(talk.log.all('transcript').filter(({ role }) => role === 'agent')).toEqual([])
    expect(talk.log.all('usage')).toMatchObject([{ totalTokens: 3 }])
  })

  it('tells nobody else of its failure', async () => {
    const talk = await Talk.start()
    const answer = requestResponse(talk.model)
    const outcome = answer.catch((error: unknown) => error)
    const { event_id: id } = await talk.peer.waitFor('response.create')
    await talk.play(failure('invalid_value', String(id)))
    expect(await outcome).toMatchObject({ providerCode: 'invalid_value' })
    expect(talk.log.all('error')).toEqual([])
  })
})
