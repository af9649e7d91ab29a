import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Conversation } from '../../src/agent/conversation.ts'
import type { ConversationSource } from '../../src/agent/conversation-events.ts'
import type { ConversationItem, MessageItem } from '../../src/agent/conversation-item.ts'
import { Emitter } from '../../src/core/emitter.ts'
import { OptionError } from '../../src/core/errors.ts'
import type { CaptionedPipeline } from '../../src/pipeline/captions.ts'
import type { AmbientPipeline } from '../../src/pipeline/ambience.ts'
import type { RealTimePipelineOptions } from '../../src/pipeline/pipeline-options.ts'
import type { RealTimePipeline } from '../../src/pipeline/real-time-pipeline.ts'
import type { WakeUpPipeline } from '../../src/pipeline/wake-up.ts'

function rig() {
  const pipeline = new Emitter<ConversationSource>()
  const conversation = new Conversation()
  const detach = conversation.attach(pipeline)
  const say = (id: string, role: 'user' | 'agent', text: string, heardText = text): void => {
    pipeline.emit('transcript', { id, role, text, heardText, final: true })
  }
  return { pipeline, conversation, detach, say }
}

function item(changes: Partial<MessageItem> = {}): MessageItem {
  const words = { text: 'one two', heardText: 'one', spoken: true, final: true, interrupted: true }
  return { id: 'a', role: 'agent', ...words, startedAt: 1, endedAt: 2, ...changes }
}

function parse(items: unknown): Conversation {
  return Conversation.from({ version: 1, items })
}

function failure(run: () => unknown): OptionError {
  try {
    run()
  } catch (error) {
    if (error instanceof OptionError) return error
    throw error
  }
  throw new Error('it did not fail')
}

