import { describe, expect, it } from 'vitest'
import { commonBackchannels, wordCounter } from '../../src/extensions/backchannels.ts'

const count = wordCounter(commonBackchannels)

describe('wordCounter', () => {
  it.each([
    '',
    '…',
    'Mm-hm.',
    'Mmmm, hmm!',
    'Yeah, yeah, okay.',
    'Uh-huh. Right. I see.',
    'Ach so, genau.',
    'D’accord.',
    'Sí, claro.',
    'ДА, угу',
    'うんうん、なるほど。',
    '嗯，对对，好的。',
    '네, 네.',
    'हाँ, ठीक है',
  ])('%j is only a backchannel', (text) => {
    expect(count(text)).toBe(0)
  })

  it.each([
    ['Stop', 1],
    ['No.', 1],
    ['Mm-hm, but wait', 4],
    ['Yesterday', 1],
    ['jam', 1],
    ['Right now!', 2],
    ['やめて', 3],
    ['等一下', 3],
    ['Нет, подождите', 2],
    ['42', 1],
  ])('%j is more, of %i words', (text, words) => {
    expect(count(text)).toBe(words)
  })

  it('takes a list of the application’s own', () => {
    const own = wordCounter(['Roger that', 'a+b'])
    expect(own('roger THAT!')).toBe(0)
    expect(own('mm-hm')).toBeGreaterThan(0)
    expect(wordCounter([])('')).toBe(0)
    expect(wordCounter([])('yes')).toBe(1)
  })
})
