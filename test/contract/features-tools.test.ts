import { expect } from 'vitest'
import { tool } from '../../src/agent/tool.ts'
import { toolResult } from '../../src/agent/tool-result.ts'
import { testFeatures } from '../support/feature-suite.ts'
import { type Stage, type Talk, until } from '../support/feature-stage.ts'

const city = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city'],
} as const

const weather = (execute: (args: { city: string }) => unknown = ({ city }) => `sun in ${city}`) =>
  tool({ name: 'weather', description: 'The weather.', parameters: city, execute })

const picture = new Blob(['a picture'])

testFeatures('tools', {
  'a call with typed arguments': async (stage) => {
    const asked: number[] = []
    const talk = await stage.talk({
      tools: [
        tool({
          name: 'weather',
          description: 'The weather.',
          parameters: city,
          execute: ({ city, days = 1 }) => {
            asked.push(days + 1)
            return { city: city.toUpperCase() }
          },
        }),
      ],
    })
    await talk.ask('call weather {"city":"Rome","days":2}', '{"city":"ROME"}')
    expect(asked).toEqual([3])
    expect(talk.errors).toEqual([])
  },

  'wrong arguments, told to the model': async (stage) => {
    let runs = 0
    const talk = await stage.talk({ tools: [weather(() => runs++)] })
    await fails(stage, talk, 'call weather {"city":7}', 'wrong arguments')
    expect(runs).toBe(0)
    expect(talk.errors).toMatchObject([{ code: 'tool-arguments' }])
  },

  'parallel calls, one answer': async (stage) => {
    let begun = 0
    let both = (): void => {}
    const begin = new Promise<void>((resolve) => (both = resolve))
    const talk = await stage.talk({
      model: { waits: true },
      tools: [
        weather(async ({ city }) => {
          // One after the other they would wait for good.
          if (++begun === 2) both()
          await begin
          return city
        }),
      ],
    })
    await talk.ask('call weather {"city":"Rome"} call weather {"city":"Bari"}', 'Rome and Bari')
    expect(begun).toBe(2)
    expect(talk.heard.filter((text) => text.includes('Rome'))).toHaveLength(1)
  },

  'a time limit': async (stage) => {
    const talk = await stage.talk({
      tools: [
        tool({
          name: 'wait',
          description: 'Waits.',
          timeoutMs: 50,
          execute: () => new Promise(() => {}),
        }),
      ],
    })
    await fails(stage, talk, 'call wait {}', 'no result within 50 ms')
    expect(talk.errors).toMatchObject([{ code: 'tool-timeout' }])
  },

  'cancelled when the user interrupts, or not': {
    works: {
      'cancelled, by default': async (stage) => {
        const { finished, talk } = await interrupted(stage, true)
        await until(() => finished[0])
        expect(finished).toMatchObject([{ ok: false, output: expect.stringContaining('interrupted') }])
        await talk.ask('say "Back."', 'Back.')
      },
      'finished, with cancelOnInterrupt: false': async (stage) => {
        const { finished, finish, talk } = await interrupted(stage, false)
        expect(finished).toEqual([])
        finish()
        await until(() => finished[0])
        expect(finished).toMatchObject([{ ok: true, output: 'booked' }])
        await until(() => stage.service.known.some(({ text }) => text.includes('booked')))
        await until(() => talk.pipeline.state === 'listening')
      },
    },
  },

  'cancelled by the service': {
    works: async (stage) => {
      const { finished, talk } = await running(stage, false, { waits: true })
      await talk.speak()
      await until(() => finished[0])
      expect(finished).toMatchObject([{ ok: false, output: expect.stringContaining('took it back') }])
    },
    lacks: async (stage) => {
      const { talk, finished } = await running(stage, false)
      await talk.type('say "Go on."')
      await talk.hears('Go on.')
      expect(finished).toEqual([])
    },
  },

  'approval by the user': {
    works: {
      'given, after which it runs': async (stage) => {
        const talk = await stage.talk({ tools: [guarded()] })
        talk.pipeline.on('toolApproval', ({ approve, arguments: args }) => {
          expect(args).toEqual({})
          approve()
        })
        await talk.ask('call pay {}', 'paid')
      },
      'refused, which the model is told': async (stage) => {
        const talk = await stage.talk({ tools: [guarded()] })
        talk.pipeline.on('toolApproval', ({ reject }) => reject('too dear'))
        await fails(stage, talk, 'call pay {}', 'refused: too dear')
        expect(talk.errors).toEqual([])
      },
      'refused where nobody asks': async (stage) => {
        const talk = await stage.talk({ tools: [guarded()] })
        await fails(stage, talk, 'call pay {}', 'nobody asks')
        expect(talk.errors).toMatchObject([{ code: 'tool-not-approved' }])
      },
    },
  },

  'progress that the agent speaks while the tool runs': {
    works: async (stage) => {
      const { talk, finish, told } = await booking(stage)
      await until(() => talk.heard.includes('Half of it.'))
      expect(told).toMatchObject([{ name: 'book', text: 'Half of it.' }])
      finish()
      await talk.hears('booked')
      expect(talk.errors).toEqual([])
    },
    lacks: async (stage) => {
      const { talk, finish, told } = await booking(stage)
      expect(told).toMatchObject([{ name: 'book', text: 'Half of it.' }])
      expect(talk.heard).toEqual([])
      finish()
      await talk.hears('booked')
      expect(talk.errors).toEqual([])
    },
  },

  'a result with images': {
    works: async (stage) => {
      const talk = await stage.talk({
        tools: [
          tool({
            name: 'draw',
            description: 'Draws.',
            execute: () => toolResult('A map.', { images: [picture] }),
          }),
        ],
      })
      await talk.ask('call draw {}', 'A map.')
      expect(stage.service.images).toBe(1)
    },
    refused: async (stage) => {
      const talk = await stage.talk({
        tools: [
          tool({
            name: 'draw',
            description: 'Draws.',
            execute: () => toolResult('A map.', { images: [picture] }),
          }),
        ],
      })
      await fails(stage, talk, 'call draw {}', 'see images')
      return talk.errors[0]?.cause
    },
  },

  'a call that is repeated runs once': async (stage) => {
    stage.service.plan({ duplicate: ['toolCall', 'toolUse', 'response.output_item.done'] })
    let runs = 0
    const talk = await stage.talk({ tools: [weather(() => `run ${++runs}`)] })
    await talk.ask('call weather {"city":"Rome"}', 'run 1.')
    expect(runs).toBe(1)
  },
})

