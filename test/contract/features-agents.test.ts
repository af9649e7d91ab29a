import { expect } from 'vitest'
import { Agent } from '../../src/agent/agent.ts'
import { tool } from '../../src/agent/tool.ts'
import { testFeatures } from '../support/feature-suite.ts'
import { type Stage, until } from '../support/feature-stage.ts'

const clock = (execute: () => unknown = () => 'noon') =>
  tool({ name: 'clock', description: 'The time.', execute })

testFeatures('agents', {
  'instructions as a function': async (stage) => {
    const talk = await stage.talk({
      instructions: async ({ pipeline }) => `You are helpful while ${pipeline.state}.`,
    })
    await talk.ask('Hello', 'Yes.')
    expect(stage.service.instructions).toBe('You are helpful while connecting.')
  },

  'updateInstructions()': async (stage) => {
    const talk = await stage.talk()
    await talk.ask('say "Before."', 'Before.')
    await talk.agent.updateInstructions('Be kind.')
    await until(() => stage.service.instructions === 'Be kind.')
    await talk.ask('say "After."', 'After.')
    expect(stage.service.known).toContainEqual({ role: 'agent', text: 'Before.' })
    expect(talk.errors).toEqual([])
  },

  'updateTools()': async (stage) => {
    const talk = await stage.talk()
    await talk.ask('say "Before."', 'Before.')
    await talk.agent.updateTools([clock()])
    await until(() => stage.service.tools.includes('clock'))
    await talk.ask('call clock {}', 'noon')
    await talk.agent.updateTools([])
    await until(() => stage.service.tools.length === 0)
    await talk.ask('say "After."', 'After.')
    expect(talk.errors).toEqual([])
  },

  'a handoff, by a tool that returns an agent': async (stage) => {
    const { talk, changes } = await handOff(stage)
    await talk.ask('say "Who?"', 'Who?')
    expect(stage.service.instructions).toBe('You are billing.')
    expect(stage.service.tools).toEqual(['clock'])
    expect(texts(stage)).toContain('I am Ada.')
    expect(changes).toMatchObject([{ agent: { name: 'billing' }, previous: { name: 'reception' } }])
    await talk.ask('call clock {}', 'noon')
    expect(talk.pipeline.agent.name).toBe('billing')
    expect(talk.errors).toEqual([])
  },

  'a handoff with filterHistory': async (stage) => {
    const { talk } = await handOff(stage, { filterHistory: (history) => history.slice(-1) })
    await talk.ask('say "Who?"', 'Who?')
    expect(stage.service.instructions).toBe('You are billing.')
    expect(texts(stage)).not.toContain('I am Ada.')
    expect(talk.errors).toEqual([])
  },

  'onEnter and onExit': async (stage) => {
    const log: string[] = []
    const billing = new Agent({
      name: 'billing',
      instructions: 'You are billing.',
      onEnter: async ({ pipeline }) => {
        log.push('billing enters')
        await pipeline.say('Billing.')
      },
    })
    const talk = await stage.talk({
      onEnter: async ({ pipeline }) => {
        log.push('reception enters')
        await pipeline.say('Welcome.')
      },
      onExit: () => log.push('reception leaves'),
      tools: [tool({ name: 'bill', description: 'To billing.', execute: () => billing })],
    })
    await talk.hears('Welcome.')
    await talk.type('call bill {}')
    await talk.hears('Billing.')
    expect(log).toEqual(['reception enters', 'reception leaves', 'billing enters'])
    expect(stage.service.instructions).toBe('You are billing.')
    expect(talk.errors).toEqual([])
  },
})

const texts = (stage: Stage): string => stage.service.known.map(({ text }) => text).join(' | ')

/** Something is said, and another agent takes over, who has answered. */
async function handOff(stage: Stage, options: Partial<ConstructorParameters<typeof Agent>[0]> = {}) {
  const billing = new Agent({
    name: 'billing',
    instructions: 'You are billing.',
    tools: [clock()],
    ...options,
  })
  const talk = await stage.talk({
    name: 'reception',
    tools: [tool({ name: 'bill', description: 'To billing.', execute: () => billing })],
  })
  const changes = talk.all('agentChanged')
  await talk.ask('I am Ada.', 'Yes.')
  const answers = talk.heard.length
  await talk.type('call bill {}')
  // Whatever the new agent says to that.
  await until(() => talk.heard.length > answers && talk.pipeline.state === 'listening' && changes[0])
  return { talk, changes }
}
