import { describe, expect, it } from 'vitest'
import { novaByHand } from './nova-hand.ts'

const MARKER = '{ "interrupted" : true }'

/** Two sentences of which the first is being heard. */
async function answering() {
  const talk = await novaByHand()
  talk.user('u1', 'Rome?')
  talk.speculate('s1', 'Rome is old and grey.')
  talk.start('a1', 'AUDIO', 'ASSISTANT')
  for (let i = 0; i < 10; i++) talk.sound('a1', 1)
  await talk.speaker.play(200)
  return talk
}

describe('an answer', () => {
  it('goes through its states sentence by sentence, whatever the completion does', async () => {
    const talk = await answering()
    expect(talk.state()).toBe('speaking')
    talk.stop('a1', 'PARTIAL_TURN')
    talk.final('f1', 'Rome is old and grey.', 'PARTIAL_TURN')
    await talk.speaker.play(1500)
    expect(talk.state()).toBe('thinking')
    talk.speculate('s2', 'But it is lovely.')
    talk.start('a2', 'AUDIO', 'ASSISTANT')
    talk.sound('a2', 2)
    talk.stop('a2', 'END_TURN')
    await talk.speaker.play(300)
    expect(talk.state()).toBe('listening')
    talk.final('f2', 'But it is lovely.', 'END_TURN')
    talk.say({ completionEnd: { stopReason: 'END_TURN' } })
    await talk.settle()
    expect(talk.heard().map(({ id, heardText, final }) => [id, heardText, final])).toEqual([
      ['u1', 'Rome?', true],
      ['s1', 'Rome is old and grey.', true],
      ['s2', 'But it is lovely.', true],
    ])
    expect(talk.of('turnEnded')).toHaveLength(1)
  })

  it('is shown as it will be said, and then as it was said', async () => {
    const talk = await answering()
    expect(talk.heard().at(-1)).toMatchObject({ text: 'Rome is old and grey.', final: false })
    talk.stop('a1', 'END_TURN')
    talk.final('f1', 'Rome is old, and gray.', 'END_TURN')
    await talk.speaker.play(1500)
    expect(talk.heard().at(-1)).toMatchObject({ id: 's1', text: 'Rome is old, and gray.', final: true })
  })

  it('whose text is complete before its audio is heard to its end', async () => {
    const talk = await answering()
    talk.final('f1', 'Rome is old and grey.', 'END_TURN')
    talk.sound('a1', 5)
    talk.stop('a1', 'PARTIAL_TURN')
    await talk.settle()
    expect(talk.written.at(-1)?.value).toBe(5)
    await talk.speaker.play(1500)
    expect(talk.state()).toBe('listening')
  })

  it('of which nothing was spoken is not in the transcript', async () => {
    const talk = await answering()
    talk.speculate('s2', 'Nobody hears this.')
    talk.user('u2', 'Stop')
    await talk.speaker.play(100)
    expect(talk.heard().map(({ id }) => id)).toEqual(['u1', 's1', 'u2'])
  })

  it('that never ends is given up in the end, and so is one that never comes', async () => {
    const talk = await answering()
    talk.stop('a1', 'PARTIAL_TURN')
    await talk.speaker.play(1500)
    expect(talk.state()).toBe('thinking')
    await talk.pass(10_000)
    expect(talk.state()).toBe('listening')
    talk.user('u2', 'Hello?')
    await talk.settle()
    expect(talk.state()).toBe('thinking')
    await talk.pass(10_000)
    expect(talk.state()).toBe('listening')
    talk.speculate('s3', 'Sorry.')
    await talk.settle()
    expect(talk.state()).toBe('thinking')
  })

  it('waits for a tool for as long as that takes', async () => {
    const talk = await novaByHand()
    talk.type('Weather?')
    await talk.settle()
    talk.call('c1')
    await talk.pass(60_000)
    expect(talk.state()).toBe('thinking')
    talk.answer('c1')
    await talk.settle()
    expect(talk.sent.filter((event) => 'toolResult' in event)).toHaveLength(1)
  })
})

