import { expect, test, vi } from 'vitest'
import { tool, type Tool, type ToolContext, type ToolPipeline } from '../../src/agent/tool.ts'
import { OptionError, StateError } from '../../src/core/errors.ts'
import { pipeline, toolRig } from './tool-rig.ts'

const make = (execute: (context: ToolContext) => unknown): Tool =>
  tool({ name: 'search', description: 'Searches.', execute: (_, context) => execute(context) })

const speaking = (generateReply: ToolPipeline['generateReply']): ToolPipeline => ({
  ...pipeline,
  generateReply,
})
const unable = new OptionError('Mute cannot speak.', {
  code: 'option-unsupported',
  option: 'generateReply()',
})

test('progress is an event, and nothing is spoken unless it is asked for', async () => {
  const generateReply = vi.fn<ToolPipeline['generateReply']>()
  const search = make(({ progress }) => {
    progress('Half of it.')
    progress('All of it.', {})
  })
  const { run, events } = toolRig([search], { pipeline: speaking(generateReply) })
  await run('search', '7')
  expect(events.map(({ type }) => type)).toEqual([
    'toolCalled',
    'toolProgress',
    'toolProgress',
    'toolFinished',
  ])
  expect(events[1]?.payload).toEqual({ callId: '7', name: 'search', text: 'Half of it.' })
  expect(generateReply).not.toHaveBeenCalled()
})

test('progress that is to be spoken is given to the agent', async () => {
  const generateReply = vi.fn<ToolPipeline['generateReply']>(async (options) =>
    pipeline.generateReply(options),
  )
  const search = make(({ progress }) => progress('Half of it.', { speak: true }))
  await toolRig([search], { pipeline: speaking(generateReply) }).run('search')
  expect(generateReply).toHaveBeenCalledExactlyOnceWith({
    instructions: expect.stringMatching(/short sentence.*Half of it\.$/) as string,
  })
})

test.each<[string, ToolPipeline['generateReply']]>([
  [
    'throws',
    () => {
      throw unable
    },
  ],
  ['rejects', async () => Promise.reject(unable)],
])('a model that cannot speak is one error event, and the tool goes on: it %s', async (_, generateReply) => {
  const search = make(async ({ progress }) => {
    progress('One.', { speak: true })
    progress('Two.', { speak: true })
    await new Promise((resolve) => setImmediate(resolve))
    progress('Three.', { speak: true })
    return 'found'
  })
  const { run, of } = toolRig([search], { pipeline: speaking(generateReply) })
  expect(await run('search')).toEqual({ output: 'found', ok: true })
  expect(of('error')).toEqual([unable])
  expect(of('toolProgress')).toHaveLength(3)
})

test('what is not heard because the conversation ends is not news', async () => {
  const search = make(async ({ progress }) => {
    progress('One.', { speak: true })
    await new Promise((resolve) => setImmediate(resolve))
  })
  const generateReply: ToolPipeline['generateReply'] = async () => ({
    heard: Promise.reject(new StateError('The pipeline is closed.')),
    interrupt: () => {},
  })
  const { run, of } = toolRig([search], { pipeline: speaking(generateReply) })
  expect((await run('search')).ok).toBe(true)
  expect(of('error')).toEqual([])
})

test('progress after the outcome does nothing', async () => {
  const generateReply = vi.fn<ToolPipeline['generateReply']>()
  const contexts: ToolContext[] = []
  const search = make((context) => {
    contexts.push(context)
    return context.signal.aborted ? '' : new Promise(() => {})
  })
  const { run, runner, of } = toolRig([search], { pipeline: speaking(generateReply) })
  const outcome = run('search')
  await expect.poll(() => contexts).toHaveLength(1)
  runner.abort()
  await outcome
  contexts[0]?.progress('Late.', { speak: true })
  expect(of('toolProgress')).toEqual([])
  expect(generateReply).not.toHaveBeenCalled()
})
