import { expect, test } from 'vitest'
import { LiveSession } from '../simulators/openai-live/live-session.ts'
import { liveRig } from './openai-live-rig.ts'

/** A session whose answers are noted. */
async function begin() {
  const rig = liveRig()
  const replyIds: (string | undefined)[] = []
  rig.model.on('responseStarted', ({ replyId }) => replyIds.push(replyId))
  await rig.start()
  return { ...rig, replyIds }
}

test('the voice is told what to say, and what it says next is taken for it', async () => {
  const { model, peer, talk, pass, replyIds } = await begin()
  model.reply({ replyId: 'P1', text: 'Welcome.' })
  model.reply({ replyId: 'P2', instructions: 'Ask for the name.' })
  expect(peer().sent).toMatchObject([
    {
      type: 'session.instructions.append',
      content: expect.stringMatching(/say exactly: "Welcome\."\nAdd nothing\.$/),
    },
    { type: 'session.instructions.append', content: expect.stringMatching(/: Ask for the name\.$/) },
  ])
  await talk('output', 'What is your name?')
  await pass(2500)
  await talk('output', 'And where are you?')
  expect(replyIds).toEqual(['P2', undefined])
})

test('what the voice says after the user has spoken, or an interruption, is no reply', async () => {
  const { model, talk, pass, replyIds } = await begin()
  model.reply({ replyId: 'P1', text: 'Welcome.' })
  await talk('input', 'Wait.')
  await talk('output', 'Yes?')
  await pass(2500)
  model.reply({ replyId: 'P2', text: 'Welcome.' })
  model.interrupt([])
  await talk('output', 'I wait.')
  expect(replyIds).toEqual([undefined, undefined])
})

test('what was said by other means is given to know, and no more', async () => {
  const { model, peer } = await begin()
  model.addMessage('agent', 'This call is recorded.')
  model.addMessage('user', 'Fine.')
  expect(peer().sent).toEqual([
    {
      type: 'session.thinking.append',
      content: 'You said already: This call is recorded.',
      delegation_id: null,
    },
    { type: 'session.thinking.append', content: 'The user said already: Fine.', delegation_id: null },
  ])
})

test('another agent needs another session, as its instructions are fixed', async () => {
  const { model, peer } = await begin()
  expect(model.update({ instructions: 'Be kind.', tools: [] })).toBe(false)
  expect(peer().sent).toEqual([])
})

test('a simulated voice answers what was typed, and not what it is given to know', () => {
  const answered: string[] = []
  const session = new LiveSession({
    id: 'live_1',
    config: { model: 'gpt-live-1.1' },
    options: {
      reply: ({ text }) => {
        answered.push(text)
        return { say: '' }
      },
    },
    expiresAt: 0,
    emit: () => {},
    onClosed: () => {},
  })
  const append = (kind: 'thinking' | 'instructions', content: string): void =>
    void session.take({ type: `session.${kind}.append`, content, delegation_id: null })
  append('thinking', 'You said already: Hello.')
  append('thinking', 'The user typed: Is it ')
  append('thinking', 'late?')
  append('instructions', 'The user has typed a message. Answer it now.')
  expect(answered).toEqual(['Is it late?'])
  expect(session.known[0]).toBe('You said already: Hello.')
})