const guarded = () => tool({ name: 'pay', description: 'Pays.', needsApproval: true, execute: () => 'paid' })

/** A tool is called, and the model is told why it failed. */
async function fails(stage: Stage, talk: Talk, request: string, reason: string): Promise<void> {
  await talk.ask(request, 'No.')
  const told = stage.service.known.flatMap(({ role, text }) => (role === 'tool' ? [text] : []))
  expect(told).toEqual([expect.stringContaining(reason)])
}

/** A tool runs that has told of its progress, and ends when it is told to. */
async function booking(stage: Stage) {
  let finish = (): void => {}
  const talk = await stage.talk({
    tools: [
      tool({
        name: 'book',
        description: 'Books.',
        execute: async (_, { progress }) => {
          progress('Half of it.', { speak: true })
          await new Promise<void>((resolve) => (finish = resolve))
          return 'booked'
        },
      }),
    ],
  })
  const told = talk.all('toolProgress')
  await talk.type('call book {}')
  await until(() => told[0])
  return { talk, told, finish: () => finish() }
}

/** A tool runs, and ends when it is told to. */
async function running(stage: Stage, cancelOnInterrupt: boolean, model = {}) {
  let finish = (): void => {}
  const talk: Talk = await stage.talk({
    model,
    tools: [
      tool({
        name: 'book',
        description: 'Books.',
        cancelOnInterrupt,
        execute: () => new Promise((resolve) => (finish = () => resolve('booked'))),
      }),
    ],
  })
  const called = talk.all('toolCalled')
  const finished = talk.all('toolFinished')
  await talk.type('call book {}')
  await until(() => called[0])
  return { talk, finished, finish: () => finish() }
}

/** A tool runs, and the user interrupts. */
async function interrupted(stage: Stage, cancelOnInterrupt: boolean) {
  const run = await running(stage, cancelOnInterrupt)
  run.talk.pipeline.interrupt()
  await until(() => run.talk.pipeline.state === 'listening')
  return run
}
