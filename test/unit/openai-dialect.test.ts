import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { OptionError } from '../../src/core/errors.ts'
import { azure } from '../../src/providers/openai/azure.ts'
import type { Dialect, DialectRules } from '../../src/providers/openai/dialect.ts'
import { OpenAIRealtime, type OpenAIRealtimeOptions } from '../../src/providers/openai/index.ts'
import type { ServerEvent } from '../../src/providers/openai/wire.ts'
import { xai } from '../../src/providers/openai/xai.ts'
import { Log, type Message, newModel, OpenAIServer, RecordingSession, until } from './openai-server.ts'

interface Interaction {
  readonly direction: 'sent' | 'received'
  readonly data: Message
}

const access = { auth: () => 'secret', model: 'grok-voice-latest' }
const folder = new URL('../../../shared/conformance/recordings/xai/', import.meta.url)
const recordings = existsSync(folder) ? readdirSync(folder) : []

describe.skipIf(recordings.length === 0).each(recordings)("xAI's recording %s", (name) => {
  it('is a conversation that the model holds as the recorded client did', async () => {
    const interactions = readRecording(name)
    const { log, session, peer } = await replay(interactions)
    expect(log.all('error')).toEqual([])
    expect(log.all('closed')).toEqual([])

    const recorded = interactions.filter(({ direction }) => direction === 'sent').map(({ data }) => data)
    const { session: update } = recorded.find(({ type }) => type === 'session.update') as { session?: object }
    const { tools, ...rest } = update as { tools?: object }
    expect(peer.received[0]).toMatchObject({ type: 'session.update', session: rest })
    expect(peer.sent.map(({ type }) => type)).toEqual(
      recorded.map(({ type }) => type).filter((type) => !/session|append/.test(type)),
    )
    expect(session.calls.length).toBe(tools ? 1 : 0)

    const received = interactions.filter(({ direction }) => direction === 'received').map(({ data }) => data)
    const said = received.filter(({ type }) => type === 'response.output_audio_transcript.done')
    const heard = log.all('transcript').filter(({ role, final }) => role === 'agent' && final)
    expect(heard.map(({ id, text }) => [id, text])).toEqual(said.map((one) => [one.item_id, one.transcript]))
    expect([...session.written.keys()]).toEqual(said.map(({ item_id: id }) => id))
    expect(session.ended).toEqual([...session.written.keys()])
    expect(log.all('responseDone')).toHaveLength(
      received.filter(({ type }) => type === 'response.done').length,
    )
    expect(log.all('responseDone').every(({ status }) => status === 'completed')).toBe(true)
  })

  it('writes anew what the user says until it is final', async () => {
    const interactions = readRecording(name)
    const { log } = await replay(interactions)
    const written = interactions.filter(({ data }) => /transcription\.(updated|completed)/.test(data.type))
    const user = log.all('transcript').filter(({ role }) => role === 'user' && log.all('error').length === 0)
    expect(user.filter(({ text }) => text).map(({ text, final }) => [text, final])).toEqual(
      written.map(({ data }) => [data.transcript, data.status === 'completed']),
    )
  })
})

