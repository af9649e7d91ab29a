import { expect, test } from 'vitest'
import { ToolRunner, type ToolEvents } from '../../src/agent/tool-runner.ts'
import { tool } from '../../src/agent/tool.ts'
import { Emitter } from '../../src/core/emitter.ts'

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
  const pipeline = {
    state: 'thinking',
    sendMessage: async () => {},
    interrupt: () => {},
    mute: () => {},
    unmute: () => {},
    close: async () => {},
  }
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