describe('Conversation', () => {
  it('follows a pipeline, until it is detached or follows another', () => {
    const { pipeline, conversation, detach, say } = rig()
    say('u', 'user', 'Hi')
    conversation.attach(pipeline)
    detach()
    say('a', 'agent', 'Hello')
    expect(conversation.items.map(({ id }) => id)).toEqual(['u', 'a'])
    conversation.attach(new Emitter<ConversationSource>())
    say('b', 'agent', 'Anything else?')
    expect(conversation.items).toHaveLength(2)
  })

  it('tells of changes, and only of changes, as a store', () => {
    const { conversation, pipeline, say } = rig()
    const { subscribe, getSnapshot } = conversation
    const seen: unknown[] = []
    const stop = subscribe(() => seen.push(getSnapshot()))
    say('u', 'user', 'Hi')
    say('u', 'user', 'Hi')
    pipeline.emit('speechStarted', { by: 'model' })
    expect(seen).toEqual([conversation.items])
    expect(seen[0]).toBe(conversation.items)
    stop()
    conversation.add('user', 'typed')
    expect(seen).toHaveLength(1)
    expect(conversation.items.at(-1)).toMatchObject({ role: 'user', text: 'typed', spoken: false })
  })

  it('is a history of the latest that fits, and of answers what was heard', () => {
    const { conversation, pipeline, say } = rig()
    say('u', 'user', 'Hi')
    say('a', 'agent', 'one two three', 'one two')
    say('b', 'agent', 'written')
    say('c', 'agent', 'never heard', '')
    pipeline.emit('toolCalled', { callId: 't', name: 'sky', arguments: '{}' })
    const heard = [
      { type: 'message', role: 'user', text: 'Hi' },
      { type: 'message', role: 'agent', text: 'one two' },
      { type: 'message', role: 'agent', text: 'written' },
      { type: 'message', role: 'agent', text: 'never heard' },
    ]
    expect(conversation.history()).toEqual(heard)
    pipeline.emit('transcript', {
      id: 'd',
      role: 'agent',
      text: 'cut at once',
      heardText: '',
      receivedMs: 900,
      final: true,
    })
    expect(conversation.history()).toEqual(heard)
    pipeline.emit('toolFinished', { callId: 't', ok: true, durationMs: 1, output: 'blue' })
    const call = { callId: 't', name: 'sky', arguments: '{}' }
    expect(conversation.history({ maxTokens: 2 })).toEqual([{ type: 'toolCall', call, output: 'blue' }])
    expect(conversation.history({ maxTokens: 5 })).toHaveLength(2)
    expect(failure(() => conversation.history({ maxTokens: 0 })).option).toBe('maxTokens')
  })

  it('is read back as it was written', () => {
    const { conversation, pipeline, say } = rig()
    say('u', 'user', 'Hi')
    say('a', 'agent', 'one two', 'one')
    pipeline.emit('toolCalled', { callId: 't', name: 'sky', arguments: '{}' })
    pipeline.emit('agentChanged', { agent: { name: undefined } })
    const copy = Conversation.from(JSON.parse(JSON.stringify(conversation)))
    expect(copy.items).toEqual(conversation.items)
    expect(Object.isFrozen(copy.items[0])).toBe(true)
    expect(new Conversation({ items: copy.items }).items).toEqual(conversation.items)
  })

  it('goes on after what was read, also where a model counts its items anew', () => {
    const { pipeline, conversation } = rig()
    conversation.attach(pipeline)
    const next = parse([item({ final: false, interrupted: false })])
    next.attach(pipeline)
    pipeline.emit('stateChanged', { state: 'connecting' })
    pipeline.emit('transcript', { id: 'a', role: 'agent', text: 'Hi', heardText: 'Hi', final: true })
    expect(next.items).toMatchObject([
      { id: 'a', text: 'one two', final: true, interrupted: true },
      { id: 'a (2)', text: 'Hi' },
    ])
  })

  it.each<[string, () => unknown]>([
    ['json', () => Conversation.from('{}')],
    ['version', () => Conversation.from({ version: 2, items: [] })],
    ['items', () => Conversation.from({ version: 1 })],
    ['items[0]', () => parse([null])],
    ['items[0].role', () => parse([{ ...item(), role: 'toString' }])],
    ['items[0].id', () => parse([{ ...item(), id: 1 }])],
    ['items[1].id', () => parse([item(), item()])],
    ['items[0].text', () => parse([{ ...item(), text: undefined }])],
    ['items[0].heardText', () => parse([item({ heardText: 'on' })])],
    ['items[0].startedAt', () => parse([item({ startedAt: NaN })])],
    ['items[0].endedAt', () => parse([{ ...item(), endedAt: null }])],
    ['items[0].final', () => parse([{ ...item(), role: 'system', final: false }])],
    ['items[0].ok', () => parse([{ ...item(), role: 'tool', name: '', arguments: '', ok: 1 }])],
    ['items[0]', () => new Conversation({ items: [undefined as unknown as ConversationItem] })],
  ])('names %s if that is wrong', (option, run) => {
    const error = failure(run)
    expect(error).toMatchObject({ option, code: 'option-invalid' })
  })

  it('takes any JSON for a conversation or for a wrong option', () => {
    const maybe = fc.oneof(
      fc.constantFrom('user', 'agent', 'tool', 'system', '__proto__', 1, true),
      fc.anything(),
    )
    const keys = Object.fromEntries([...Object.keys(item()), 'name', 'arguments'].map((key) => [key, maybe]))
    const anyItem = fc.oneof(fc.record(keys, { requiredKeys: [] }), fc.anything())
    const json = fc.oneof(
      fc.anything(),
      fc.record({ version: fc.constantFrom(1, 2), items: fc.oneof(fc.array(anyItem), fc.anything()) }),
    )
    fc.assert(
      fc.property(json, (value) => {
        try {
          Conversation.from(value)
        } catch (error) {
          expect(error).toBeInstanceOf(OptionError)
        }
      }),
    )
  })

  it('fits a pipeline, as all that follows one does', () => {
    expectTypeOf<RealTimePipeline>().toExtend<Parameters<Conversation['attach']>[0]>()
    expectTypeOf<RealTimePipeline>().toExtend<CaptionedPipeline>()
    expectTypeOf<RealTimePipeline>().toExtend<WakeUpPipeline>()
    expectTypeOf<RealTimePipeline>().toExtend<AmbientPipeline>()
    expectTypeOf<ReturnType<Conversation['history']>>().toExtend<RealTimePipelineOptions['history']>()
  })
})