describe('xAI', () => {
  it('is reached with a client secret in a subprotocol of its own', async () => {
    const { model, server, session } = await begin()
    expect(model.capabilities).toMatchObject({ media: 'frames', truncation: 'none', resume: 'handle' })
    const connected = model.connect(session)
    await (await server.peer()).setUp()
    await connected
    expect(server.requests).toEqual([
      { path: '/v1/realtime?model=grok-voice-latest', protocols: 'xai-client-secret.secret' },
    ])
  })

  it('sets the session up in its own words', async () => {
    const { model, server, session } = await begin({
      voice: 'ara',
      speed: 1.2,
      turnDetection: null,
      transcription: { language: 'en' },
    })
    const connected = model.connect(session)
    const peer = await server.peer()
    await peer.setUp()
    await connected
    const { session: update } = peer.received[0] as unknown as { session: Record<string, unknown> }
    const format = { type: 'audio/pcm', rate: 24_000 }
    expect(update).toEqual({
      instructions: 'Be brief.',
      voice: 'ara',
      turn_detection: { type: null },
      audio: {
        input: { format, transcription: { model: 'grok-transcribe', language_hint: 'en' } },
        output: { format, speed: 1.2 },
      },
      tools: [expect.objectContaining({ name: 'weather' })],
      resumption: { enabled: true },
    })
  })

  it('goes on by itself with what it remembers, and is told where it does not', async () => {
    const { model, server, session } = await begin()
    const connect = async (index: number): Promise<string[]> => {
      const connected = model.connect(session)
      const peer = await server.peer(index)
      await peer.setUp()
      await connected
      if (index === 1) peer.send({ type: 'conversation.created', conversation: { id: 'C' } })
      peer.send({ type: 'input_audio_buffer.speech_started' })
      await until(() => log.all('speechStarted')[index])
      model.handleAudioInput(new Int16Array(1))
      await peer.waitFor('input_audio_buffer.append')
      return peer.sent.map(({ type }) => type)
    }
    const log = new Log(model)
    expect(await connect(0)).toEqual([])
    session.history = [{ type: 'message', role: 'user', text: 'Hello' }]
    expect(await connect(1)).toEqual(['conversation.item.create'])
    expect(await connect(2)).toEqual([])
    expect(
      server.requests.map(({ path }) => new URL(path, 'ws://x').searchParams.get('conversation_id')),
    ).toEqual([null, null, 'C'])
  })

  it('can neither be told what was heard nor forget', async () => {
    const { model, server, session } = await begin()
    const log = new Log(model)
    const connected = model.connect(session)
    const peer = await server.peer()
    await peer.setUp()
    await connected
    peer.send(
      { type: 'response.created', response: { id: 'R' } },
      { type: 'response.output_audio.delta', response_id: 'R', item_id: 'I', delta: 'AAAA' },
    )
    await until(() => session.written.get('I'))
    model.interrupt([{ itemId: 'I', heardMs: 0, receivedMs: 0.05 }])
    peer.send({ type: 'response.done', response: { id: 'R', status: 'cancelled' } })
    await log.first('responseDone')
    model.handleAudioInput(new Int16Array(1))
    await peer.waitFor('input_audio_buffer.append')
    expect(peer.sent.map(({ type }) => type)).toEqual(['response.cancel'])
  })

  it.each([
    ['transport', { transport: 'webrtc' }],
    ['negotiate', { negotiate: () => Promise.resolve('') }],
    ['outputModalities', { outputModalities: 'text' }],
    ['turnDetection.type', { turnDetection: { type: 'semantic_vad' } }],
    ['transcription.prompt', { transcription: { prompt: 'Rome' } }],
    ['noiseReduction', { noiseReduction: 'near_field' }],
    ['voice.id', { voice: { id: 'voice_1' } }],
  ] as [string, Partial<OpenAIRealtimeOptions>][])('refuses %s %j', (option, options) => {
    const error = optionError({ ...access, dialect: xai(), ...options })
    expect(error).toMatchObject({ code: 'option-unsupported', option })
    expect(error.message).toContain('grok-voice-latest')
  })

  it('keeps its long-lived keys out of the page', async () => {
    const { model, session } = await begin({ auth: () => 'xai-0123456789abcdef' })
    await expect(model.connect(session)).rejects.toMatchObject({ code: 'auth-long-lived-key' })
  })
})

describe('what is no dialect', () => {
  it.each(['azure', {}, 7])('is refused: %j', (dialect) => {
    expect(optionError({ ...access, dialect: dialect as unknown as Dialect })).toMatchObject({
      option: expect.stringMatching(/dialect|transport/) as string,
    })
  })
})

