import { expect, test, vi } from 'vitest'
import { Agent } from '../../src/agent/agent.ts'
import { toolResult } from '../../src/agent/tool-result.ts'
import type { ToolRunnerOptions } from '../../src/agent/tool-runner.ts'
import { tool, type Tool } from '../../src/agent/tool.ts'
import { context, errorIn, toolRig } from './tool-rig.ts'

const make = (execute: () => unknown): Tool => tool({ name: 'look', description: 'Looks.', execute })
const picture = new Blob(['x'], { type: 'image/png' })
const jpeg = { mimeType: 'image/jpeg', data: 'eA==' }

type Encode = NonNullable<ToolRunnerOptions['encodeImages']>
type HandOff = NonNullable<ToolRunnerOptions['handOff']>

test.each<[unknown, string]>([
  ['A cat.', 'A cat.'],
  [{ cat: 1 }, '{"cat":1}'],
  [undefined, '{"ok":true}'],
])('a result may have pictures beside its value: %j', async (value, output) => {
  const encodeImages = vi.fn<Encode>(async (sources) => sources.map(() => jpeg))
  const look = make(async () => toolResult(value, { images: [picture, picture] }))
  const { run } = toolRig([look], { encodeImages })
  expect(await run('look')).toEqual({ output, ok: true, images: [jpeg, jpeg] })
  expect(encodeImages).toHaveBeenCalledExactlyOnceWith([picture, picture])
})

test('a result without pictures is like any other', async () => {
  const encodeImages = vi.fn<Encode>()
  for (const result of [toolResult('none'), toolResult('none', { images: [] })]) {
    expect(await toolRig([make(() => result)], { encodeImages }).run('look')).toEqual({
      output: 'none',
      ok: true,
    })
  }
  expect(encodeImages).not.toHaveBeenCalled()
  expect(await make(() => toolResult('none')).run('{}', context)).toBe('none')
})

test('pictures for a model that sees none fail the call', async () => {
  const { run, of } = toolRig([make(() => toolResult('A cat.', { images: [picture] }))])
  expect(errorIn(await run('look'))).toContain('this model sees no images')
  expect(of('error')).toMatchObject([{ code: 'tool-failed', toolName: 'look' }])
})

test('a picture that is none fails the call', async () => {
  const encodeImages: Encode = async () => Promise.reject(new Error('images[0] is no picture'))
  const { run, of } = toolRig([make(() => toolResult('A cat.', { images: [picture] }))], { encodeImages })
  const outcome = await run('look')
  expect(errorIn(outcome)).toContain('images[0] is no picture')
  expect(outcome).not.toHaveProperty('images')
  expect(of('error')).toHaveLength(1)
})

test.each([
  ['billing', new Agent({ name: 'billing', instructions: 'Bill.' })],
  ['another agent', new Agent({ instructions: 'Bill.' })],
])('a tool that gives an agent hands the conversation over: %s', async (name, agent) => {
  let arrive: () => void = () => {}
  const handOff = vi.fn<HandOff>(async () => new Promise((resolve) => (arrive = resolve)))
  const { run, of } = toolRig([make(async () => agent)], { handOff })
  const outcome = run('look')
  await expect.poll(() => handOff.mock.calls).toEqual([[agent]])
  expect(of('toolFinished')).toEqual([])
  arrive()
  expect(await outcome).toEqual({ output: JSON.stringify({ ok: true, agent: name }), ok: true })
})

test('what merely looks like an agent is a result', async () => {
  const recipe = { name: 'Cake', instructions: 'Bake.', tools: [] }
  const handOff = vi.fn<HandOff>()
  expect((await toolRig([make(() => recipe)], { handOff }).run('look')).output).toBe(JSON.stringify(recipe))
  expect(handOff).not.toHaveBeenCalled()
})

test('an agent that cannot take over is a failed call', async () => {
  const look = make(() => new Agent({ instructions: 'Bill.' }))
  const handOff: HandOff = async () => Promise.reject(new Error('it has tools'))
  const { run, of } = toolRig([look], { handOff })
  expect(errorIn(await run('look'))).toBe('Tool "look" failed: it has tools')
  expect(of('error')).toHaveLength(1)
  expect(errorIn(await toolRig([look]).run('look'))).toContain('hand over')
})

test('nothing is handed over and nothing is encoded for a call that is over', async () => {
  const handOff = vi.fn<HandOff>()
  const encodeImages = vi.fn<Encode>()
  let end: (result: unknown) => void = () => {}
  const look = make(async () => new Promise((resolve) => (end = resolve)))
  for (const result of [new Agent({ instructions: 'Bill.' }), toolResult('', { images: [picture] })]) {
    const { run, runner } = toolRig([look], { handOff, encodeImages })
    const outcome = run('look')
    await new Promise((resolve) => setImmediate(resolve))
    runner.interrupt()
    end(result)
    expect((await outcome).ok).toBe(false)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(handOff).not.toHaveBeenCalled()
  expect(encodeImages).not.toHaveBeenCalled()
})
