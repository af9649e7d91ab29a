import { expect, test } from 'vitest'
import { liveRig } from './openai-live-rig.ts'

test('the server is asked for the session that the options and the agent want', async () => {
  const { offers, peer, start, states, model } = liveRig({ voice: 'quartz', store: true })
  await start()
  expect(offers).toHaveLength(1)
  expect(offers[0]).toMatchObject({
    previousSessionId: undefined,
    session: {
      model: 'gpt-live-1.1',
      instructions: 'Be brief.',
      audio: { output: { voice: 'quartz' } },
      delegation: { type: 'client' },
      store: true,
      client: { data_channel: { allowed_server_events: 'all' } },
    },
  })
  expect(offers[0]?.session.client.data_channel.allowed_client_events).not.toContain('session.update')
  expect(peer().setup.channel).toBe('oai-events')
  expect(peer().answer).toBe('v=0 answer')
  expect(states()).toEqual(['connecting', 'listening'])
  expect(model.sessionId).toBe('live_1')
})

test('the voice is heard from the start, words or not', async () => {
  const { pass, start } = liveRig()
  await start()
  expect(await pass(300, 0.5)).toBeCloseTo(0.5)
})

test('what is said between two pauses is an answer: speaking, and then listening', async () => {
  const { start, talk, pass, states, transcripts } = liveRig()
  await start()
  await talk('output', 'Hello there, how are you?')
  expect(states().at(-1)).toBe('speaking')
  expect(transcripts()).toMatchObject([{ role: 'agent', text: 'Hello there, how are you?', final: false }])
  await pass(2000)
  expect(states()).toEqual(['connecting', 'listening', 'thinking', 'speaking', 'listening'])
  expect(transcripts()).toEqual([
    { role: 'agent', text: 'Hello there, how are you?', heardText: 'Hello there, how are you?', final: true },
  ])
})

test('each answer has a transcript of its own, and the user has theirs', async () => {
  const { start, talk, pass, states, transcripts, of } = liveRig()
  await start()
  await talk('output', 'Hello there.')
  await pass(1500)
  await talk('input', 'What is Rome?')
  await pass(300)
  await talk('output', 'A city.')
  await pass(2500)
  expect(transcripts()).toMatchObject([
    { role: 'agent', text: 'Hello there.', final: true },
    { role: 'user', text: 'What is Rome?', final: true },
    { role: 'agent', text: 'A city.', final: true },
  ])
  expect(new Set(of('transcript').map(({ payload }) => payload.id)).size).toBe(3)
  expect(states().slice(2)).toEqual([
    'thinking',
    'speaking',
    'listening',
    'thinking',
    'speaking',
    'listening',
  ])
})

test('a pause that is over already when its words come begins another answer, without a gap', async () => {
  const { start, peer, pass, transcripts, states } = liveRig()
  await start()
  const words = { type: 'session.output_transcript.delta' }
  peer().say({ ...words, delta: 'One.', start_ms: 0, end_ms: 300 })
  peer().say({ ...words, delta: ' Two.', start_ms: 1300, end_ms: 1600 })
  expect(await pass(200, 0.5)).toBeCloseTo(0.5)
  await pass(3500)
  expect(transcripts()).toMatchObject([{ text: 'One.' }, { text: 'Two.', final: true }])
  expect(states().at(-1)).toBe('listening')
})

test('the agent goes on while the user says no more than a word', async () => {
  const { start, talk, pass, states, transcripts } = liveRig()
  await start()
  await talk('output', 'Rome was not built')
  await talk('input', 'Mhm', 0.5)
  await talk('output', ' in a day')
  expect(states().at(-1)).toBe('speaking')
  await pass(2500)
  expect(transcripts()).toMatchObject([
    { role: 'agent', text: 'Rome was not built in a day' },
    { role: 'user', text: 'Mhm' },
  ])
})

test('who speaks into a short pause of the other divides what the other says', async () => {
  const { start, talk, pass, transcripts } = liveRig()
  await start()
  await talk('output', 'One')
  await talk('input', 'a b')
  await talk('output', 'Two three')
  await talk('input', 'c d')
  await pass(2000)
  expect(transcripts().map(({ text }) => text)).toEqual(['One', 'a b', 'Two three', 'c d'])
})

test('a sound without words does not keep the state at speaking', async () => {
  const { start, talk, pass, states } = liveRig()
  await start()
  await pass(300, 0.5)
  expect(states().at(-1)).toBe('speaking')
  await pass(500)
  await talk('input', 'What was that?')
  expect(states().at(-1)).toBe('listening')
})

