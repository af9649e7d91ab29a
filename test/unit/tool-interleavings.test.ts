import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ToolOutcome } from '../../src/agent/tool-call.ts'
import { ToolRunner, type ToolApproval, type ToolRunnerOptions } from '../../src/agent/tool-runner.ts'
import { tool, type Tool, type ToolContext } from '../../src/agent/tool.ts'
import { errorIn, pipeline, sleep } from './tool-rig.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const never = new Promise<never>(() => {})
const failure = new Error('no')
/** What a tool with a time limit of 100 ms may do. */
const behaviours: Record<string, (context: ToolContext) => unknown> = {
  sync: () => 'done',
  quick: async () => sleep(50).then(() => 'done'),
  slow: async () => sleep(150).then(() => 'done'),
  hangs: async () => never,
  throws: () => {
    throw failure
  },
  rejects: async () => sleep(70).then(async () => Promise.reject(failure)),
  obeys: async ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  reports: async ({ progress }) => {
    for (let i = 0; i < 5; i++) await sleep(15).then(() => progress('Going on.', { speak: true }))
    return 'done'
  },
}
const approvals: Record<string, boolean | (() => boolean | Promise<boolean>)> = {
  free: false,
  asks: true,
  asksLate: async () => sleep(40).then(() => true),
  wontSay: () => {
    throw failure
  },
}
const names = Object.keys(behaviours).flatMap((behaviour) =>
  Object.keys(approvals).flatMap((approval) =>
    ['ends', 'stays'].map((onInterrupt) => `${behaviour}-${approval}-${onInterrupt}`),
  ),
)

type Deed = 'call' | 'approve' | 'reject' | 'interrupt' | 'cancel' | 'abort'
interface Step {
  /** After the step before. Of two with 0 ms between them not even a promise comes in between. */
  readonly waitMs: number
  readonly deed: Deed
  readonly callId: string
  readonly name: string
}
/** What the page does the moment that it is asked; without it, nobody listens. */
type Reflex = 'wait' | 'approve' | 'reject' | 'interrupt' | 'abort' | undefined

interface Announced {
  readonly name: string
  readonly outcome: Promise<ToolOutcome>
}

/** A conversation with tools, and a log of what happened to which call. */
class Play {
  readonly log: { readonly what: string; readonly key: string }[] = []
  /** The calls, by key: those that repeat an id are one, unless an abort is between them. */
  readonly calls: Announced[] = []
  readonly #keys = new Map<string, string>()
  readonly #asked = new Map<string, ToolApproval>()
  readonly #runner: ToolRunner

  constructor(reflex: Reflex) {
    const emit: ToolRunnerOptions['events']['emit'] = (what, payload) => {
      const key = 'callId' in payload ? (this.#keys.get(payload.callId) ?? 'forgotten') : ''
      this.log.push({ what, key })
      if ('approve' in payload && reflex) {
        this.#asked.set(key, payload)
        this.act(reflex, key)
      }
      return reflex
    }
    this.#runner = new ToolRunner({
      tools: names.map((name) => this.#make(name)),
      pipeline,
      events: { emit },
    })
  }

  keyOf(callId: string): string {
    return this.#keys.get(callId) ?? ''
  }

  /** The calls without an outcome. */
  open(): string[] {
    const keys = (event: string): string[] =>
      this.log.filter(({ what }) => what === event).map(({ key }) => key)
    const finished = new Set(keys('toolFinished'))
    return keys('toolCalled').filter((key) => !finished.has(key))
  }

  /** @returns Whether a repeated call gave the promise of the first. */
  call(callId: string, name: string): boolean {
    const known = this.#keys.get(callId)
    const key = known ?? String(this.calls.length)
    this.#keys.set(callId, key)
    const outcome = this.#runner.run({ callId, name, arguments: JSON.stringify({ key }) })
    if (!known) this.calls.push({ name, outcome })
    return this.calls[Number(key)]?.outcome === outcome
  }

  act(deed: Exclude<Deed, 'call'> | 'wait', key: string, callId = ''): void {
    const approval = this.#asked.get(key)
    if (deed === 'cancel') this.#runner.cancel(callId)
    else if (deed === 'interrupt') this.#runner.interrupt()
    else if (deed === 'abort') {
      this.#runner.abort()
      this.#keys.clear()
    } else if (deed !== 'wait' && approval) {
      this.log.push({ what: deed, key })
      approval[deed]()
    }
  }

