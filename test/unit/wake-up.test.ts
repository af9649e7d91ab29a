import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Emitter } from '../../src/core/emitter.ts'
import { OptionError } from '../../src/core/errors.ts'
import type { PipelineState, SpeechSource } from '../../src/engine/messages.ts'
import { wakeUp, type WakeUpOptions, type WakeUpSource } from '../../src/pipeline/wake-up.ts'

function rig(options: Partial<WakeUpOptions> = {}, initial: PipelineState = 'listening') {
  const emitter = new Emitter<WakeUpSource>()
  const said: string[] = []
  let state = initial
  const pipeline = {
    on: emitter.on.bind(emitter),
    get state() {
      return state
    },
    generateReply: async ({ instructions }: { instructions: string }) => {
      said.push(instructions)
      if (instructions === 'No.') throw new Error('refused')
    },
  }
  const become = (next: PipelineState): void => {
    state = next
    emitter.emit('stateChanged', { state })
  }
  const stop = wakeUp(pipeline, { afterMs: 1000, reply: 'Hello?', ...options })
  return { emitter, said, become, stop }
}

const pass = async (ms: number) => vi.advanceTimersByTimeAsync(ms)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('wakeUp', () => {
  it('speaks to a silent user, first calling the page, and so often', async () => {
    const calls: number[] = []
    const { said } = rig({ times: 2, onIdle: () => calls.push(said.length) })
    await pass(999)
    expect(said).toEqual([])
    await pass(1)
    expect(said).toEqual(['Hello?'])
    await pass(9000)
    expect(said).toHaveLength(2)
    expect(calls).toEqual([0, 1])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('waits while anybody speaks, or anything is under way', async () => {
    const { said, emitter, become } = rig({}, 'connecting')
    await pass(5000)
    become('listening')
    emitter.emit('speechStarted', { by: 'microphone' })
    await pass(5000)
    emitter.emit('speechStarted', { by: 'model' })
    emitter.emit('speechStopped', { by: 'microphone' })
    await pass(5000)
    emitter.emit('speechStopped', { by: 'model' })
    become('thinking')
    await pass(5000)
    become('speaking')
    await pass(5000)
    become('listening')
    await pass(900)
    emitter.emit('transcript', { role: 'agent' })
    await pass(900)
    expect(said).toEqual([])
    await pass(100)
    expect(said).toHaveLength(1)
  })

  it.each<[string, (emitter: Emitter<WakeUpSource>) => void, number]>([
    ['what the user says', (emitter) => emitter.emit('transcript', { role: 'user' }), 2],
    ['the end of a turn of the user’s', (emitter) => emitter.emit('turnEnded', { userDoneAt: 1 }), 2],
    ['a turn', (emitter) => emitter.emit('speechStopped', { by: 'application' }), 2],
    ['the end of a turn of the agent’s', (emitter) => emitter.emit('turnEnded', {}), 1],
    ['a noise', (emitter) => emitter.emit('speechStopped', { by: 'microphone' }), 1],
  ])('after %s speaks %#: %s', async (_, happen, times) => {
    const { said, emitter } = rig()
    await pass(3000)
    happen(emitter)
    await pass(3000)
    expect(said).toHaveLength(times)
  })

  it('begins anew with another conversation, and ends for good with close', async () => {
    const { said, become } = rig()
    await pass(3000)
    become('idle')
    become('connecting')
    become('listening')
    await pass(3000)
    expect(said).toHaveLength(2)
    become('closed')
    become('connecting')
    become('listening')
    await pass(3000)
    expect(said).toHaveLength(2)
  })

  it('forgets a turn that was lost with the connection', async () => {
    const { said, become, emitter } = rig()
    emitter.emit('speechStarted', { by: 'model' })
    become('reconnecting')
    become('listening')
    await pass(1000)
    expect(said).toHaveLength(1)
  })

  it('is stopped by its function and its signal, also from onIdle', async () => {
    const controller = new AbortController()
    const rigs = [rig(), rig({ signal: controller.signal })]
    const third = rig({ onIdle: () => third.stop() })
    const fourth = rig({ onIdle: () => fourth.become('closed') })
    rigs[0]?.stop()
    controller.abort()
    rig({ signal: controller.signal })
    expect(vi.getTimerCount()).toBe(2)
    await pass(5000)
    for (const { said } of [...rigs, third, fourth]) expect(said).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('tells of a model that refuses', async () => {
    const errors: unknown[] = []
    rig({ reply: 'No.', onError: (error) => errors.push(error) })
    await pass(1000)
    expect(errors).toEqual([new Error('refused')])
  })

  it.each<[string, Partial<WakeUpOptions>]>([
    ['afterMs', { afterMs: 0 }],
    ['afterMs', { afterMs: 2 ** 31 }],
    ['afterMs', { afterMs: NaN }],
    ['times', { times: 0 }],
    ['times', { times: 1.5 }],
    ['reply', { reply: '' }],
  ])('names %s if that is wrong', (option, options) => {
    expect(() => rig(options)).toThrow(OptionError)
    expect(() => rig(options)).toThrow(option)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('speaks exactly when it is due, whatever happens in what order', async () => {
    const source = fc.constantFrom<SpeechSource>('model', 'microphone', 'application')
    const state = fc.constantFrom<PipelineState>(
      'listening',
      'listening',
      'thinking',
      'speaking',
      'reconnecting',
    )
    const action = fc.oneof(
      fc.record({ type: fc.constant('state' as const), state }),
      fc.record({ type: fc.constantFrom('speechStarted' as const, 'speechStopped' as const), by: source }),
      fc.record({
        type: fc.constant('transcript' as const),
        role: fc.constantFrom<'user' | 'agent'>('user', 'agent'),
      }),
      fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2500 }) }),
      fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2500 }) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 30 }),
        fc.integer({ min: 1, max: 3 }),
        async (actions, times) => {
          const { said, emitter, become, stop } = rig({ times })
          // What is due, counted in ticks of 1 ms, without timers.
          let [due, quietMs, left] = [0, 0, times]
          let now: PipelineState = 'listening'
          const speaking = new Set<SpeechSource>()
          for (const action of actions) {
            if (action.type !== 'wait') quietMs = 0
            if (action.type === 'state') {
              now = action.state
              if (now !== 'listening') speaking.clear()
              become(now)
            } else if (action.type === 'transcript') {
              if (action.role === 'user') left = times
              emitter.emit('transcript', action)
            } else if (action.type === 'wait') {
              for (let ms = 0; ms < action.ms; ms++) {
                const isDue = now === 'listening' && speaking.size === 0 && left > 0 && ++quietMs === 1000
                if (!isDue) continue
                due++
                left--
                quietMs = 0
              }
              await pass(action.ms)
            } else {
              if (action.type === 'speechStarted') speaking.add(action.by)
              else speaking.delete(action.by)
              if (action.by !== 'microphone') left = times
              emitter.emit(action.type, action)
            }
            expect(said).toHaveLength(due)
            expect(vi.getTimerCount()).toBeLessThanOrEqual(1)
          }
          stop()
          expect(vi.getTimerCount()).toBe(0)
        },
      ),
    )
  })
})
