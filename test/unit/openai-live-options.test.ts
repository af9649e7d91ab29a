import { expect, test } from 'vitest'
import { OpenAILive } from '../../src/providers/openai/live/openai-live.ts'

const good = { model: 'gpt-live-1.1', negotiate: async () => Promise.resolve('v=0') }

function failureOf(options: object): unknown {
  try {
    return new OpenAILive(options as ConstructorParameters<typeof OpenAILive>[0])
  } catch (error) {
    return error
  }
}

test('what the Live API can do is told, and nothing else', () => {
  expect(new OpenAILive({ ...good, transport: 'webrtc' }).capabilities).toEqual({
    inputRate: 24_000,
    outputRate: 24_000,
    media: 'track',
    textInput: true,
    tools: false,
    reply: true,
    context: true,
    resume: 'replay',
    maxConnectionMs: 7_200_000,
  })
})

test.each([
  ['negotiate', { model: 'gpt-live-1.1' }, 'negotiate must be function!'],
  ['model', { ...good, model: '' }, 'must be string'],
  ['voice', { ...good, voice: 3 }, 'must be string|object'],
  ['store', { ...good, store: 'yes' }, 'must be boolean'],
  ['connectTimeoutMs', { ...good, connectTimeoutMs: null }, 'must be number'],
  ['delegation.type', { ...good, delegation: { type: 'magic' } }, 'must be client|responses'],
  ['delegation.model', { ...good, delegation: { type: 'responses' } }, 'must be string'],
  [
    'delegation.toolChoice',
    { ...good, delegation: { type: 'responses', model: 'a', toolChoice: 'b' } },
    'auto',
  ],
])('a wrong %s is refused', (option, options, message) => {
  expect(failureOf(options)).toMatchObject({
    code: 'option-invalid',
    option,
    message: expect.stringContaining(message),
  })
})

test.each([
  ['transport', { transport: 'websocket' }, 'webrtc: a page cannot send the key'],
  ['auth', { auth: () => 'ek_1' }, 'use negotiate'],
  ['turnDetection', { turnDetection: null }, 'there are no turns'],
  ['truncation', { truncation: 'auto' }, 'there are no turns'],
  ['toolChoice', { toolChoice: 'auto' }, 'belongs into delegation'],
  ['speed', { speed: 1.2 }, 'is none of negotiate, model, voice'],
  ['delegation.tools', { delegation: { type: 'client', tools: [] } }, 'is none of type'],
])('%s is not supported, and the error says why', (option, options, message) => {
  expect(failureOf({ ...good, ...options })).toMatchObject({
    code: 'option-unsupported',
    option,
    message: expect.stringContaining(`${option} `),
  })
  expect(failureOf({ ...good, ...options })).toMatchObject({ message: expect.stringContaining(message) })
})
