import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ToolApproval, ToolEvents } from '../../src/agent/tool-runner.ts'
import { tool, type Tool, type ToolContext, type ToolOptions } from '../../src/agent/tool.ts'
import { Emitter } from '../../src/core/emitter.ts'
import { context, errorIn, sleep, toolRig } from './tool-rig.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const
const rome = '{"city":"Rome"}'
const executed: unknown[] = []

function booking(options: Partial<ToolOptions<typeof city>> = {}): Tool {
  executed.length = 0
  return tool({
    name: 'book',
    description: 'Books a flight.',
    parameters: city,
    needsApproval: true,
    execute: (args) => {
      executed.push(args)
      return 'booked'
    },
    ...options,
  })
}

/** A runner whose page keeps what it is asked. */
function asking(book: Tool): ReturnType<typeof toolRig> & { readonly approvals: ToolApproval[] } {
  const approvals: ToolApproval[] = []
  return { ...toolRig([book], { onApproval: (approval) => approvals.push(approval) }), approvals }
}

test('a tool runs when the user approves, with the arguments that were shown', async () => {
  const { run, events, approvals } = asking(booking())
  const outcome = run('book', '7', rome)
  await vi.advanceTimersByTimeAsync(0)
  expect(approvals).toEqual([
    expect.objectContaining({ callId: '7', name: 'book', arguments: { city: 'Rome' } }),
  ])
  expect(executed).toEqual([])
  approvals[0]?.approve()
  expect(await outcome).toEqual({ output: 'booked', ok: true })
  expect(executed).toEqual([{ city: 'Rome' }])
  expect(events.map(({ type }) => type)).toEqual(['toolCalled', 'toolApproval', 'toolFinished'])
})

test.each<[string | undefined, string]>([
  ['too expensive', 'The user refused: too expensive'],
  [undefined, 'The user refused.'],
])('a refusal is told to the model, and is no error event: %s', async (reason, message) => {
  const { run, events, approvals } = asking(booking())
  const outcome = run('book', '1', rome)
  await vi.advanceTimersByTimeAsync(0)
  approvals[0]?.reject(reason)
  expect(await outcome).toEqual({ output: JSON.stringify({ error: message }), ok: false })
  approvals[0]?.approve()
  await vi.runAllTimersAsync()
  expect(executed).toEqual([])
  expect(events.map(({ type }) => type)).toEqual(['toolCalled', 'toolApproval', 'toolFinished'])
})

test('wrong arguments are refused without asking', async () => {
  const { run, approvals } = asking(booking())
  expect(errorIn(await run('book', '1', '{}'))).toContain('city: is required')
  expect(approvals).toEqual([])
})

test('where nobody listens the call is refused at once', async () => {
  const { run, of } = toolRig([booking()])
  expect(errorIn(await run('book', '1', rome))).toContain('listen to `toolApproval`')
  expect(of('error')).toMatchObject([{ code: 'tool-not-approved', toolName: 'book' }])
  expect(of('toolFinished')).toMatchObject([{ ok: false }])
  expect(executed).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test('an emitter without listeners counts as nobody', async () => {
  const { run } = toolRig([booking()], { events: new Emitter<ToolEvents>() })
  expect(errorIn(await run('book', '1', rome))).toContain('listen to `toolApproval`')
})

test('outside a conversation there is nobody to approve', async () => {
  await expect(booking().run(rome, context)).rejects.toMatchObject({ code: 'tool-not-approved' })
  expect(executed).toEqual([])
})

test('a function says whether the user is to be asked, by the arguments', async () => {
  const needsApproval = vi.fn<(args: { city: string }, context: ToolContext) => Promise<boolean>>(
    async (args) => args.city !== 'Rome',
  )
  const { run, approvals } = asking(booking({ needsApproval }))
  expect((await run('book', '1', rome)).ok).toBe(true)
  expect(approvals).toEqual([])
  void run('book', '2', '{"city":"Oslo"}')
  await vi.advanceTimersByTimeAsync(0)
  expect(approvals).toHaveLength(1)
  expect(needsApproval.mock.calls[0]).toEqual([
    { city: 'Rome' },
    expect.objectContaining({ signal: expect.any(AbortSignal) as AbortSignal }),
  ])
})

test('a tool is not executed if it cannot be known whether the user is to be asked', async () => {
  const needsApproval = (): boolean => {
    throw new Error('no rules')
  }
  const { run, approvals } = asking(booking({ needsApproval }))
  expect(errorIn(await run('book', '1', rome))).toBe('Tool "book" failed: no rules')
  expect(approvals).toEqual([])
  expect(executed).toEqual([])
})

test('the wait for approval does not count against the time limit, all else does', async () => {
  const slow = booking({
    timeoutMs: 100,
    needsApproval: async () => sleep(60).then(() => true),
    execute: async () => sleep(60),
  })
  const { run, approvals, of } = asking(slow)
  const outcome = run('book', '1', rome)
  await vi.advanceTimersByTimeAsync(100_000)
  expect(of('toolFinished')).toEqual([])
  approvals[0]?.approve()
  await vi.advanceTimersByTimeAsync(39)
  expect(of('toolFinished')).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(errorIn(await outcome)).toContain('no result within 100 ms')
})

test('what the page decides first holds', async () => {
  const { run, approvals, runner, of } = asking(booking({ execute: async () => sleep(50) }))
  const outcome = run('book', '1', rome)
  await vi.advanceTimersByTimeAsync(0)
  approvals[0]?.approve()
  approvals[0]?.approve()
  approvals[0]?.reject('no')
  await vi.advanceTimersByTimeAsync(50)
  expect((await outcome).ok).toBe(true)
  expect(vi.getTimerCount()).toBe(0)

  const cancelled = run('book', '2', rome)
  await vi.advanceTimersByTimeAsync(0)
  runner.cancel('2')
  approvals[1]?.approve()
  approvals[1]?.reject('no')
  expect(errorIn(await cancelled)).toContain('took it back')
  expect(of('toolFinished')).toHaveLength(2)
  expect(vi.getTimerCount()).toBe(0)
})

test('a page may decide while it is asked', async () => {
  const yes = toolRig([booking()], { onApproval: ({ approve }) => approve() })
  expect(await yes.run('book', '1', rome)).toEqual({ output: 'booked', ok: true })
  const no = toolRig([booking()], { onApproval: ({ reject }) => reject('no') })
  expect(errorIn(await no.run('book', '1', rome))).toBe('The user refused: no')
  expect(executed).toEqual([])
})

test('a call that was cancelled while its arguments were checked is not shown to the user', async () => {
  const { run, approvals, runner } = asking(
    booking({ needsApproval: async () => sleep(50).then(() => true) }),
  )
  const outcome = run('book', '1', rome)
  await vi.advanceTimersByTimeAsync(20)
  runner.interrupt()
  await vi.advanceTimersByTimeAsync(50)
  expect(errorIn(await outcome)).toContain('the user interrupted')
  expect(approvals).toEqual([])
})
