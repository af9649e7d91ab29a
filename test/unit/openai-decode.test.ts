import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase64 } from '../../src/shared/base64.ts'
import { ConnectionError } from '../../src/core/errors.ts'
import { type AgentItem, decodePcm } from '../../src/providers/openai/agent-items.ts'
import { decode } from '../../src/providers/openai/decode.ts'
import { ResponseLog } from '../../src/providers/openai/response-log.ts'
import { audio, callDone, callItemDone, created, done, words, wordsDone } from './openai-events.ts'

const events = [
  audio(3),
  words('Hello'),
  wordsDone('Hello'),
  created(),
  done(),
  callDone('C'),
  callItemDone('C'),
  { type: 'conversation.item.input_audio_transcription.delta', item_id: 'U', delta: 'a' },
  { type: 'conversation.item.input_audio_transcription.failed', item_id: 'U', error: {} },
]

describe('a message', () => {
  it.each(events)('of type $type is passed on as it is', (event) => {
    expect(decode(JSON.stringify(event))).toEqual(event)
  })

  it('of an unknown type is passed on as it is, whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (fields, type) => {
        const event = { ...fields, type: `unknown.${type}` }
        expect(decode(JSON.stringify(event))).toEqual(JSON.parse(JSON.stringify(event)))
      }),
    )
  })

  it.each(['constructor', 'toString', '__proto__'])('of the type %s is an unknown one', (type) => {
    expect(decode(JSON.stringify({ type }))).toEqual({ type })
  })

  it('that is no event is malformed, and is not repeated', () => {
    const noEvents = fc.oneof(
      fc.string().filter((text) => !text.includes('"type"')),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.constant(new ArrayBuffer(2)),
    )
    fc.assert(
      fc.property(noEvents, (data) => {
        expect(failure(data)).toMatchObject({
          code: 'message-malformed',
          message: 'OpenAI sent a message that cannot be read.',
        })
      }),
    )
  })

  it.each([
    ['response.created', 'response.id'],
    ['response.done', 'response.id'],
    ['response.output_audio.delta', 'delta'],
    ['response.output_audio.delta', 'item_id'],
    ['response.output_audio.done', 'response_id'],
    ['response.output_audio_transcript.delta', 'delta'],
    ['response.output_audio_transcript.done', 'item_id'],
    ['response.output_text.delta', 'delta'],
    ['response.output_text.done', 'response_id'],
    ['response.function_call_arguments.done', 'response_id'],
    ['response.output_item.done', 'response_id'],
    ['response.output_item.added', 'response_id'],
    ['response.output_item.done', 'item.type'],
    ['conversation.item.done', 'item.type'],
    ['output_audio_buffer.started', 'response_id'],
    ['output_audio_buffer.cleared', 'response_id'],
    ['input_audio_buffer.committed', 'item_id'],
    ['input_audio_buffer.timeout_triggered', 'item_id'],
    ['conversation.item.input_audio_transcription.delta', 'item_id'],
    ['conversation.item.input_audio_transcription.completed', 'item_id'],
    ['conversation.item.input_audio_transcription.failed', 'item_id'],
  ])('%s without its %s is malformed', (type, field) => {
    const whole = { response_id: 'R', item_id: 'I', delta: 'a', response: { id: 'R' }, item: { type: 'a' } }
    expect(decode(JSON.stringify({ type, ...whole }))).toBeDefined()
    for (const bad of [undefined, null, 7, {}]) {
      const event = {
        type,
        ...whole,
        [field]: bad,
        ...(field === 'response.id' && { response: { id: bad } }),
        ...(field === 'item.type' && { item: { type: bad } }),
      }
      expect(failure(JSON.stringify(event))).toMatchObject({ code: 'message-malformed' })
    }
  })
})

describe('audio', () => {
  it('gives the same samples however it is cut into chunks', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(40)), (bytes, lengths) => {
        const item = newItem()
        const samples: number[] = []
        let at = 0
        for (const length of [...lengths, bytes.length]) {
          const chunk = bytes.subarray(at, at + length)
          at += chunk.length
          samples.push(...decodePcm(item, encodeBase64(chunk)))
        }
        const whole = bytes.slice(0, bytes.length - (bytes.length % 2))
        expect(samples).toEqual([...new Int16Array(whole.buffer)])
        expect(item.samples).toBe(samples.length)
      }),
    )
  })

  it('keeps the halves of samples of different items apart', () => {
    const [one, two] = [newItem(), newItem()]
    expect([...decodePcm(one, encodeBase64(Uint8Array.of(1)))]).toEqual([])
    expect([...decodePcm(two, encodeBase64(Uint8Array.of(2)))]).toEqual([])
    expect([...decodePcm(one, encodeBase64(Uint8Array.of(0)))]).toEqual([1])
    expect([...decodePcm(two, encodeBase64(Uint8Array.of(0)))]).toEqual([2])
  })
})

function newItem(): AgentItem {
  const log = new ResponseLog()
  log.begin('R', true)
  return log.itemOf('R', 'I') as AgentItem
}

function failure(data: unknown): unknown {
  try {
    decode(data)
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectionError)
    return error
  }
  return undefined
}
