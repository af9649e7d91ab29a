import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { azure, OpenAIRealtime, type OpenAIRealtimeOptions, xai } from '../../src/providers/openai/index.ts'
import { createOpenAISimulator, type OpenAIConnection } from '../simulators/openai/index.ts'
import { answer, audio, done, heardOf, rest, speechStarted, speechStopped } from './openai-events.ts'
import { Log, type Message, RecordingSession, until } from './openai-server.ts'
import { metadataOf, TableTalk } from './openai-table-talk.ts'

const committed: Message = { type: 'input_audio_buffer.committed', item_id: 'U' }
const said = (transcript: string): Message => ({
  type: 'conversation.item.input_audio_transcription.completed',
  item_id: 'U',
  transcript,
})
const confirming = (): TableTalk => new TableTalk({ earlier: { confirmTurns: true } })
const needed = { auth: () => 'ek_test', model: 'gpt-realtime-2.1' }

describe('with a server that keeps to the protocol', () => {
  it('a turn is answered when it is confirmed', async () => {
    const { model, log, connection } = await talk()
    expect(connection.config.audio.input.turn_detection).toMatchObject({
      create_response: false,
      interrupt_response: false,
    })
    await speak(model, connection)
    await log.first('speechStopped')
    model.answer(true)
    await log.first('responseDone')
    expect(log.entries.map(({ name }) => name).filter((name) => name !== 'transcript')).toEqual([
      'speechStarted',
      'speechStopped',
      'responseStarted',
      'usage',
      'responseDone',
    ])
    expect(connection.conversation.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(connection.violations).toEqual([])
  })

  it('what was no turn is forgotten, and an answer goes on over it', async () => {
    const { model, log, connection } = await talk()
    model.sendMessage({ text: 'Tell me about Rome' })
    await log.first('responseStarted')
    await speak(model, connection)
    await log.first('speechStopped')
    model.answer(false)
    expect(await log.first('responseDone')).toMatchObject({ status: 'completed' })
    await connection.waitFor('conversation.item.deleted')
    expect(connection.conversation.map(({ role }) => role)).toEqual(['user', 'assistant'])
    model.sendMessage({ text: 'Hello' })
    await until(() => log.all('responseDone')[1])
    expect(log.all('transcript').filter(({ role, final }) => role === 'user' && final)).toEqual([])
    expect(log.all('error')).toEqual([])
    expect(connection.violations).toEqual([])
  })

  it('a turn that is confirmed over an answer breaks it off, and has one of its own', async () => {
    const { model, log, session, connection } = await talk()
    model.sendMessage({ text: 'Tell me about Rome' })
    const [itemId, samples] = await until(() => [...session.written].find(([, { length }]) => length > 9600))
    await speak(model, connection)
    await log.first('speechStopped')
    model.interrupt([{ itemId, heardMs: 100, receivedMs: samples.length / 24 }])
    model.answer(true)
    await until(() => log.all('responseDone')[1])
    expect(log.all('responseDone').map(({ status }) => status)).toEqual(['cancelled', 'completed'])
    expect(connection.conversation.map(({ role, truncatedAtMs }) => [role, truncatedAtMs])).toEqual([
      ['user', undefined],
      ['assistant', 100],
      ['user', undefined],
      ['assistant', undefined],
    ])
    expect(connection.violations).toEqual([])
  })
})

describe('where turns are confirmed', () => {
  it('speech cuts nothing by itself', () => {
    const talk = confirming()
    talk.play(...answer, speechStarted, audio(10), speechStopped, committed, audio(10))
    expect(talk.session.written.get('I')).toHaveLength(96_020)
    expect(talk.all('speechStopped')).toHaveLength(1)
    expect(talk.sent).toEqual([])
  })

  it('an interruption is the application’s, however soon after the speech', () => {
    const talk = confirming()
    talk.play(...answer, speechStarted)
    talk.conversation.interrupt([heardOf('I', 1000)])
    talk.play(audio(10))
    expect(talk.types).toEqual(['response.cancel', 'conversation.item.truncate'])
    expect(talk.session.written.get('I')).toHaveLength(96_000)
    talk.play(speechStopped, committed)
    talk.conversation.answer(true)
    expect(talk.types).toHaveLength(2)
    talk.play(...rest)
    expect(talk.types.slice(2)).toEqual(['response.create'])
  })

  it.each([
    ['before', [committed], []],
    ['after', [], [committed]],
  ])('what is rejected is deleted once, if it is committed %s the verdict', (_name, before, after) => {
    const talk = confirming()
    talk.play(speechStarted, speechStopped, ...before)
    talk.conversation.answer(false)
    talk.play(...after, said('Mm-hm.'))
    expect(talk.sent).toMatchObject([{ type: 'conversation.item.delete', item_id: 'U' }])
    expect(talk.all('transcript').filter(({ final }) => final)).toEqual([])
    talk.conversation.answer(false)
    expect(talk.sent).toHaveLength(1)
  })

  it('nothing at all is told of what is rejected before OpenAI has taken it', () => {
    const talk = confirming()
    talk.play(speechStarted, speechStopped)
    talk.conversation.answer(false)
    talk.play(committed, said('Mm-hm.'))
    expect(talk.all('transcript')).toEqual([])
  })

  it('a verdict is about all that was said since the last one', () => {
    const talk = confirming()
    const second = (event: Message): Message => ({ ...event, item_id: 'V' })
    talk.play(
      speechStarted,
      speechStopped,
      committed,
      ...[speechStarted, speechStopped, committed].map(second),
    )
    talk.conversation.answer(false)
    talk.play(speechStarted, speechStopped)
    talk.conversation.answer(true)
    expect(talk.types).toEqual(['conversation.item.delete', 'conversation.item.delete', 'response.create'])
  })

  it('a reply that waits is not lost to a cough', () => {
    const talk = confirming()
    talk.play(...answer)
    talk.conversation.reply({ replyId: 'P', text: 'Hello.' })
    talk.play(speechStarted, speechStopped, committed)
    talk.conversation.answer(false)
    talk.play(done())
    expect(talk.types).toEqual(['conversation.item.delete', 'response.create'])
    expect(metadataOf(talk)).toEqual({ create_id: 'create_1' })
  })
})

it.each<[string, boolean, Partial<OpenAIRealtimeOptions>]>([
  ['a WebSocket', true, { transport: 'websocket' }],
  ['turns by meaning', true, { transport: 'websocket', turnDetection: { type: 'semantic_vad' } }],
  ['WebRTC, where OpenAI plays', false, { transport: 'webrtc' }],
  ['Azure', false, { dialect: azure({ resource: 'mine' }) }],
  ['xAI, which deletes nothing', false, { dialect: xai() }],
  ['push-to-talk', false, { transport: 'websocket', turnDetection: null }],
  ...[{ createResponse: true }, { interruptResponse: false }, { idleTimeoutMs: 6000 }].map(
    (said): [string, boolean, Partial<OpenAIRealtimeOptions>] => [
      Object.keys(said).join(),
      false,
      { transport: 'websocket', turnDetection: { type: 'server_vad', ...said } },
    ],
  ),
])('with %s, turns can be confirmed: %s', (_name, confirmTurns, options) => {
  expect(new OpenAIRealtime({ ...needed, ...options }).capabilities.confirmTurns).toBe(confirmTurns)
})

/** Somebody says something for a second, whatever it sounds like. */
async function speak(model: OpenAIRealtime, connection: OpenAIConnection): Promise<void> {
  connection.startSpeech()
  for (let i = 0; i < 50; i++) model.handleAudioInput(new Int16Array(480))
  await until(() => connection.audio.length >= 24_000 || undefined)
  connection.stopSpeech()
}

async function talk() {
  vi.stubGlobal('WebSocket', WebSocket)
  const simulator = createOpenAISimulator({ pace: 4 })
  const { url } = await simulator.listen()
  const model = new OpenAIRealtime({ ...needed, auth: () => simulator.mintToken(), url })
  onTestFinished(async () => {
    model.close()
    await simulator.close()
    vi.unstubAllGlobals()
  })
  const session = Object.assign(new RecordingSession(), { confirmTurns: true })
  const log = new Log(model)
  await model.connect(session)
  return { model, log, session, connection: await simulator.connection() }
}
