import { expect, test } from 'vitest'
import { ToolRunner, type ToolEvents } from '../../src/agent/tool-runner.ts'
import { tool, type Tool } from '../../src/agent/tool.ts'
import { Emitter } from '../../src/core/emitter.ts'
import { errorIn, pipeline, toolRig } from './tool-rig.ts'

test('a call that the model takes back is aborted, alone, and answered once', async () => {
  const signals: AbortSignal[] = []
  const finished: string[] = []
  const events = new Emitter<ToolEvents>()
  events.on('toolFinished', ({ callId }) => finished.push(callId))
  const wait = tool({
    name: 'wait',
    description: 'Waits.',
    execute: async (_, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    },
  })
  const runner = new ToolRunner({ tools: [wait], pipeline, events })
  const [taken, other] = ['1', '2'].map(async (callId) =>
    runner.run({ callId, name: 'wait', arguments: '{}' }),
  )
  await expect.poll(() => signals).toHaveLength(2)
  for (const callId of ['1', '1', 'unknown']) runner.cancel(callId)
  expect(await taken).toMatchObject({ ok: false, output: expect.stringContaining('took it back') })
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  expect(finished).toEqual(['1'])
  runner.abort()
  expect(await other).toMatchObject({ ok: false })
})

test('an interrupt cancels the calls of all tools but those that are to be finished', async () => {
  const wait = (name: string, cancelOnInterrupt?: boolean): Tool =>
    tool({
      name,
      description: 'Waits.',
      ...(cancelOnInterrupt !== undefined && { cancelOnInterrupt }),
      execute: async () => new Promise(() => {}),
    })
  const { runner, run, of } = toolRig([wait('search'), wait('look', true), wait('book', false)])
  const outcomes = ['search', 'look', 'book'].map(async (name) => run(name, name))
  runner.interrupt()
  for (const outcome of await Promise.all(outcomes.slice(0, 2))) {
    expect(errorIn(outcome)).toMatch(/was cancelled: the user interrupted\.$/)
  }
  expect(of('toolFinished').map(({ name }) => name)).toEqual(['search', 'look'])
  expect(of('error')).toEqual([])
  runner.abort()
  expect(errorIn((await Promise.all(outcomes)).at(-1) ?? { output: '{}', ok: true })).toContain('is over')
})

test('calls that are under way go on when the tools change', async () => {
  let end: (result: string) => void = () => {}
  const slow = tool({
    name: 'slow',
    description: 'Waits.',
    execute: async () => new Promise<string>((resolve) => (end = resolve)),
  })
  const { runner, run } = toolRig([slow])
  const outcome = run('slow', '1')
  await new Promise((resolve) => setImmediate(resolve))
  runner.setTools([tool({ name: 'fast', description: 'Waits not.', execute: () => 'fast' })])
  expect(errorIn(await run('slow', '2'))).toContain('The tools are: fast.')
  expect((await run('fast', '3')).output).toBe('fast')
  end('done')
  expect(await outcome).toEqual({ output: 'done', ok: true })
})
