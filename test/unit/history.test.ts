import { describe, expect, it } from 'vitest'
import { History } from '../../src/engine/history.ts'

const said = (id: string, role: 'user' | 'agent', text: string, heardText = text) => ({
  id,
  role,
  text,
  heardText,
  final: true,
})

describe('History', () => {
  it('keeps the order in which things were placed, whenever their words come', () => {
    const history = new History()
    history.place('u', 'user')
    history.say(said('a', 'agent', 'Hello.'))
    history.say(said('u', 'user', 'Hi.'))
    expect(history.recall()).toEqual([
      { type: 'message', role: 'user', text: 'Hi.' },
      { type: 'message', role: 'agent', text: 'Hello.' },
    ])
  })

  it('remembers of an interrupted answer what was heard, and of an unheard one nothing', () => {
    const history = new History()
    history.say(said('a', 'agent', 'one two three', 'one two'))
    history.say(said('b', 'agent', 'never heard', ''))
    expect(history.recall()).toEqual([{ type: 'message', role: 'agent', text: 'one two' }])
  })

  it('recalls the latest that fits', () => {
    const history = new History()
    for (let i = 0; i < 50; i++) history.say(said(`${i}`, 'user', `${i}`.padEnd(1000, '.')))
    const items = history.recall()
    expect(items).toHaveLength(32)
    expect(items.at(-1)).toMatchObject({ text: expect.stringMatching(/^49/) })
  })
})
