import { describe, expect, it } from 'vitest'
import type { HistoryItem } from '../../src/providers/model.ts'
import { created, done } from './openai-events.ts'
import { Talk } from './openai-server.ts'
import { metadataOf, TableTalk } from './openai-table-talk.ts'

const history: HistoryItem[] = [
  { type: 'message', role: 'user', text: 'The weather in Rome?' },
  {
    type: 'toolCall',
    call: { callId: 'C1', name: 'weather', arguments: '{"city":"Rome"}' },
    output: 'sunny',
  },
  { type: 'message', role: 'agent', text: 'It is sunny.' },
]
const items = [
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'The weather in Rome?' }] },
  { type: 'function_call', call_id: 'C1', name: 'weather', arguments: '{"city":"Rome"}' },
  { type: 'function_call_output', call_id: 'C1', output: 'sunny' },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'It is sunny.' }] },
]

describe('a conversation that goes on over another connection', () => {
  it('begins with what was said, in order, and no answer', async () => {
    const talk = await Talk.start({}, { history })
    await talk.settle()
    expect(talk.peer.sent).toEqual(items.map((item) => ({ type: 'conversation.item.create', item })))
  })

  it('asks for the answer that is due, once, and only then', async () => {
    const talk = await Talk.start({}, { history, answerDue: true })
    await talk.settle()
    expect(talk.peer.sent.map(({ type }) => type)).toEqual([
      ...items.map(() => 'conversation.item.create'),
      'response.create',
    ])
  })

  it('takes that answer as any other', () => {
    const talk = new TableTalk({ earlier: { answerDue: true } })
    talk.play(created('R', metadataOf(talk)), done())
    expect(talk.all('responseStarted')).toEqual([{ responseId: 'R' }])
    expect(talk.types).toEqual(['response.create'])
  })

  it('runs none of the tools of before', () => {
    const talk = new TableTalk({ earlier: { history } })
    expect(talk.session.calls).toEqual([])
  })
})

it('a conversation that begins says nothing', () => {
  expect(new TableTalk().sent).toEqual([])
})
