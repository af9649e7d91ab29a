import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { decode } from '../../src/providers/openai/decode.ts'
import { clientSchemas } from '../unit/openai-schema.ts'
import { Log, type Message, newModel, OpenAIServer, RecordingSession, until } from '../unit/openai-server.ts'

interface Interaction {
  readonly direction: 'sent' | 'received'
  readonly data: Message
}

interface Item {
  readonly id: string
  readonly type: string
  readonly role?: string
  readonly call_id?: string
  readonly name?: string
  readonly arguments?: string
  readonly output?: string
  readonly content?: readonly { readonly text?: string; readonly transcript?: string | null }[]
}

const folder = new URL('../../../shared/conformance/recordings/', import.meta.url)
const isAbsent = !existsSync(folder)

describe.skipIf(isAbsent).each(recordings('openai'))('the recording %s', (_name, interactions) => {
  it('can be read, message by message', () => {
    const events = received(interactions)
    expect(events.map((event) => decode(JSON.stringify(event)))).toEqual(events)
  })

  it('is a conversation that the model holds as the recorded client did', async () => {
    const { log, session, sent } = await replay(interactions)
    const items = itemsOf(interactions)
    expect(log.all('error')).toEqual([])
    expect(log.all('closed')).toEqual([])

    const said = items.filter(({ type, role }) => type === 'message' && role === 'assistant')
    const heard = log.all('transcript').filter(({ role, final }) => role === 'agent' && final)
    expect(heard.map(({ id, text }) => [id, text])).toEqual(said.map((item) => [item.id, textOf(item)]))

    const calls = items.filter(({ type }) => type === 'function_call')
    expect(session.calls).toEqual(
      calls.map(({ call_id: callId, name, arguments: args }) => ({ callId, name, arguments: args })),
    )

    const userTexts = received(interactions).filter(({ type }) => type.endsWith('transcription.completed'))
    const userSaid = log.all('transcript').filter(({ role, final }) => role === 'user' && final)
    expect(userSaid.map(({ id, text }) => [id, text])).toEqual(
      userTexts.map(({ item_id: id, transcript }) => [id, transcript]),
    )

    for (const [itemId, samples] of session.written) {
      const deltas = received(interactions).filter(
        (event) => event.type === 'response.output_audio.delta' && event.item_id === itemId,
      )
      const bytes = Buffer.concat(deltas.map(({ delta }) => Buffer.from(String(delta), 'base64')))
      expect(samples).toEqual(Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(i * 2)))
    }
    expect([...session.written.keys()]).toEqual(session.ended)

    const responses = received(interactions).filter(({ type }) => type === 'response.done')
    expect(log.all('responseDone').map(({ responseId }) => responseId)).toEqual(
      responses.map(({ response }) => (response as Item).id),
    )
    expect(log.all('responseDone').map(({ continues }) => continues)).toEqual(
      responses.map(({ response }) =>
        (response as { output: Item[] }).output.some(({ type }) => type === 'function_call'),
      ),
    )
    expect(log.all('usage').map(({ totalTokens }) => totalTokens)).toEqual(
      responses.map(({ response }) => (response as { usage: { total_tokens: number } }).usage.total_tokens),
    )
    expect(sent.map(({ type }) => type)).toEqual(
      interactions
        .filter(({ direction, data }) => direction === 'sent' && !isSetUpOrAudio(data))
        .map(({ data }) => data.type),
    )
  })
})

describe.skipIf(isAbsent).each(recordings('xai'))("a look-alike's recording %s", (_name, interactions) => {
  it('has nothing that cannot be read', () => {
    for (const event of received(interactions)) expect(() => decode(JSON.stringify(event))).not.toThrow()
  })
})

describe.skipIf(!clientSchemas)("OpenAI's schema", () => {
  it('is at hand: whatever a test sends to a server is held against it', () => {
    expect(clientSchemas?.size).toBeGreaterThan(10)
  })
})

it.skipIf(isAbsent)('has recordings at hand, of OpenAI and of a look-alike', () => {
  expect([recordings('openai').length, recordings('xai').length]).toEqual([3, 2])
})

/** Plays OpenAI's part; what the recorded client sent is awaited of the model before going on. */
async function replay(interactions: readonly Interaction[]) {
  const server = await OpenAIServer.start()
  const model = newModel(server)
  const session = new RecordingSession()
  const log = new Log(model)
  session.answer = ({ callId }) => ({ output: outputOf(interactions, callId), ok: true })
  const connected = model.connect(session)
  const peer = await server.peer()
  let awaited = 0
  for (const { direction, data } of interactions) {
    if (direction === 'received') peer.send(data)
    else if (data.type === 'session.update') await peer.waitFor('session.update')
    else if (data.type === 'input_audio_buffer.append') model.handleAudioInput(new Int16Array(480))
    else {
      await connected
      const text = userTextOf(data)
      if (text) model.sendMessage({ text })
      const place = awaited++
      const message = await until(() => peer.sent[place])
      expect(message).toMatchObject(data)
    }
  }
  const last = received(interactions).findLast(({ type }) => type === 'response.done')?.response as Item
  await until(() => log.all('responseDone').find(({ responseId }) => responseId === last.id))
  model.close()
  await peer.closed
  return { log, session, sent: peer.sent }
}

function isSetUpOrAudio({ type }: Message): boolean {
  return type === 'session.update' || type === 'input_audio_buffer.append'
}

function received(interactions: readonly Interaction[]): Message[] {
  return interactions.filter(({ direction }) => direction === 'received').map(({ data }) => data)
}

function itemsOf(interactions: readonly Interaction[]): Item[] {
  return received(interactions)
    .filter(({ type }) => type === 'response.output_item.done')
    .map(({ item }) => item as Item)
}

function textOf({ content = [] }: Item): string {
  return content.map(({ text, transcript }) => text ?? transcript ?? '').join('')
}

function userTextOf({ item }: Message): string | undefined {
  const { role, content } = (item ?? {}) as Partial<Item>
  return role === 'user' ? content?.[0]?.text : undefined
}

function outputOf(interactions: readonly Interaction[], callId: string): string {
  const outputs = interactions.map(({ data }) => (data.item ?? {}) as Item)
  return outputs.find((item) => item.output !== undefined && item.call_id === callId)?.output ?? ''
}

function recordings(provider: string): [string, readonly Interaction[]][] {
  if (isAbsent) return []
  const at = new URL(`${provider}/`, folder)
  return readdirSync(at).map((name) => {
    const { interactions } = parse(readFileSync(new URL(name, at), 'utf8')) as { interactions: Interaction[] }
    return [name, interactions]
  })
}
