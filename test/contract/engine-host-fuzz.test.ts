import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { clockStandsStill } from '../support/host-scope.ts'
import { RawText } from '../support/scripted-server.ts'
import { gemini, openai, SAMPLES } from '../support/scripted-services.ts'
import { deeds, type ScriptStep, ScriptedTalk } from '../support/scripted-talk.ts'
import { messages } from '../unit/gemini-messages.ts'
import { answersOf, disordered } from '../unit/openai-disorder.ts'

/** A script takes a tenth of a second; on a busy machine, many. */
const PATIENCE_MS = 120_000
const malformed = [
  ...['', '{', 'null', '[]', '5', '{"type":7}'].map((text) => new RawText(text)),
  new Uint8Array([1, 2, 3]),
]
const often = ['interrupt', 'type', 'play', 'outcome'] as const
const others: readonly ScriptStep[] = [...deeds, ...often, ...often, ...malformed]

const services = [
  {
    name: 'OpenAI',
    service: openai,
    script: disordered<ScriptStep>(answersOf(SAMPLES).flat(), others),
  },
  {
    name: 'Gemini',
    service: gemini,
    // A connection that is announced to end is changed, and calls of the old one are told with the history.
    script: fc.array(
      fc.constantFrom<ScriptStep>(...messages.filter((message) => !message.goAway), ...others),
      { maxLength: 80 },
    ),
  },
]

beforeAll(async () => {
  vi.stubGlobal('WebSocket', WebSocket)
  await Promise.all([
    import('../../src/engine/errands.ts'),
    import('../../src/worker/inside/openai.worker.ts?worklet'),
    import('../../src/worker/inside/gemini.worker.ts?worklet'),
  ])
})

afterAll(() => void vi.unstubAllGlobals())

describe.each(services)('whatever $name sends, and whatever is done meanwhile', ({ service, script }) => {
  it(
    'comes to the same with the engine on the page and in a Worker, and to nothing that it must not',
    { timeout: PATIENCE_MS },
    async () => {
      clockStandsStill(onTestFinished)
      await fc.assert(
        fc.asyncProperty(script, async (steps) => {
          const here = await ScriptedTalk.run(service, 'page', steps)
          expect(here.faults).toEqual([])
          expect(await ScriptedTalk.run(service, 'worker', steps)).toEqual(here)
        }),
        { numRuns: 15 },
      )
    },
  )
})
