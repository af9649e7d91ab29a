import { existsSync, readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { startCallServer, startRawCall } from '../simulators/openai/webrtc/start-raw-call.ts'
import type { WireMessage } from '../simulators/openai/wire.ts'
import { synthesize } from '../simulators/speech.ts'

const CONFORMANCE = new URL('../../../shared/conformance/', import.meta.url)

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

function serverEventValidator(): (event: WireMessage) => readonly string[] {
  const text = readFileSync(new URL('openai-openapi/realtime-subset.openapi.json', CONFORMANCE), 'utf8')
  const document = JSON.parse(text, (name, value: Json) =>
    name === 'discriminator' || name === 'nullable' ? undefined : value,
  ) as { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } }
  const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(document, 'openai')
  const validators = new Map<string, ValidateFunction>()
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    const type = name.startsWith('RealtimeServerEvent') ? schema.properties?.type?.enum?.[0] : undefined
    if (type) validators.set(type, ajv.compile({ $ref: `openai#/components/schemas/${name}` }))
  }
  return (event) => {
    const validate = validators.get(event.type)
    if (!validate) return [`${event.type} is not in the schema`]
    return validate(withoutNulls(event)) ? [] : [`${event.type}: ${ajv.errorsText(validate.errors)}`]
  }
}

interface Schema {
  readonly properties?: { readonly type?: { readonly enum?: readonly string[] } }
}

/** Real sessions carry `null` where the schemas have none. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== null)
      .map(([name, part]) => [name, withoutNulls(part)]),
  )
}

/** The real exchange of an offer and its answer. */
interface RecordedCall {
  readonly request: { readonly body: string; readonly headers: Readonly<Record<string, readonly string[]>> }
  readonly response: {
    readonly body: { readonly string: string }
    readonly headers: Readonly<Record<string, readonly string[]>>
    readonly status: { readonly code: number }
  }
}

function recordedCall(): RecordedCall {
  const file = new URL('recordings/openai-webrtc/test_answer_webrtc_offer.yaml', CONFORMANCE)
  const { interactions } = parse(readFileSync(file, 'utf8')) as { readonly interactions: [RecordedCall] }
  return interactions[0]
}

/** What a session description offers or answers, without what is chosen anew each time. */
function mediaOf(sdp: string): readonly string[] {
  const lines = sdp.split(/\r?\n/)
  return lines
    .filter((line) => /^m=|^a=(mid|sendrecv|setup|rtcp-mux$|group|sctp-port)/.test(line))
    .map((line) => line.replace(/^(m=\S+) .*/, '$1'))
}

describe.skipIf(!existsSync(CONFORMANCE))('calls against data that nobody here wrote', () => {
  test('every message of a spoken turn and a barge-in fits the published schema', async () => {
    const { peer, connection } = await startRawCall()
    await peer.update({})
    peer.say('Tell me about Rome')
    await peer.waitFor('output_audio_buffer.started')
    await peer.speak(await synthesize('Wait!', { sampleRate: 24_000 }))
    await peer.waitFor('conversation.item.truncated')
    const { sequence } = await peer.waitFor('input_audio_buffer.committed')
    await peer.waitFor('output_audio_buffer.started', { after: sequence })
    peer.send({ type: 'output_audio_buffer.clear' })
    await peer.waitFor('output_audio_buffer.cleared', { after: sequence })
    expect(peer.types.filter((type) => type.startsWith('output_audio_buffer'))).toHaveLength(4)
    expect(peer.events.flatMap(serverEventValidator())).toEqual([])
    expect(connection.violations).toEqual([])
  })

  test('the form that a real client sent gets an answer like the real one', async () => {
    const { request, response: recorded } = recordedCall()
    const { callsUrl } = await startCallServer()
    const response = await fetch(callsUrl, {
      method: 'POST',
      headers: {
        authorization: 'Bearer sk-test',
        'content-type': String(request.headers['content-type']),
      },
      body: request.body,
    })
    expect(response.status).toBe(recorded.status.code)
    expect(response.headers.get('content-type')).toBe(String(recorded.headers['content-type']))
    const [location] = recorded.headers.location ?? []
    expect(response.headers.get('location')?.replace(/\w{21}$/, '')).toBe(location?.replace(/\w{21}$/, ''))
    const answer = mediaOf(await response.text())
    for (const line of mediaOf(recorded.body.string)) expect(answer).toContain(line)
  })
})
