import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  AudioError,
  AuthError,
  ConnectionError,
  isVivaVoceError,
  MicrophoneError,
  ModelError,
  OptionError,
  StateError,
  ToolError,
  VivaVoceError,
} from '../../src/core/errors.ts'
import { azure } from '../../src/providers/openai/azure.ts'
import { OpenAIRealtime } from '../../src/providers/openai/openai-realtime.ts'
import { ingredientsOf } from '../../src/worker/ingredients.ts'
import { make } from '../../src/worker/inside/makers.ts'
import { decode, encode, type Receiver, type Sender } from '../../src/worker/portable.ts'

/** What one side keeps, and the other reaches. */
function desks(): Sender & Receiver {
  const shared: unknown[] = []
  const signals: AbortSignal[] = []
  return {
    transfer: [],
    share: (call) => shared.push(call) - 1,
    watch: (signal) => signals.push(signal) - 1,
    reach: (id) => shared[id] as () => Promise<unknown>,
    signal: (id) => signals[id] ?? AbortSignal.abort(),
  }
}

function sent<Value>(value: Value): Value {
  const both = desks()
  return decode(structuredClone(encode(value, both)), both) as Value
}

const data = fc.anything({
  withBigInt: true,
  withDate: true,
  withTypedArray: true,
  withMap: true,
  withSet: true,
  withNullPrototype: false,
  key: fc.oneof(fc.string(), fc.constant('\u2063')),
  maxDepth: 4,
})

test('any data arrives as it was', () => {
  fc.assert(
    fc.property(data, (value) => {
      expect(sent(value)).toStrictEqual(value)
    }),
  )
})

test('functions and signals arrive wherever they are', () => {
  const call = (): number => 1
  const { signal } = new AbortController()
  const value = { call, list: [{ call }], details: { signal } }
  expect(sent(value)).toEqual(value)
})

test('an error arrives as the error that it was, and of its cause the message', () => {
  const text = fc.string()
  // An empty one says nothing.
  const reason = fc.string({ minLength: 1 })
  const details = fc.record({
    code: fc.constantFrom('auth-failed', 'model-error', 'tool-failed', 'option-invalid'),
    retryable: fc.boolean(),
    cause: fc.option(fc.oneof(reason, text.map(Error)), { nil: undefined }),
    toolName: text,
    option: text,
    providerCode: text,
  })
  const classes = fc.constantFrom(
    VivaVoceError,
    MicrophoneError,
    AudioError,
    AuthError,
    ConnectionError,
    ModelError,
    ToolError,
    OptionError,
  )
  fc.assert(
    fc.property(classes, text, details, (Class, message, given) => {
      const error = new Class(message, given)
      const arrived = sent({ error }).error
      expect(arrived).toBeInstanceOf(Class)
      expect(arrived.constructor).toBe(Class)
      expect(isVivaVoceError(arrived)).toBe(true)
      expect(arrived.message).toBe(message)
      expect(Object.entries(arrived)).toEqual(Object.entries(error))
      const cause = given.cause instanceof Error ? given.cause.message : given.cause
      expect((arrived.cause as Error | undefined)?.message).toBe(cause)
    }),
  )
})

test('an error of a state is one there too', () => {
  expect(sent(new StateError('Not now.'))).toBeInstanceOf(StateError)
})

test('a model arrives as its name and its options, and so does its dialect', () => {
  const auth = (): string => 'ek_1'
  const given = { auth, model: 'm', dialect: azure({ resource: 'r', eventFilter: false }) }
  const { recipe } = new OpenAIRealtime(given)
  const arrived = recipe && sent(ingredientsOf(recipe))
  expect(arrived).toEqual({
    recipe: 'OpenAIRealtime',
    options: {
      auth,
      model: 'm',
      transport: 'webrtc',
      dialect: { recipe: 'azure', options: { resource: 'r', eventFilter: false } },
    },
  })
  const makers = { OpenAIRealtime: (options: object) => options, azure: () => 'a dialect' }
  expect(arrived && make(makers, arrived)).toMatchObject({ model: 'm', dialect: 'a dialect' })
})

test('what extends a model has no recipe', () => {
  class Mine extends OpenAIRealtime {}
  expect(new Mine({ auth: () => 'ek_1', model: 'm', transport: 'websocket' }).recipe).toBeUndefined()
})

test('a function that has others of its own is sent as one', () => {
  const auth = Object.assign(() => 'ek_1', { clear: () => {} })
  expect(sent(ingredientsOf({ name: 'OpenAIRealtime', options: { auth } }))).toMatchObject({
    options: { auth },
  })
})

test('a function deep in the options is refused', () => {
  const options = { dialect: { name: 'mine', check: () => {} } }
  expect(() => ingredientsOf({ name: 'OpenAIRealtime', options })).toThrow(
    expect.objectContaining({ code: 'option-unsupported', option: 'dialect' }),
  )
})
