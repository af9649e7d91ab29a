import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitWords, splitWords, wordAt, type CaptionProgress } from '../../src/pipeline/caption-words.ts'

const letters = fc.string({
  unit: fc.constantFrom('a', 'b', 'é', '今', '日', '。', ',', '.', ' ', '\n', '😀'),
})
const text = fc.oneof(letters, fc.string({ unit: 'grapheme' }))

function isMonotone(words: CaptionProgress['words']): boolean {
  let at = 0
  return words.every(({ startMs, endMs }) => {
    const isLater = startMs >= at && endMs >= startMs
    at = endMs
    return isLater
  })
}

describe('splitWords', () => {
  it('keeps white space and punctuation with the word before', () => {
    expect(splitWords(' Rome,  is "warm".\nYes')).toEqual([' Rome,  ', 'is ', '"warm".\n', 'Yes'])
    expect(splitWords('don’t e-mail 3.14')).toEqual(['don’t ', 'e-mail ', '3.14'])
    expect(splitWords('')).toEqual([])
  })

  it('finds words where no spaces are', () => {
    const words = splitWords('今日は「暖かい」です。')
    expect(words.length).toBeGreaterThan(2)
    expect(words[0]).toBe('今日')
    expect(words.at(-1)).toMatch(/。$/)
  })

  it('covers the text exactly', () => {
    fc.assert(
      fc.property(text, (text) => {
        expect(splitWords(text).join('')).toBe(text)
      }),
    )
  })
})

describe('fitWords', () => {
  it('shares the voice by letters, and rests at punctuation', () => {
    const words = fitWords('aaaa bb, cccc', { receivedMs: 1300, received: true })
    expect(words.map(({ startMs, endMs }) => [startMs, endMs].map(Math.round))).toEqual([
      [0, 371],
      [371, 650],
      [929, 1300],
    ])
    expect(words.every(({ estimated }) => estimated)).toBe(true)
  })

  it('takes an ordinary pace while not all of the voice is here', () => {
    const slow = fitWords('aaaa bbbb', { receivedMs: 100 })
    expect(slow.at(-1)?.endMs).toBe(8 * 65)
    expect(fitWords('aaaa bbbb', { receivedMs: 2000 }).at(-1)?.endMs).toBe(2000)
  })

  it('takes the times that a provider tells, and estimates the rest', () => {
    const told = [
      { text: 'Rome', startMs: 100, endMs: 400 },
      { text: ' is', startMs: 350, endMs: 500 },
      { text: 'never said', startMs: 500, endMs: 600 },
    ]
    const words = fitWords('Rome, is warm today', { receivedMs: 1500, received: true, words: told })
    expect(words.map(({ text }) => text).join('')).toBe('Rome, is warm today')
    expect(words.map(({ estimated }) => estimated)).toEqual([false, false, true, true])
    expect(words[0]).toMatchObject({ startMs: 100, endMs: 400 })
    expect(words[1]).toMatchObject({ startMs: 400, endMs: 500 })
    expect(words.at(-1)?.endMs).toBe(1500)
    expect(isMonotone(words)).toBe(true)
  })

  it('lets no time that a provider tells late move a word that was heard', () => {
    const words = fitWords('one two three', { receivedMs: 900 })
    const told = [
      { text: 'one', startMs: 500, endMs: 600 },
      { text: 'two', startMs: 700, endMs: 800 },
    ]
    const [one, two] = fitWords('one two three', { words: told }, { words, index: 0, heardMs: 100 })
    expect(one).toMatchObject({ startMs: 100, endMs: 600, estimated: false })
    expect(two?.startMs).toBe(700)
  })

  it('covers the text, in order, and ends with the voice', () => {
    const time = fc.record({ text, startMs: fc.nat(9000), endMs: fc.nat(9000) })
    const timing = fc.record({ receivedMs: fc.nat(9000), received: fc.boolean(), words: fc.array(time) })
    fc.assert(
      fc.property(text, timing, fc.boolean(), (text, { words: told, ...voice }, isTimed) => {
        const words = fitWords(text, { ...voice, words: isTimed ? told : [] })
        expect(words.map((word) => word.text).join('')).toBe(text)
        expect(isMonotone(words)).toBe(true)
        if (isTimed || !voice.received || text === '') return
        expect(words.at(-1)?.endMs).toBe(voice.receivedMs)
      }),
    )
  })

  it('never moves a word that was heard into the future, however text and voice grow', () => {
    const step = fc.record({ letters: fc.nat(12), received: fc.nat(900), heard: fc.nat(400) })
    fc.assert(
      fc.property(letters, fc.array(step, { maxLength: 25 }), (text, steps) => {
        let progress: CaptionProgress = { words: [], index: -1, heardMs: 0 }
        let length = 0
        let receivedMs = 0
        for (const [i, step] of steps.entries()) {
          length += step.letters
          receivedMs += step.received
          const heardMs = Math.min(receivedMs, progress.heardMs + step.heard)
          const received = i === steps.length - 1
          const shown = text.slice(0, length)
          const words = fitWords(shown, { receivedMs, received }, progress)
          expect(words.map((word) => word.text).join('')).toBe(shown)
          expect(isMonotone(words)).toBe(true)
          const starts = words.map(({ startMs }) => startMs).slice(0, progress.index + 1)
          const before = progress.words.map(({ startMs }) => startMs).slice(0, progress.index + 1)
          expect(starts).toEqual(before)
          const index = wordAt(words, heardMs)
          expect(index).toBeGreaterThanOrEqual(Math.min(progress.index, words.length - 1))
          if (received && shown) expect(words.at(-1)?.endMs).toBeCloseTo(receivedMs, 6)
          progress = { words, index, heardMs }
        }
      }),
    )
  })
})
