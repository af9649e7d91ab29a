import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InputAudio, type Utterance } from '../simulators/gemini/input-audio.ts'
import { checkClientMessage } from '../simulators/gemini/message-table.ts'
import { lockSetup } from '../simulators/gemini/setup.ts'
import { clientEvent, closeReason, serverEvent, type Json } from '../simulators/gemini/wire.ts'
import { resample } from '../simulators/resample.ts'
import { synthesize } from '../simulators/speech.ts'

function listen(pcm: Int16Array, cuts: readonly number[], sampleRate: number) {
  const utterances: Utterance[] = []
  const starts: number[] = []
  const input = new InputAudio(
    { speechStarted: (atMs) => void starts.push(atMs), speechEnded: (one) => void utterances.push(one) },
    { keepRecording: true },
  )
  input.configure({})
  let from = 0
  for (const cut of [...cuts.toSorted((a, b) => a - b), pcm.length]) {
    input.append(pcm.subarray(from, cut), sampleRate)
    from = cut
  }
  return { utterances, starts, recording: input.recording.slice() }
}

/** The same in a form that is compared fast. */
function digest({ utterances, starts, recording }: ReturnType<typeof listen>): string {
  const hash = (pcm: Int16Array): string =>
    createHash('md5')
      .update(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength))
      .digest('hex')
  return JSON.stringify([starts, utterances.map((one) => ({ ...one, pcm: hash(one.pcm) })), hash(recording)])
}

async function twoWords(sampleRate: number): Promise<Int16Array> {
  const said = await synthesize('Hello.', { sampleRate })
  const pause = Math.round(sampleRate * 0.8)
  const pcm = new Int16Array(2 * said.length + 3 * pause)
  pcm.set(said, pause)
  pcm.set(said, 2 * pause + said.length)
  return pcm
}

test.each([8000, 16_000, 24_000, 44_100, 48_000])(
  'how audio at %i Hz is cut changes nothing',
  async (rate) => {
    const pcm = await twoWords(rate)
    const whole = listen(pcm, [], rate)
    expect(whole.utterances).toHaveLength(2)
    expect(whole.starts).toHaveLength(2)
    fc.assert(
      fc.property(fc.array(fc.nat(pcm.length), { maxLength: 20 }), (cuts) => {
        expect(digest(listen(pcm, cuts, rate))).toBe(digest(whole))
      }),
      { numRuns: 10 },
    )
  },
)

test('audio at another rate keeps its length and its shape', async () => {
  const pcm = await twoWords(48_000)
  const { recording } = listen(pcm, [], 48_000)
  expect(Math.abs(recording.length - pcm.length / 3)).toBeLessThanOrEqual(1)
  const ideal = resample(pcm, 48_000, 16_000)
  const energy = (samples: Int16Array): number => Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0))
  expect(energy(recording) / energy(ideal)).toBeGreaterThan(0.9)
  expect(energy(recording) / energy(ideal)).toBeLessThan(1.2)
})

test('field names may be in snake_case, but maps keep their keys', () => {
  const properties = { city_name: { type: 'STRING' } }
  const checked = checkClientMessage({
    setup: {
      model: 'models/gemini',
      generation_config: { response_modalities: ['AUDIO'] },
      tools: [{ function_declarations: [{ name: 'f', parameters: { type: 'OBJECT', properties } }] }],
      labels: { my_label: 'x' },
    },
  })
  expect(checked).toEqual({
    problems: [],
    message: {
      setup: {
        model: 'models/gemini',
        generationConfig: { responseModalities: ['AUDIO'] },
        tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', properties } }] }],
        labels: { my_label: 'x' },
      },
    },
  })
})

test('any JSON object can be checked and named', () => {
  const inner = fc.dictionary(
    fc.constantFrom('modelTurn', 'parts', 'audio', 'data', '__proto__', 'constructor', 'text', 'setup'),
    fc.jsonValue(),
  )
  const keys = fc.constantFrom('setup', 'realtimeInput', 'serverContent', 'toString', 'clientContent')
  fc.assert(
    fc.property(fc.dictionary(keys, fc.oneof(fc.jsonValue(), inner)), (message) => {
      const checked = checkClientMessage(message)
      const strange = Object.keys(message).filter((key) => ['serverContent', 'toString'].includes(key))
      expect(checked.problems.length).toBeGreaterThanOrEqual(strange.length)
      expect(typeof serverEvent(message as Json).type).toBe('string')
      expect(typeof clientEvent(checked.message).type).toBe('string')
    }),
  )
})

test('a mask locks its fields only', () => {
  const client = { model: 'a', generationConfig: { temperature: 1, topK: 2 }, tools: [] }
  const token = { model: 'b', generationConfig: { temperature: 0 } }
  expect(lockSetup(client, undefined, undefined)).toEqual(client)
  expect(lockSetup(client, token, undefined)).toEqual(token)
  expect(lockSetup(client, token, 'model,generationConfig.temperature')).toEqual({
    model: 'b',
    generationConfig: { temperature: 0, topK: 2 },
    tools: [],
  })
  expect(lockSetup(client, token, 'tools')).toEqual({ ...client, tools: undefined })
})

test('the reason of a close frame fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(Buffer.byteLength(closeReason(text))).toBeLessThanOrEqual(123)
    }),
  )
})
