import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { SessionClock, Utterance } from '../../src/providers/openai/live/utterance.ts'

function rig() {
  const log: string[] = []
  let begun = 0
  const utterance = new Utterance({
    clock: new SessionClock(),
    onBegin: () => begun++,
    onText: (text) => log.push(`text ${text}`),
    onEnd: (text) => log.push(`end ${text}`),
  })
  return { utterance, log, begun: () => begun }
}

const words = fc.array(
  fc.record({
    delta: fc.string({ minLength: 1 }),
    gapMs: fc.nat(2000),
    lengthMs: fc.nat(3000),
    lateMs: fc.nat(700),
    other: fc.boolean(),
  }),
  { maxLength: 30 },
)

test('every word is in one utterance, in order; each begins, grows and ends once', () => {
  fc.assert(
    fc.property(words, (all) => {
      vi.useFakeTimers()
      try {
        const { utterance, log, begun } = rig()
        let at = 0
        for (const { delta, gapMs, lengthMs, lateMs, other } of all) {
          if (other) utterance.answer(at)
          const start_ms = at + gapMs
          at = start_ms + lengthMs
          vi.advanceTimersByTime(lateMs)
          utterance.take({ delta, start_ms, end_ms: at })
        }
        vi.runAllTimers()
        expect(utterance.open).toBe(false)
        const said = log.filter((line) => line.startsWith('end ')).map((line) => line.slice('end '.length))
        const expected = all.map(({ delta }) => delta).join('')
        // White space at the beginning of an utterance is no word.
        expect(said.join('').replaceAll(/\s/g, '')).toBe(expected.replaceAll(/\s/g, ''))
        expect(begun()).toBe(said.length)
      } finally {
        vi.useRealTimers()
      }
    }),
  )
})

test('only a pause of a second divides, or of a third of one if the other side spoke in it', () => {
  fc.assert(
    fc.property(fc.nat(2500), fc.boolean(), (pauseMs, answered) => {
      vi.useFakeTimers()
      try {
        const { utterance, log } = rig()
        utterance.take({ delta: 'a', start_ms: 0, end_ms: 500 })
        if (answered) utterance.answer(500)
        utterance.take({ delta: 'b', start_ms: 500 + pauseMs, end_ms: 700 + pauseMs })
        expect(log.includes('end a')).toBe(pauseMs >= (answered ? 300 : 1000))
      } finally {
        vi.useRealTimers()
      }
    }),
  )
})

test('what the other side said before is no answer', () => {
  vi.useFakeTimers()
  const { utterance, log } = rig()
  utterance.take({ delta: 'a', start_ms: 0, end_ms: 500 })
  utterance.answer(200)
  utterance.take({ delta: 'b', start_ms: 900, end_ms: 1000 })
  expect(log).toEqual(['text a', 'text ab'])
  vi.useRealTimers()
})

test('an answer divides once, and words within words do not move the end', () => {
  vi.useFakeTimers()
  const { utterance, log } = rig()
  utterance.take({ delta: 'a', start_ms: 0, end_ms: 500 })
  utterance.answer(500)
  utterance.take({ delta: 'b', start_ms: 600, end_ms: 1000 })
  utterance.take({ delta: 'c', start_ms: 700, end_ms: 800 })
  utterance.take({ delta: 'd', start_ms: 1900, end_ms: 2000 })
  expect(log).toEqual(['text a', 'text ab', 'text abc', 'text abcd'])
  vi.useRealTimers()
})

test('words that come all at once last as long as they sound', () => {
  vi.useFakeTimers()
  const { utterance } = rig()
  utterance.take({ delta: 'a long sentence', start_ms: 0, end_ms: 5000 })
  vi.advanceTimersByTime(5900)
  expect(utterance.open).toBe(true)
  vi.advanceTimersByTime(200)
  expect(utterance.open).toBe(false)
  vi.useRealTimers()
})
