import {
  GoogleGenAI,
  Modality,
  type LiveClientMessage,
  type LiveServerMessage,
  type Session,
} from '@google/genai'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { GeminiRealtime } from '../../src/providers/gemini/index.ts'
import type { ClientMessage, ServerMessage } from '../../src/providers/gemini/wire.ts'
import type { GeminiConnection, Json } from '../simulators/gemini/index.ts'
import { RecordingSession } from './gemini-session.ts'
import { startSimulator, weather } from './gemini-rig.ts'

/** Enumerations are strings on the wire, and what we leave open, theirs says. */
type Loose<Value> = Value extends string
  ? string
  : Value extends readonly (infer Item)[]
    ? Loose<Item>[]
    : Value extends object
      ? { [Name in keyof Value]: Loose<Value[Name]> }
      : Value
type Known<Ours, Theirs> = Exclude<keyof Ours, keyof Theirs>

describe('the types of the wire', () => {
  it("are those of Google's package, where it has them", () => {
    expectTypeOf<Known<ClientMessage, LiveClientMessage>>().toEqualTypeOf<never>()
    expectTypeOf<Known<ServerMessage, LiveServerMessage>>().toEqualTypeOf<never>()
    type Client<Name extends keyof ClientMessage> = NonNullable<ClientMessage[Name]>
    type Official<Name extends keyof LiveClientMessage> = NonNullable<LiveClientMessage[Name]>
    expectTypeOf<Client<'clientContent'>>().toExtend<Official<'clientContent'>>()
    expectTypeOf<Client<'realtimeInput'>>().toExtend<Official<'realtimeInput'>>()
    expectTypeOf<Loose<Client<'toolResponse'>>>().toExtend<Loose<Official<'toolResponse'>>>()
    expectTypeOf<Known<Client<'setup'>, Official<'setup'>>>().toEqualTypeOf<never>()
    expectTypeOf<Pick<LiveServerMessage, keyof ServerMessage>>().toExtend<ServerMessage>()
  })
})

/** How our messages differ from those of Google's package, and why. */
const differences: readonly (readonly [path: string, why: string])[] = [
  ['setup.sessionResumption', 'ours always asks for a handle: a connection lasts ten minutes'],
  ['setup.contextWindowCompression', 'ours lets a conversation last for more than 15 minutes'],
  ['setup.inputAudioTranscription', 'ours writes down what is said, unless it is told not to'],
  ['setup.outputAudioTranscription', 'ours writes down what is said, unless it is told not to'],
  ['setup.realtimeInputConfig', 'ours sends it empty: the defaults are the same'],
  ['setup.systemInstruction.role', 'theirs calls it the user, which the service does not read'],
]

describe("beside Google's own client", () => {
  it('says the same, but for what a table explains', async () => {
    const { simulator, url, httpUrl } = await startSimulator()
    const ours = new GeminiRealtime({
      url,
      model: 'gemini-3.8-live',
      auth: () => simulator.mintToken(),
      voice: 'Kore',
      temperature: 0.5,
    })
    const session = Object.assign(new RecordingSession(), { tools: [weather] })
    await ours.connect(session)
    const [first] = simulator.connections
    ours.sendMessage({ text: 'What is the weather in Rome?' })
    await first?.waitFor('toolResponse', { direction: 'received' })
    ours.handleAudioInput(new Int16Array(320).fill(1))
    await first?.waitFor('realtimeInput.audio', { direction: 'received' })
    ours.close()

    let theirs: Session | undefined
    const { token } = simulator.mintToken()
    theirs = await new GoogleGenAI({
      apiKey: token,
      httpOptions: { apiVersion: 'v1alpha', baseUrl: httpUrl },
    }).live.connect({
      model: 'gemini-3.8-live',
      config: {
        responseModalities: [Modality.AUDIO],
        temperature: 0.5,
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
        systemInstruction: 'Be brief.',
        tools: [{ functionDeclarations: [declaration] }],
      },
      callbacks: {
        onmessage: ({ toolCall }) => {
          for (const { id = '', name = '' } of toolCall?.functionCalls ?? []) {
            theirs?.sendToolResponse({ functionResponses: { id, name, response: { output: 'sunny' } } })
          }
        },
      },
    })
    const second = simulator.connections[1]
    theirs.sendClientContent({ turns: [{ role: 'user', parts: [{ text: 'What is the weather in Rome?' }] }] })
    await second?.waitFor('toolResponse', { direction: 'received' })
    const data = Buffer.from(new Int16Array(320).fill(1).buffer).toString('base64')
    theirs.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } })
    await second?.waitFor('realtimeInput.audio', { direction: 'received' })
    theirs.close()

    expect(first?.violations).toEqual([])
    const found = said(first).flatMap((message, i) => differing(message, said(second)[i]))
    expect([...new Set(found)].toSorted()).toEqual(differences.map(([path]) => path).toSorted())
  })
})

const declaration = {
  name: 'weather',
  description: 'The weather of a city.',
  parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] },
} as never

/** All that was sent, without the ids that differ from call to call. */
function said(connection: GeminiConnection | undefined): Json[] {
  return (connection?.received ?? []).map(({ message }) => {
    return JSON.parse(JSON.stringify(message.body).replace(/function-call-\d+/g, 'call')) as Json
  })
}

/** Paths of the fields that differ. */
function differing(a: unknown, b: unknown, path = ''): string[] {
  if (JSON.stringify(a) === JSON.stringify(b)) return []
  if (!isObject(a) || !isObject(b)) return [path]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differing(a[key], b[key], path ? `${path}.${key}` : key),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