test('an interruption silences the voice until it pauses', async () => {
  const { start, talk, pass, engine, of, transcripts, states } = liveRig()
  await start()
  await talk('output', 'Rome was not built in a day')
  engine.handle({ type: 'interrupt' })
  await pass(50, 0.5)
  expect(states().at(-1)).toBe('listening')
  expect(of('interrupted')).toHaveLength(1)
  for (const more of [' and it', ' will not', ' be seen']) {
    await talk('output', more, 0.5)
    expect(await pass(10, 0.5)).toBe(0)
  }
  expect(transcripts()).toMatchObject([{ text: 'Rome was not built in a day', final: true }])
  await pass(1500)
  await talk('output', 'Yes?')
  expect(await pass(50, 0.5)).toBeCloseTo(0.5)
  await pass(2500)
  expect(transcripts()).toMatchObject([{ final: true }, { text: 'Yes?', final: true }])
  expect(states().at(-1)).toBe('listening')
})

test('an interruption that the user speaks into ends as soon as the user speaks', async () => {
  const { start, talk, pass, engine, transcripts } = liveRig()
  await start()
  await talk('output', 'Rome was not built in a day')
  engine.handle({ type: 'interrupt' })
  await pass(50, 0.5)
  await talk('output', ' and it will', 0.5)
  expect(await pass(50, 0.5)).toBe(0)
  await talk('input', 'Stop it')
  await talk('output', 'Sorry', 0.5)
  expect(await pass(50, 0.5)).toBeCloseTo(0.5)
  expect(transcripts().map(({ text }) => text)).toEqual(['Rome was not built in a day', 'Stop it', 'Sorry'])
})

test('a voice whose words are still to come is silenced too', async () => {
  const { start, talk, pass, engine } = liveRig()
  await start()
  await pass(200, 0.5)
  engine.handle({ type: 'interrupt' })
  await pass(20, 0.5)
  expect(await pass(500, 0.5)).toBe(0)
  await talk('output', 'Rome was not built', 0.5)
  await talk('output', ' in a day', 0.5)
  expect(await pass(50, 0.5)).toBe(0)
  await pass(2000)
  await talk('output', 'Yes?')
  expect(await pass(50, 0.5)).toBeCloseTo(0.5)
})

test('a sound without words is silenced for a second', async () => {
  const { start, pass, engine } = liveRig()
  await start()
  await pass(200, 0.5)
  engine.handle({ type: 'interrupt' })
  await pass(20, 0.5)
  expect(await pass(900, 0.5)).toBe(0)
  await pass(200)
  expect(await pass(300, 0.5)).toBeCloseTo(0.5)
})

test('an interruption while nobody talks leaves the gate open', async () => {
  const { start, talk, pass, engine } = liveRig()
  await start()
  await talk('output', 'Well')
  engine.handle({ type: 'interrupt' })
  await pass(2000)
  engine.handle({ type: 'interrupt' })
  await pass(50)
  expect(await pass(300, 0.5)).toBeCloseTo(0.5)
})

test('a typed message is given to the voice to know, and then to answer', async () => {
  const { start, engine, peer, pass, states } = liveRig()
  await start()
  engine.handle({ type: 'sendMessage', request: 2, message: { text: 'And Rome?' } })
  await pass(50)
  expect(peer().sent).toEqual([
    { type: 'session.thinking.append', content: 'The user typed: And Rome?', delegation_id: null },
    { type: 'session.instructions.append', content: expect.any(String), delegation_id: null },
  ])
  expect(states().at(-1)).toBe('thinking')
})

test('the answer to a message that was typed over a sound is heard', async () => {
  const { start, engine, talk, pass } = liveRig()
  await start()
  await pass(200, 0.5)
  engine.handle({ type: 'sendMessage', request: 2, message: { text: 'Stop' } })
  await pass(100)
  await talk('output', 'Fine', 0.5)
  expect(await pass(50, 0.5)).toBeCloseTo(0.5)
})

test('the answer to a message that was typed over the voice is heard', async () => {
  const { start, engine, talk, pass } = liveRig()
  await start()
  await talk('output', 'Rome was not built in a day')
  engine.handle({ type: 'sendMessage', request: 2, message: { text: 'Stop' } })
  await pass(400)
  await talk('output', 'Fine', 0.5)
  expect(await pass(50, 0.5)).toBeCloseTo(0.5)
})