describe('an interruption', () => {
  it.each([
    [
      'a text that was broken off',
      (talk: Awaited<ReturnType<typeof answering>>) => talk.final('f1', 'Rome is', 'INTERRUPTED'),
    ],
    ['a text of nothing', (talk) => talk.final('f1', '', 'INTERRUPTED')],
    ['its audio', (talk) => talk.stop('a1', 'INTERRUPTED')],
    ['a marker', (talk) => talk.final('f1', MARKER, 'PARTIAL_TURN')],
    [
      'a marker after what was heard',
      (talk) => {
        talk.final('f1', 'Rome is', 'PARTIAL_TURN')
        talk.final('f2', MARKER.replaceAll(' ', ''), 'PARTIAL_TURN')
      },
    ],
  ] as [string, (talk: Awaited<ReturnType<typeof answering>>) => void][])(
    'is told by %s: the speaker falls silent',
    async (_name, tell) => {
      const talk = await answering()
      tell(talk)
      await talk.settle()
      expect(talk.state()).toBe('listening')
      await talk.speaker.play(20)
      talk.sound('a1', 1)
      talk.start('late', 'AUDIO', 'ASSISTANT')
      talk.sound('late', 1)
      expect(await talk.speaker.play(500)).toBe(0)
      expect(talk.of('interrupted')).toHaveLength(1)
      expect(talk.heard().at(-1)).toMatchObject({ text: 'Rome is old and grey.', final: true })
      expect(talk.heard().at(-1)?.heardText.length).toBeLessThan(10)
      talk.user('u2', 'Stop')
      await talk.settle()
      expect(talk.of('speechStarted')).toHaveLength(2)
      expect(talk.of('speechStopped')).toHaveLength(2)
      talk.speculate('s2', 'Yes.')
      talk.start('a2', 'AUDIO', 'ASSISTANT')
      talk.sound('a2', 2)
      talk.stop('a2', 'END_TURN')
      await talk.speaker.play(500)
      expect(talk.heard().at(-1)).toMatchObject({ id: 's2', heardText: 'Yes.' })
      expect(talk.state()).toBe('listening')
    },
  )

  it('is told when the audio had ended long ago', async () => {
    const talk = await answering()
    talk.stop('a1', 'END_TURN')
    await talk.speaker.play(300)
    expect(talk.state()).toBe('speaking')
    talk.final('f1', 'Rome is', 'INTERRUPTED')
    await talk.settle()
    expect(talk.state()).toBe('listening')
    await talk.speaker.play(50)
    expect(await talk.speaker.play(100)).toBe(0)
  })

  it('comes between two sentences, of which the second is then not said', async () => {
    const talk = await answering()
    talk.stop('a1', 'PARTIAL_TURN')
    talk.speculate('s2', 'And it is lovely.')
    talk.final('f1', 'Rome is old', 'INTERRUPTED')
    talk.start('a2', 'AUDIO', 'ASSISTANT')
    talk.sound('a2', 2)
    await talk.speaker.play(50)
    expect(await talk.speaker.play(500)).toBe(0)
    expect(talk.written.some(({ value }) => value === 2)).toBe(false)
  })

  it('before the first audio does not reach the answer that begins meanwhile', async () => {
    const talk = await novaByHand()
    talk.user('u1', 'Rome?')
    talk.final('f1', MARKER, 'PARTIAL_TURN')
    talk.speculate('s1', 'Well.')
    talk.start('a1', 'AUDIO', 'ASSISTANT')
    await talk.speaker.play(20)
    talk.sound('a1', 1)
    await talk.settle()
    expect(talk.written).toHaveLength(1)
  })

  it('reaches audio that outlived its own turn', async () => {
    const talk = await answering()
    talk.final('f1', 'Rome is old and grey.', 'END_TURN')
    talk.speculate('s2', 'Besides.')
    await talk.settle()
    talk.type('Stop')
    await talk.speaker.play(20)
    talk.sound('a1', 7)
    await talk.settle()
    expect(talk.written.some(({ value }) => value === 7)).toBe(false)
  })

  it('by nobody who then says anything is over when the agent goes on', async () => {
    const talk = await answering()
    talk.final('f1', 'Rome is', 'INTERRUPTED')
    await talk.speaker.play(20)
    talk.speculate('s2', 'As I was saying.')
    talk.start('a2', 'AUDIO', 'ASSISTANT')
    talk.sound('a2', 2)
    talk.stop('a2', 'END_TURN')
    await talk.settle()
    expect(talk.of('speechStopped')).toHaveLength(2)
    await talk.speaker.play(500)
    expect(talk.heard().at(-1)).toMatchObject({ heardText: 'As I was saying.' })
    expect(talk.state()).toBe('listening')
  })

  it('by the application lasts until the turn ends, tools included', async () => {
    const talk = await answering()
    talk.engine.handle({ type: 'interrupt' })
    await talk.speaker.play(20)
    talk.call('c1')
    await talk.settle()
    talk.answer('c1')
    talk.speculate('s2', 'More.')
    talk.start('a2', 'AUDIO', 'ASSISTANT')
    talk.sound('a2', 2)
    talk.stop('a2', 'END_TURN')
    talk.final('f2', 'Rome', 'PARTIAL_TURN')
    talk.final('f3', 'More.', 'END_TURN')
    await talk.settle()
    expect(talk.state()).toBe('listening')
    expect(talk.written.some(({ value }) => value === 2)).toBe(false)
    expect(talk.sent.filter((event) => 'toolResult' in event)).toHaveLength(1)
    talk.user('u2', 'Go on')
    talk.speculate('s4', 'Gladly.')
    talk.start('a4', 'AUDIO', 'ASSISTANT')
    talk.sound('a4', 4)
    await talk.settle()
    expect(talk.written.at(-1)?.value).toBe(4)
  })
})

describe('usage', () => {
  it('is what was spent since the last account', async () => {
    const talk = await novaByHand()
    const delta = { input: { speechTokens: 10, textTokens: 2 }, output: { speechTokens: 5, textTokens: 1 } }
    const event = { details: { delta, total: delta }, totalTokens: 900 }
    talk.say({ usageEvent: event })
    talk.say({ usageEvent: { totalTokens: 900 } })
    await talk.settle()
    expect(talk.of('usage').map(({ payload }) => payload)).toEqual([
      { inputTokens: 12, outputTokens: 6, totalTokens: 18, details: event },
    ])
  })
})
