import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ToolCall, ToolOutcome } from '../../src/agent/tool-call.ts'
import { type ToolEvents, ToolRunner } from '../../src/agent/tool-runner.ts'
import { tool, type Tool, type ToolContext } from '../../src/agent/tool.ts'
import { Emitter } from '../../src/core/emitter.ts'
import { StateError, type ToolError, type VivaVoceError } from '../../src/core/errors.ts'
import { errorIn, pipeline, sleep } from './tool-rig.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

function make(name: string, execute: (context: ToolContext) => unknown, timeoutMs = 1000): Tool {
  return tool({ name, description: name, timeoutMs, execute: (_, context) => execute(context) })
}

type ToolEvent =
  | { readonly type: 'called'; readonly call: ToolCall }
  | { readonly type: 'failed'; readonly error: VivaVoceError }
  | ({ readonly type: 'finished' } & ToolEvents['toolFinished'])

function listening(onEvent: (event: ToolEvent) => void): Emitter<ToolEvents> {
  const events = new Emitter<ToolEvents>()
  events.on('toolCalled', (call) => onEvent({ type: 'called', call }))
  events.on('error', (error) => onEvent({ type: 'failed', error }))
  events.on('toolFinished', (finished) => onEvent({ type: 'finished', ...finished }))
  return events
}

interface Rig {
  readonly runner: ToolRunner
  readonly events: ToolEvent[]
  readonly run: (name: string, callId?: string) => Promise<ToolOutcome>
}

function rig(...tools: Tool[]): Rig {
  const events: ToolEvent[] = []
  const runner = new ToolRunner({ tools, pipeline, events: listening((event) => events.push(event)) })
  return { runner, events, run: (name, callId = '1') => runner.run({ callId, name, arguments: '{}' }) }
}

test('a call is announced, run and finished', async () => {
  const { run, events } = rig(make('weather', () => sleep(20).then(() => ({ celsius: 22 }))))
  const outcome = run('weather')
  expect(events).toEqual([{ type: 'called', call: { callId: '1', name: 'weather', arguments: '{}' } }])
  await vi.advanceTimersByTimeAsync(20)
  expect(await outcome).toEqual({ output: '{"celsius":22}', ok: true })
  expect(events.slice(1)).toEqual([
    { type: 'finished', callId: '1', name: 'weather', output: '{"celsius":22}', ok: true, durationMs: 20 },
  ])
  expect(vi.getTimerCount()).toBe(0)
})

test('a tool gets the pipeline', async () => {
  const { run } = rig(make('state', ({ pipeline }) => pipeline.state))
  expect(await run('state')).toEqual({ output: 'thinking', ok: true })
})

test('calls run side by side', async () => {
  const { run } = rig(make('slow', () => sleep(100)))
  const outcomes = Promise.all([run('slow', '1'), run('slow', '2')])
  await vi.advanceTimersByTimeAsync(100)
  expect(await outcomes).toHaveLength(2)
})

test('an unknown tool is answered with the names that are known', async () => {
  const { run, events } = rig(
    make('weather', () => ''),
    make('clock', () => ''),
  )
  expect(errorIn(await run('wether'))).toBe('There is no tool "wether". The tools are: weather, clock.')
  expect(events[1]).toMatchObject({ error: { code: 'tool-unknown', toolName: 'wether' } })
  expect(errorIn(await rig().run('weather'))).toContain('There are none.')
})

test.each<[unknown, string]>([
  [new Error('no such city'), 'Tool "a" failed: no such city'],
  ['plain text', 'Tool "a" failed: plain text'],
  [new StateError('The pipeline is closed.'), 'Tool "a" failed: The pipeline is closed.'],
  [Object.create(null), 'Tool "a" failed: it threw something that has no text.'],
])('what a tool throws is told to the model and reported once', async (thrown, message) => {
  const { run, events } = rig(
    make('a', () => {
      throw thrown
    }),
  )
  const outcome = await run('a')
  expect(outcome.ok).toBe(false)
  expect(errorIn(outcome)).toBe(message)
  expect(events.map(({ type }) => type)).toEqual(['called', 'failed', 'finished'])
  expect(events[1]).toMatchObject({ error: { code: 'tool-failed', message, toolName: 'a' } })
  expect(events[1]).toHaveProperty('error.cause', thrown)
  expect(events[2]).toMatchObject({ ok: false })
})

test('wrong arguments are told to the model', async () => {
  const { runner, events } = rig(make('a', () => ''))
  const outcome = await runner.run({ callId: '1', name: 'a', arguments: '{"city":' })
  expect(errorIn(outcome)).toContain('must be valid JSON')
  expect(events[1]).toMatchObject({ error: { code: 'tool-arguments' } })
})

