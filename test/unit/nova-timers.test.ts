import { expect, it, vi } from 'vitest'
import { novaByHand } from './nova-hand.ts'

it('a conversation over Nova Sonic of which a tool returns after the end leaves no timer behind', async () => {
  const talk = await novaByHand()
  talk.type('Weather?')
  await talk.settle()
  talk.call('c1')
  talk.engine.handle({ type: 'stop' })
  talk.answer('c1')
  await talk.settle()
  expect(vi.getTimerCount()).toBe(0)
})
