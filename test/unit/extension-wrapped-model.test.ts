import { describe, expect, it } from 'vitest'
import { WrappedModel } from '../../src/extensions/wrapped-model.ts'
import { RealtimeModel, type ModelEvents, type ModelSession } from '../../src/providers/model.ts'
import { ExtendedModel } from './extension-rig.ts'

const events: { readonly [Name in keyof ModelEvents]: unknown } = {
  speechStarted: {},
  speechStopped: {},
  responseStarted: { responseId: 'r', replyId: 's' },
  responseDone: { responseId: 'r', status: 'completed', continues: true },
  transcript: { id: 'a', role: 'agent', text: 'Hi', final: true },
  toolCancelled: { callId: 'c' },
  usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3, details: null },
  expiring: { inMs: 5 },
  notice: { name: 'guarded', payload: { itemId: 'a', text: '', reason: '' } },
  error: new Error('error'),
  closed: new Error('closed'),
}

/** What a model is asked, other than to listen. */
const methods = Object.getOwnPropertyNames(RealtimeModel.prototype).filter(
  (name) => !/^(constructor|on|emit)$/.test(name),
)

describe('WrappedModel', () => {
  it('tells all that the model tells', () => {
    const model = new ExtendedModel()
    const wrapped = new WrappedModel(model)
    const told: Record<string, unknown> = {}
    for (const name of Object.keys(events) as (keyof ModelEvents)[]) {
      wrapped.on(name, (payload) => (told[name] = payload))
      model.say(name, events[name] as never)
    }
    expect(told).toEqual(events)
  })

  it.each([...methods, 'connect', 'handleAudioInput', 'close'])('passes %s on', async (name) => {
    const model = new ExtendedModel()
    const wrapped = new WrappedModel(model)
    const asked: unknown[][] = []
    Object.defineProperty(model, name, {
      value: (...args: unknown[]) => {
        asked.push(args)
        return 'result'
      },
    })
    const method = Reflect.get(wrapped, name) as (...args: unknown[]) => unknown
    const result: unknown = await method.call(wrapped, 1, 2)
    expect(asked).toEqual([[1, 2].slice(0, method.length)])
    expect([undefined, 'result']).toContain(result)
    if (name === 'update' || name === 'connect') expect(result).toBe('result')
  })

  it('can do what the model can, and has its name in errors', async () => {
    const model = new ExtendedModel({ tools: true })
    const wrapped = new WrappedModel(new WrappedModel(model))
    expect(wrapped.capabilities).toBe(model.capabilities)
    expect(wrapped.constructor.name).toBe('ExtendedModel')
    await wrapped.connect({ instructions: 'Be brief.' } as ModelSession)
    expect(model.session?.instructions).toBe('Be brief.')
  })
})