test('a tool that ignores its signal does not delay the outcome, and its late end is silent', async () => {
  const unhandled = vi.fn<(reason: unknown) => void>()
  process.on('unhandledRejection', unhandled)
  const reasons: unknown[] = []
  const ignore = (end: () => unknown) => async (context: ToolContext) => {
    context.signal.addEventListener('abort', () => reasons.push(context.signal.reason))
    await sleep(5000)
    return end()
  }
  const { run, events } = rig(
    make(
      'late',
      ignore(() => 'late'),
    ),
    make(
      'broken',
      ignore(() => Promise.reject(new Error('late'))),
    ),
  )
  const outcomes = Promise.all([run('late', '1'), run('broken', '2')])
  await vi.advanceTimersByTimeAsync(1000)
  for (const outcome of await outcomes) expect(errorIn(outcome)).toContain('no result within 1000 ms')
  expect(reasons).toMatchObject([
    { code: 'tool-timeout', retryable: true },
    { code: 'tool-timeout', retryable: true },
  ])
  await vi.advanceTimersByTimeAsync(5000)
  expect(events).toHaveLength(6)
  // Node reports a rejection that nobody handled when the microtasks are done.
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

test('abort ends every call under way as cancelled, at once', async () => {
  const signals: AbortSignal[] = []
  const { runner, run, events } = rig(
    make('slow', ({ signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }),
    make('fast', () => ''),
  )
  await run('fast', '0')
  const outcomes = [run('slow', '1'), run('slow', '2')]
  await vi.advanceTimersByTimeAsync(0)
  runner.abort()
  for (const outcome of await Promise.all(outcomes)) {
    expect(outcome.ok).toBe(false)
    expect(errorIn(outcome)).toContain('cancelled')
  }
  // Nobody's failure.
  expect(events.filter(({ type }) => type === 'failed')).toEqual([])
  expect(signals.map(({ reason }) => (reason as ToolError).code)).toEqual([
    'tool-cancelled',
    'tool-cancelled',
  ])
  expect(vi.getTimerCount()).toBe(0)
})

test('a call that is cancelled before it began is never executed', async () => {
  const execute = vi.fn<() => void>()
  const { runner, run } = rig(make('a', execute))
  const outcome = run('a')
  runner.abort()
  expect((await outcome).ok).toBe(false)
  await vi.runAllTimersAsync()
  expect(execute).not.toHaveBeenCalled()
})

test('a repeated call gives the promise of the first, until abort begins a new conversation', async () => {
  const execute = vi.fn<() => void>()
  const { runner, run } = rig(make('a', execute))
  const first = run('a')
  expect(run('a')).toBe(first)
  await first
  expect(run('a')).toBe(first)
  expect(execute).toHaveBeenCalledOnce()
  runner.abort()
  await run('a')
  expect(execute).toHaveBeenCalledTimes(2)
})

test('a listener that throws disturbs neither the tool nor the outcome', async () => {
  const report = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {})
  const onEvent = vi.fn<(event: ToolEvent) => void>(() => {
    throw new Error('listener')
  })
  const runner = new ToolRunner({ tools: [make('a', () => 'done')], pipeline, events: listening(onEvent) })
  expect((await runner.run({ callId: '1', name: 'a', arguments: '{}' })).output).toBe('done')
  expect(onEvent).toHaveBeenCalledTimes(2)
  expect(report).toHaveBeenCalledTimes(2)
  report.mockRestore()
})

test('a listener may repeat the call that it hears of', async () => {
  const execute = vi.fn<() => void>()
  const again: Promise<ToolOutcome>[] = []
  const runner: ToolRunner = new ToolRunner({
    tools: [make('a', execute)],
    pipeline,
    events: listening((event) => event.type === 'called' && again.push(runner.run(event.call))),
  })
  const outcome = runner.run({ callId: '1', name: 'a', arguments: '{}' })
  expect(again).toEqual([outcome])
  await outcome
  expect(execute).toHaveBeenCalledOnce()
})

test('a listener may abort a call before it is executed, and answer that with a new call', async () => {
  const executed: string[] = []
  const next: Promise<ToolOutcome>[] = []
  const runner: ToolRunner = new ToolRunner({
    tools: [make('a', () => executed.push('a')), make('b', () => executed.push('b'))],
    pipeline,
    events: listening((event) => {
      if (event.type === 'called' && event.call.name === 'a') runner.abort()
      if (event.type === 'finished' && !event.ok)
        next.push(runner.run({ callId: '2', name: 'b', arguments: '{}' }))
    }),
  })
  expect((await runner.run({ callId: '1', name: 'a', arguments: '{}' })).ok).toBe(false)
  expect(await Promise.all(next)).toEqual([{ output: '1', ok: true }])
  expect(executed).toEqual(['b'])
  expect(vi.getTimerCount()).toBe(0)
})
