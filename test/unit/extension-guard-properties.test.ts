import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outputGuard } from '../../src/extensions/output-guard.ts'
import type { ModelSession } from '../../src/providers/model.ts'
import { ExtendedModel } from './extension-rig.ts'

const RATE = 1000
const MAX_LETTERS_PER_SECOND = 20
const FORBIDDEN = 'zzz'
const FADE = 3

interface Word {
  readonly letters: number
  /** How long it takes, in terms of the fastest speech. */
  readonly slowness: number
  /** Silence before it, ms. */
  readonly pauseMs: number
}

/** What happens next: of which item, text or audio, how much of it, and for how long nothing follows. */
interface Step {
  readonly item: number
  readonly kind: 'text' | 'audio'
  readonly amount: number
  readonly ticks: number
}

const word = fc.record({
  letters: fc.integer({ min: 1, max: 9 }),
  slowness: fc.constantFrom(1, 1, 1, 1.1, 3),
  pauseMs: fc.constantFrom(0, 0, 0, 0, 300),
})
const items = fc.array(fc.array(word, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 })
const steps = fc.array(
  fc.record({
    item: fc.nat(2),
    kind: fc.constantFrom('text' as const, 'audio' as const),
    amount: fc.integer({ min: 1, max: 400 }),
    ticks: fc.nat(6),
  }),
  { maxLength: 60 },
)
const place = fc.option(fc.record({ item: fc.nat(2), word: fc.nat(7) }))

/** An item as it is said, every sample a number of its own. */
function spoken(words: readonly Word[], forbidden: number | undefined) {
  const texts: string[] = []
  const starts: number[] = []
  let at = 0
  for (const [i, { letters, slowness, pauseMs }] of words.entries()) {
    const isForbidden = i === forbidden
    const text = isForbidden ? FORBIDDEN : 'a'.repeat(letters)
    at += pauseMs
    texts.push(text)
    starts.push(at)
    at += Math.ceil((text.length * RATE * slowness) / MAX_LETTERS_PER_SECOND)
  }
  const pcm = Int16Array.from({ length: at }, (_, i) => i + 1)
  return { text: texts.join(' '), pcm, start: forbidden === undefined ? at : (starts[forbidden] ?? at) }
}

async function ticks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve()
}

/** Lets a guarded model say all that in the order of the steps, and gives what was let through. */
async function run(
  said: readonly ReturnType<typeof spoken>[],
  order: readonly Step[],
  marginMs: number,
  checkTicks: number,
) {
  const model = new ExtendedModel({ outputRate: RATE })
  const guard = outputGuard({
    check: (text) => {
      const verdict = text.includes(FORBIDDEN) ? { reason: 'forbidden' } : undefined
      return checkTicks > 0 ? ticks(checkTicks).then(() => verdict) : verdict
    },
    maxLettersPerSecond: MAX_LETTERS_PER_SECOND,
    marginMs,
  })
  const wrapped = guard.wrap(model)
  const heard = said.map((): number[] => [])
  const events: string[] = []
  const output: Partial<ModelSession['output']> = {
    write: (itemId, pcm) => {
      heard[Number(itemId)]?.push(...pcm)
      if (!events.includes(`write ${itemId}`)) events.push(`write ${itemId}`)
    },
    end: (itemId) => {
      if (!events.includes(`end ${itemId}`)) events.push(`end ${itemId}`)
    },
    busy: false,
  }
  wrapped.on('responseDone', ({ status }) => events.push(`done ${status}`))
  wrapped.on('notice', ({ name }) => events.push(name))
  await wrapped.connect({ output } as ModelSession)
  model.begins('r')
  const progress = said.map(() => ({ audio: 0, text: 0 }))
  const write = (item: number, amount: number): void => {
    const [at, whole] = [progress[item], said[item]]
    if (!at || !whole || at.audio >= whole.pcm.length) return
    model.session?.output.write(String(item), whole.pcm.subarray(at.audio, at.audio + amount))
    at.audio += amount
    if (at.audio >= whole.pcm.length) model.session?.output.end(String(item))
  }
  const tell = (item: number, amount: number): void => {
    const [at, whole] = [progress[item], said[item]]
    if (!at || !whole || at.text >= whole.text.length) return
    at.text += amount
    model.tells(String(item), whole.text.slice(0, at.text), at.text >= whole.text.length)
  }
  // Items begin in their order, whatever comes of them first.
  for (const i of said.keys()) write(i, 1)
  for (const { item, kind, amount, ticks: count } of order) {
    if (kind === 'audio') write(item, amount)
    else tell(item, Math.ceil(amount / 20))
    await ticks(count)
  }
  for (const i of said.keys()) {
    write(i, Infinity)
    tell(i, Infinity)
  }
  model.ends('r')
  await ticks(500)
  wrapped.close()
  return { heard, events }
}

describe('outputGuard, however text and audio come', () => {
  it('lets no sample of the word through, nor of what follows', async () => {
    await fc.assert(
      fc.asyncProperty(
        items,
        steps,
        place,
        fc.constantFrom(0, 100),
        fc.nat(20),
        async (words, order, where, marginMs, checkTicks) => {
          const said = words.map((item, i) => {
            const forbidden = where?.item === i && where.word < item.length ? where.word : undefined
            return { ...spoken(item, forbidden), forbidden }
          })
          const { heard, events } = await run(said, order, marginMs, checkTicks)
          const bad = said.findIndex(({ forbidden }) => forbidden !== undefined)
          for (const [i, { pcm, start }] of said.entries()) {
            const samples = heard[i] ?? []
            // What is cut ends in a fade.
            const exact = samples.slice(0, bad < 0 ? undefined : -FADE)
            expect(exact).toEqual([...pcm.subarray(0, exact.length)])
            if (bad < 0) expect(samples.length).toBe(pcm.length)
            else if (i >= bad) expect(samples.length).toBeLessThanOrEqual(i === bad ? start : 0)
          }
          const writes = events.filter((event) => event.startsWith('write'))
          expect(writes).toEqual(said.slice(0, writes.length).map((_, i) => `write ${i}`))
          if (bad < 0) {
            expect(events.at(-1)).toBe('done completed')
            for (const i of said.keys()) expect(events).toContain(`end ${i}`)
          } else expect(events.slice(-2)).toEqual(['done cancelled', 'guarded'])
        },
      ),
      { numRuns: 400 },
    )
  })
})