describe('Azure', () => {
  it.each([
    ['mine', 'https://mine.openai.azure.com/openai/v1/realtime/calls'],
    ['https://mine.services.ai.azure.com/', 'https://mine.services.ai.azure.com/openai/v1/realtime/calls'],
  ])('is where %s says', (resource, url) => {
    expect(azure({ resource, eventFilter: false })).toMatchObject({ endpoints: { webrtc: url } })
    expect(azure({ resource })).toMatchObject({ endpoints: { webrtc: `${url}?webrtcfilter=on` } })
  })

  it('takes no WebSocket, whose keys a page cannot send', () => {
    const dialect = azure({ resource: 'mine' })
    for (const options of [{ transport: 'websocket' }, { url: 'wss://mine.example' }] as const) {
      expect(optionError({ ...access, dialect, ...options })).toMatchObject({ option: 'transport' })
    }
  })

  it('is WebRTC, with tools only where nothing is filtered', () => {
    const filtered = new OpenAIRealtime({ ...access, dialect: azure({ resource: 'mine' }) })
    expect(filtered.capabilities).toMatchObject({ media: 'track', tools: false })
    const dialect = azure({ resource: 'mine', eventFilter: false })
    expect(new OpenAIRealtime({ ...access, dialect }).capabilities).toMatchObject({
      media: 'track',
      tools: true,
    })
    expect(
      optionError({ ...access, dialect: azure({ resource: 'mine' }), outputModalities: 'text' }),
    ).toMatchObject({
      option: 'outputModalities',
    })
  })

  it('tells by what is left of its events when answers begin and end', () => {
    const receive = receiver(azure({ resource: 'mine' }))
    const events = [
      { type: 'output_audio_buffer.started', response_id: 'R' },
      { type: 'response.output_audio_transcript.delta', response_id: 'R', item_id: 'I', delta: 'Yes' },
      { type: 'response.output_audio_transcript.delta', response_id: 'R', item_id: 'I', delta: '.' },
      { type: 'output_audio_buffer.stopped', response_id: 'R' },
      { type: 'response.output_audio_transcript.done', response_id: 'R', item_id: 'I', transcript: 'Yes.' },
      { type: 'output_audio_buffer.started', response_id: 'S' },
      { type: 'input_audio_buffer.speech_started' },
      { type: 'output_audio_buffer.cleared', response_id: 'S' },
    ] as ServerEvent[]
    expect(events.flatMap(receive).map(({ type }) => type)).toEqual([
      'response.created',
      'output_audio_buffer.started',
      'response.output_item.added',
      'response.output_audio_transcript.delta',
      'response.output_audio_transcript.delta',
      'response.done',
      'output_audio_buffer.stopped',
      'response.output_audio_transcript.done',
      'response.created',
      'output_audio_buffer.started',
      'input_audio_buffer.speech_started',
      'response.done',
      'output_audio_buffer.cleared',
    ])
  })
})

function receiver(dialect: Dialect): (event: ServerEvent) => readonly ServerEvent[] {
  return (dialect as DialectRules).receive?.(() => {}) ?? ((event) => [event])
}

function optionError(options: OpenAIRealtimeOptions): OptionError {
  try {
    return new OpenAIRealtime(options) as never
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError)
    return error as OptionError
  }
}

async function begin(options: Partial<OpenAIRealtimeOptions> = {}) {
  const server = await OpenAIServer.start({ dialect: true })
  const model = newModel(server, { ...access, dialect: xai(), ...options })
  onTestFinished(() => model.close())
  return { server, model, session: new RecordingSession() }
}

function readRecording(name: string): Interaction[] {
  return (parse(readFileSync(new URL(name, folder), 'utf8')) as { interactions: Interaction[] }).interactions
}

/** Plays the recorded server to a model that does what the recorded client did. */
async function replay(interactions: readonly Interaction[]) {
  const { server, model } = await begin()
  const instructions = interactions.find(({ data }) => data.type === 'session.update')?.data.session as {
    instructions: string
  }
  const session = Object.assign(new RecordingSession(), { instructions: instructions.instructions })
  const log = new Log(model)
  const connected = model.connect(session)
  const peer = await server.peer()
  const sent: Record<string, number> = {}
  for (const { direction, data } of interactions) {
    const item = (data.item ?? {}) as { role?: string; content?: readonly { text: string }[] }
    if (direction === 'received') peer.send(data)
    else if (data.type === 'input_audio_buffer.append') model.handleAudioInput(new Int16Array(480))
    else {
      if (data.type !== 'session.update') await connected
      if (item.role === 'user') model.sendMessage({ text: item.content?.[0]?.text ?? '' })
      await peer.waitFor(data.type, (sent[data.type] = (sent[data.type] ?? 0) + 1))
    }
  }
  const count = interactions.filter(({ data }) => data.type === 'response.done').length
  await until(() => log.all('responseDone')[count - 1])
  return { log, session, peer }
}
