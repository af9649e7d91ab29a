import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { OptionError } from '../../src/core/errors.ts'
import { loadWrtc } from '../simulators/openai/webrtc/wrtc.ts'
import { speak } from '../simulators/speech.ts'
import { host } from './engine-host.ts'
import { retriesOver } from './call-retries.ts'
import { installPages, openPage } from './feature-page.ts'
import { Stage } from './feature-stage.ts'
import { features, type Provider, providers, type Row, type Support } from './feature-table.ts'

type Show = (stage: Stage) => Promise<void> | void

/** What shows that a provider has a feature, or has it not. */
export interface Proof {
  /** Each shows a part of it where it is supported. */
  readonly works: Show | Readonly<Record<string, Show>>
  /** Asks for it where it is refused: throws, or resolves with the `OptionError`. */
  readonly refused?: (stage: Stage) => unknown
  /** Shows that nothing of it is there. */
  readonly lacks?: Show
}

/** Makes the tests of a part of the table: each of its features with each provider. */
export function testFeatures<Part extends keyof typeof features>(
  part: Part,
  proofs: Readonly<Record<keyof (typeof features)[Part], Proof | Show>>,
): void {
  beforeAll(async () => {
    installPages()
    // Loading anything holds up everything, and calls are in real time.
    await Promise.all([
      loadWrtc(),
      speak('Yes.', { sampleRate: 24_000 }),
      ...[16_000, 24_000].map((sampleRate) => speak('Good morning.', { sampleRate, voice: 'en-us+f3' })),
      import('../../src/pipeline/direction.ts'),
      import('../../src/pipeline/peer-media.ts'),
      import('../../src/engine/errands.ts'),
      ...(host === 'worker'
        ? [
            import('../../src/worker/inside/openai.worker.ts?worklet'),
            import('../../src/worker/inside/gemini.worker.ts?worklet'),
            import('../../src/worker/inside/nova-sonic.worker.ts?worklet'),
          ]
        : []),
    ])
  })
  afterAll(() => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  })
  const rows = Object.entries(features[part]) as [keyof (typeof features)[Part], Row][]
  // Most of the time goes by while somebody speaks.
  describe.concurrent('with every provider', () => {
    describe.for(rows)('%s', ([feature, row]) => {
      const given: Proof | Show = proofs[feature]
      const proof: Proof = typeof given === 'function' ? { works: given } : given
      for (const { what, provider, show } of casesOf(row, proof)) {
        const retry = retriesOver(provider)
        it(`${providers[provider]} ${what}`, { retry }, async (context) => {
          // The page is of the test's own asynchronous context, and so is opened before anything is awaited.
          const stage = await Stage.open(provider, openPage(), context)
          await show(stage)
          expect(stage.service.violations().filter(isFault)).toEqual([])
        })
      }
    })
  })
}

interface Case {
  readonly what: string
  readonly provider: Provider
  readonly show: Show
}

function casesOf(row: Row, { works, refused, lacks }: Proof): Case[] {
  const parts = typeof works === 'function' ? { '': works } : works
  return (Object.entries(row) as [Provider, Support][]).flatMap(([provider, support]): Case[] => {
    if (support === 'supported') {
      return Object.entries(parts).map(([part, show]) => ({
        what: `has it${part && `: ${part}`}`,
        provider,
        show,
      }))
    }
    if ('lacks' in support) {
      return [{ what: `has it not, and ${support.lacks}`, provider, show: lacks ?? unproven }]
    }
    const what = `refuses it, and ${support.refused}`
    return [{ what, provider, show: refused ? (stage) => isRefused(stage, support, refused) : unproven }]
  })
}

function unproven(): never {
  throw new Error('Nothing shows what the table says.')
}

/** The error is typed, and names the model, what was asked of it, and what to do instead. */
async function isRefused(
  stage: Stage,
  { code, option }: Exclude<Support, 'supported' | { readonly lacks: string }>,
  ask: (stage: Stage) => unknown,
): Promise<void> {
  const error = await refusalOf(() => ask(stage))
  expect(error).toBeInstanceOf(OptionError)
  expect(error).toMatchObject({ code, option })
  const { message } = error as OptionError
  expect(message).toContain(stage.service.model().constructor.name)
  expect(message).toContain(option)
  expect(message).toMatch(/: \w.*\.$/)
}

/** An answer that is stopped may have ended on the way: that is nobody's fault. */
function isFault(violation: unknown): boolean {
  return (violation as { readonly code?: unknown }).code !== 'response_cancel_not_active'
}

async function refusalOf(ask: () => unknown): Promise<unknown> {
  try {
    return await ask()
  } catch (error) {
    return error
  }
}
