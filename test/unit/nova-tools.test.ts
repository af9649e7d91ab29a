import { describe, expect, it } from 'vitest'
import { novaRig, type Route } from './nova-rig.ts'

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const weather = { name: 'weather', description: 'Tells the weather of a city', parameters }
const routes: Route[] = ['direct', 'bridge']

describe('a tool', () => {
  it.each(routes)(
    'is run for every call, and what it gives is spoken of, over the %s route',
    async (route) => {
      const rig = await novaRig({ route, tools: [weather] })
      rig.outputs.weather = '{"sky":"clear"}'
      const connection = await rig.start()
      rig.type('What is the weather in Rome and Milan?')
      await rig.until(() => rig.of('usage').length > 0)
      await rig.playUntil(() => rig.state() === 'listening')
      expect(rig.of('runTool').map(({ call }) => [call.name, call.arguments])).toEqual([
        ['weather', '{"city":"Rome"}'],
        ['weather', '{"city":"Milan"}'],
      ])
      expect(rig.transcripts()[0]?.heardText).toBe('Here is what I found: sky clear And: sky clear')
      expect(rig.states()).toEqual(['connecting', 'listening', 'thinking', 'speaking', 'listening'])
      expect(connection.violations).toEqual([])
    },
  )

  it.each([
    ['text', 'it is sunny', '{"result":"it is sunny"}'],
    ['a number', '21', '{"result":21}'],
    ['a list', '[1,2]', '{"result":[1,2]}'],
    ['nothing', '', '{"result":""}'],
    ['an object', '{"sky":"clear"}', '{"sky":"clear"}'],
  ])('may give %s: AWS gets an object', async (_name, output, expected) => {
    const rig = await novaRig({ tools: [weather] })
    rig.outputs.weather = output
    const connection = await rig.start()
    rig.type('What is the weather in Rome?')
    const { message } = await connection.waitFor('toolResult', { direction: 'received' })
    expect(message.payload.content).toBe(expected)
  })

  it('that gives too much is cut short, and the conversation goes on', async () => {
    const rig = await novaRig({
      tools: [weather],
      reply: (turn) =>
        turn.outputs.length === 0
          ? [{ type: 'tool', name: 'weather', arguments: '{}' }]
          : [{ type: 'message', text: 'Yes.' }],
    })
    rig.outputs.weather = '"\u0001罗'.repeat(40_000)
    const connection = await rig.start()
    rig.type('Weather?')
    await connection.waitFor('usageEvent')
    expect(connection.violations).toEqual([])
  })

  it('is run once, and answered once, however often it is called', async () => {
    const rig = await novaRig({ tools: [weather] })
    rig.simulator.nextConnection({ duplicate: ['toolUse', 'contentStart', 'contentEnd'] })
    rig.outputs.weather = '{}'
    const connection = await rig.start()
    rig.type('What is the weather in Rome?')
    await connection.waitFor('usageEvent')
    expect(rig.of('runTool')).toHaveLength(1)
    expect(connection.received.filter(({ message }) => message.type === 'toolResult')).toHaveLength(1)
    expect(connection.violations).toEqual([])
  })

  it('that returns after the end is not answered', async () => {
    const rig = await novaRig({ tools: [weather] })
    const connection = await rig.start()
    rig.type('What is the weather in Rome?')
    await rig.until(() => rig.of('runTool').length > 0)
    rig.engine.handle({ type: 'stop' })
    await connection.closed
    expect(connection.received.some(({ message }) => message.type === 'toolResult')).toBe(false)
    expect(connection.violations).toEqual([])
  })
})
