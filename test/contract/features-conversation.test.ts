import { expect } from 'vitest'
import { Conversation } from '../../src/agent/conversation.ts'
import { tool } from '../../src/agent/tool.ts'
import { testFeatures } from '../support/feature-suite.ts'
import { until } from '../support/feature-stage.ts'
import { type Provider, providers } from '../support/feature-table.ts'

const picture = new Blob(['a picture'])
const clock = tool({ name: 'clock', description: 'The time.', execute: () => 'noon' })

testFeatures('conversation', {
  'a typed message': async (stage) => {
    const talk = await stage.talk()
    await talk.ask('say "Good day."', 'Good day.')
    expect(stage.service.known).toEqual([
      { role: 'user', text: 'say "Good day."' },
      { role: 'agent', text: 'Good day.' },
    ])
  },

  'images in a message': {
    works: async (stage) => {
      const talk = await stage.talk()
      await talk.pipeline.sendMessage('What is this?', { images: [picture, picture] })
      await talk.hears('Yes.')
      expect(stage.service.images).toBe(2)
    },
    refused: async (stage) =>
      (await stage.talk()).pipeline.sendMessage('What is this?', { images: [picture] }),
  },

  'export, and import into another conversation': async (stage) => {
    const before = await stage.talk({ tools: [clock] })
    const kept = new Conversation()
    kept.attach(before.pipeline)
    kept.add('user', 'I am Ada.')
    await before.ask('I am Ada.', 'Yes.')
    await before.ask('call clock {}', 'noon')
    await before.pipeline.close()
    const taken = Conversation.from(JSON.parse(JSON.stringify(kept)) as unknown)
    const talk = await stage.talk({ history: taken.history(), tools: [clock] })
    taken.attach(talk.pipeline)
    await talk.ask('say "Now?"', 'Now?')
    const said = taken.items.map((item) => (item.role === 'tool' ? item.output : item.text))
    expect(said).toEqual(['I am Ada.', 'Yes.', 'noon', 'noon.', 'Now?'])
    expect(stage.service.connections()).toBe(2)
    const known = stage.service.known.map(({ text }) => text).join(' | ')
    for (const text of ['I am Ada.', 'noon', 'noon.', 'Now?']) expect(known).toContain(text)
    expect(talk.errors).toEqual([])
  },

  'a connection that is lost': async (stage) => {
    const talk = await stage.talk()
    await talk.ask('I am Ada.', 'Yes.')
    const again = talk.all('reconnected')
    stage.service.drop()
    await until(() => again[0])
    expect(again).toMatchObject([{ reason: 'lost', attempts: 1 }])
    await talk.ask('say "Here."', 'Here.')
    expect(stage.service.connections()).toBe(2)
    const known = stage.service.known.map(({ text }) => text)
    expect(known.slice(0, 2)).toEqual(['I am Ada.', 'Yes.'])
    expect(known.at(-1)).toBe('Here.')
  },

  'changeModel() to the others': {
    works: Object.fromEntries(
      (Object.keys(providers) as Provider[]).map((to) => [
        `to ${providers[to]}`,
        async (stage) => {
          const other = await stage.another(to)
          const talk = await stage.talk({ tools: [clock] })
          const conversation = new Conversation()
          conversation.attach(talk.pipeline)
          await talk.ask('I am Ada.', 'Yes.')
          await talk.ask('call clock {}', 'noon')
          await talk.pipeline.changeModel(other.model())
          expect(stage.page.microphones).toBe(1)
          await talk.ask('say "Two."', 'Two.')
          const known = other.known.map(({ text }) => text).join(' | ')
          for (const text of ['I am Ada.', 'Yes.', 'noon', 'Two.']) expect(known).toContain(text)
          expect(other.instructions).toBe('Be brief.')
          const said = conversation.items.map((item) => (item.role === 'tool' ? item.output : item.text))
          expect(said).toEqual(['Yes.', 'noon', 'noon.', 'Two.'])
          await talk.converse()
          expect(other.heard().length).toBeGreaterThan(0)
          await talk.ask('call clock {}', 'noon')
          expect(talk.errors).toEqual([])
          expect(other.violations()).toEqual([])
        },
      ]),
    ),
  },
})