  #make(name: string): Tool {
    const [behaviour = '', approval = '', onInterrupt] = name.split('-')
    return tool({
      name,
      description: name,
      timeoutMs: 100,
      needsApproval: approvals[approval] ?? false,
      cancelOnInterrupt: onInterrupt === 'ends',
      execute: ({ key }, context) => {
        this.log.push({ what: 'executed', key: String(key) })
        return behaviours[behaviour]?.(context)
      },
    })
  }
}

function take(play: Play, { deed, callId, name }: Step): void {
  if (deed === 'call') return expect(play.call(callId, name)).toBe(true)
  const open = play.open()
  const taken = play.keyOf(callId)
  play.act(deed, taken, callId)
  const stays = (key: string): boolean => play.calls[Number(key)]?.name.endsWith('-stays') ?? false
  if (deed === 'cancel') expect(play.open()).toEqual(open.filter((key) => key !== taken))
  if (deed === 'interrupt') expect(play.open()).toEqual(open.filter(stays))
  if (deed === 'abort') expect(play.open()).toEqual([])
}

async function checkCall({ log, calls }: Play, key: number, isHeard: boolean): Promise<void> {
  const { name = '', outcome } = calls[key] ?? {}
  const { ok, output } = (await outcome) ?? { ok: true, output: 'none' }
  const whole = log.filter((entry) => entry.key === String(key)).map(({ what }) => what)
  const isDecision = (what: string): boolean => what === 'approve' || what === 'reject'
  expect(whole.filter((what) => !isDecision(what)).join(' ')).toMatch(
    /^toolCalled( toolApproval)?( executed( toolProgress)*)? toolFinished$/,
  )
  const decided = whole.slice(0, whole.indexOf('toolFinished')).find(isDecision)
  const isRefused = !ok && errorIn({ ok, output }) === 'The user refused.'
  expect(isRefused).toBe(decided === 'reject')
  if (whole.includes('toolApproval') && !isHeard) expect(output).toContain('listen to')
  if (whole.includes('toolApproval') && decided !== 'approve')
    expect(output).not.toContain('no result within')
  if (ok) expect([whole.includes('executed'), output]).toEqual([true, 'done'])
  if (!whole.includes('executed')) return
  expect(name).not.toMatch(/wontSay|unknown/)
  if (name.includes('-asks')) {
    expect(isHeard).toBe(true)
    expect(whole.slice(0, whole.indexOf('executed')).find(isDecision)).toBe('approve')
  }
}

test('whatever the timing, a call has one outcome, and nothing runs without the approval it needs', async () => {
  const step = fc.record<Step>({
    waitMs: fc.oneof(fc.constant(0), fc.nat(60)),
    deed: fc.oneof(
      { weight: 6, arbitrary: fc.constant<Deed>('call') },
      { weight: 6, arbitrary: fc.constantFrom<Deed>('approve', 'reject') },
      { weight: 2, arbitrary: fc.constantFrom<Deed>('interrupt', 'cancel', 'abort') },
    ),
    callId: fc.constantFrom('a', 'b', 'c'),
    name: fc.constantFrom('unknown', ...names),
  })
  const reflex = fc.constantFrom<Reflex>(
    undefined,
    'wait',
    'wait',
    'wait',
    'approve',
    'reject',
    'interrupt',
    'abort',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20, size: 'max' }), reflex, async (steps, reflex) => {
      const play = new Play(reflex)
      for (const step of steps) {
        if (step.waitMs > 0) await vi.advanceTimersByTimeAsync(step.waitMs)
        take(play, step)
      }
      await vi.runAllTimersAsync()
      const stillOpen = play.open()
      play.act('abort', '')
      await vi.runAllTimersAsync()

      for (const key of play.calls.keys()) await checkCall(play, key, reflex !== undefined)
      // Nobody else waits for ever: a time limit went on when it was approved.
      const undecided = (key: string): boolean =>
        play.log.findLast((entry) => entry.key === key && entry.what !== 'toolFinished')?.what ===
        'toolApproval'
      expect(stillOpen.filter((key) => !undecided(key))).toEqual([])
      const failures = await Promise.all(play.calls.map(async ({ outcome }) => outcome))
      const reported = failures.filter(({ ok, output }) => !ok && !/cancelled|The user refused/.test(output))
      expect(play.log.filter(({ what }) => what === 'error')).toHaveLength(reported.length)
      for (const [i, { what }] of play.log.entries()) {
        if (what === 'error') expect(play.log[i + 1]?.what).toBe('toolFinished')
      }
    }),
    { numRuns: 300 },
  )
  expect(vi.getTimerCount()).toBe(0)
})
