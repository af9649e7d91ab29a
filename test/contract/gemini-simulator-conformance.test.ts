import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import {
  clientEvent,
  serverEvent,
  type GeminiSimulatorOptions,
  type Json,
} from '../simulators/gemini/index.ts'
import { checkClientMessage, checkServerMessage } from '../simulators/gemini/message-table.ts'
import { loadProtoValidator } from '../simulators/gemini/proto-validator.ts'
import type { RawClient } from '../simulators/gemini/raw-client.ts'
import { startRawConversation } from '../simulators/gemini/start-raw-conversation.ts'
import { synthesize } from '../simulators/speech.ts'

vi.setConfig({ testTimeout: 30_000 })

const RECORDINGS = new URL('../../../shared/conformance/recordings/gemini/', import.meta.url)

interface Passed {
  readonly direction: 'sent' | 'received'
  readonly body: Json
}

function recorded(file: string): readonly Passed[] {
  const text = readFileSync(new URL(file, RECORDINGS), 'utf8')
  if (file.endsWith('.log')) {
    return text
      .split(/^(?=[<>]\d+ )/m)
      .filter((line) => line.trim() !== '')
      .map((line) => ({
        direction: line.startsWith('>') ? 'sent' : 'received',
        body: JSON.parse(line.slice(line.indexOf(' '))) as Json,
      }))
  }
  const { interactions } = parse(text) as {
    readonly interactions: readonly { readonly direction: Passed['direction']; readonly data: Json }[]
  }
  return interactions.map(({ direction, data }) => ({ direction, body: data }))
}

function namesOf(messages: readonly Passed[]): readonly string[] {
  return messages
    .filter(({ direction }) => direction === 'received')
    .flatMap(({ body }) => serverEvent(body).names)
}

/** Names, each run once, since words and chunks are cut otherwise; transcripts run through the audio. */
function order(names: readonly string[]): readonly string[] {
  const kept = names.filter((name) => name !== 'serverContent')
  const first = kept.indexOf('outputTranscription')
  const single = kept.filter((name, index) => name !== 'outputTranscription' || index === first)
  return single.filter((name, index) => name !== single[index - 1])
}

const SCRIPTS: Readonly<
  Record<string, readonly [GeminiSimulatorOptions, (client: RawClient) => Promise<unknown>]>
> = {
  'test_audio_in_server_vad_turn.yaml': [
    { transcribe: () => ' Hello, my name is Marcelo.' },
    async (client) => {
      client.speak(await synthesize('Hello, my name is Marcelo.', { sampleRate: 16_000 }))
      await client.waitFor('turnComplete')
    },
  ],
  'test_text_in_audio_out_turn.yaml': [{}, sayAndWait],
  'test_message_history_seeding.yaml': [
    {},
    async (client) => {
      client.send({
        clientContent: { turns: [{ role: 'user', parts: [{ text: 'I am Ada.' }] }], turnComplete: false },
      })
      await sayAndWait(client)
    },
  ],
  'test_tool_call_round.yaml': [
    {},
    async (client) => {
      client.say('Please record a reading of 5 with the note "steady".')
      const { message } = await client.waitFor('toolCall')
      const [call] = (message.body.toolCall as { readonly functionCalls: readonly Json[] }).functionCalls
      const response = { id: call?.id, name: call?.name, response: { output: 'Recorded 5.' } }
      client.send({ toolResponse: { functionResponses: [response] } })
      await client.waitFor('turnComplete')
    },
  ],
  'live_ML_Dev_handle_activity_start_and_end.websocket.log': [
    {},
    async (client) => {
      client.send({ realtimeInput: { activityStart: {} } })
      client.speak(await synthesize('Can you hear me?', { sampleRate: 16_000 }))
      client.send({ realtimeInput: { activityEnd: {} } })
      await client.waitFor('text')
    },
  ],
  'live_ML_Dev_should_send_tool_response.websocket.log': [
    {},
    async (client) => {
      client.say('what is the weather in Redmond Washington')
      await client.waitFor('toolCall')
    },
  ],
}

async function sayAndWait(client: RawClient): Promise<void> {
  client.say('Say a short greeting.')
  await client.waitFor('turnComplete')
}

describe.skipIf(!existsSync(RECORDINGS))('the simulator against data that nobody here wrote', () => {
  test.each(Object.keys(SCRIPTS))('%s comes in the order of the real one', async (file) => {
    const [options, act] = SCRIPTS[file] ?? [{}, sayAndWait]
    const real = recorded(file)
    const { client, connection } = await startRawConversation(options, null)
    client.send(real.find(({ direction }) => direction === 'sent')?.body ?? {})
    await client.waitFor('setupComplete')
    await act(client)
    const expected = order(namesOf(real))
    expect(order(client.names).slice(0, expected.length)).toEqual(expected)
    expect(connection.violations).toEqual([])
    expect(connection.sentProblems).toEqual([])
  })

  test.each(Object.keys(SCRIPTS))('every message of %s is accepted', (file) => {
    const protos = loadProtoValidator()
    for (const { direction, body } of recorded(file)) {
      const check = direction === 'sent' ? checkClientMessage : checkServerMessage
      const { message, problems } = check(body)
      // The recorder cut audio off in the middle of a sample, but base64 it is.
      expect(problems).toEqual([])
      expect(direction === 'sent' ? protos?.client(message) : protos?.server(message)).toEqual([])
      expect(direction === 'sent' ? clientEvent(message).type : serverEvent(message).type).not.toBe('(none)')
    }
  })

  test('a real voice is found', async () => {
    const { client, connection } = await startRawConversation()
    const bytes = readFileSync(new URL('../../audio/marcelo_16khz.pcm', RECORDINGS))
    client.speak(new Int16Array(Uint8Array.from(bytes).buffer))
    await client.waitFor('turnComplete')
    expect(connection.utterances).toHaveLength(1)
    expect(connection.violations).toEqual([])
  })

  test('the check by protos finds what is wrong', () => {
    const protos = loadProtoValidator()
    expect(protos?.client({ setup: { model: 'm', voice: 'x' } })).toEqual([
      'BidiGenerateContentSetup has no voice',
    ])
    expect(protos?.client({ clientContent: {}, toolResponse: {} })).toHaveLength(1)
    expect(protos?.client({ realtimeInput: { audio: { data: 5 } } })).toEqual(['Blob.data is no bytes'])
    expect(protos?.server({ goAway: { timeLeft: 50 } })).toHaveLength(1)
    expect(protos?.server({ serverContent: { modelTurn: { parts: {} } } })).toEqual([
      'Content.parts is no list',
    ])
    expect(protos?.server({ serverContent: { interactionStatus: 'IDLE' } })).toEqual([])
  })
})
