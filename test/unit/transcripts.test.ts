import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Transcript } from '../../src/engine/messages.ts'
import { Transcripts } from '../../src/engine/transcripts.ts'

function rig(): { transcripts: Transcripts; told: Transcript[] } {
  const told: Transcript[] = []
  return { transcripts: new Transcripts((transcript) => told.push(transcript)), told }
}

const TEXT = 'Rome is warm today, and the sky is clear.'

function heard(heardMs: number, complete = true) {
  return { itemId: 'a', heardMs, receivedMs: 4000, complete }
}

describe('Transcripts', () => {
  it('takes the user to have been heard at once', () => {
    const { transcripts, told } = rig()
    transcripts.write({ id: 'u', role: 'user', text: 'Hello', final: false })
    transcripts.write({ id: 'u', role: 'user', text: 'Hello there', final: true })
    expect(told.map(({ heardText, final }) => [heardText, final])).toEqual([
      ['Hello', false],
      ['Hello there', true],
    ])
  })

  it('lets the heard part of an answer follow the playback clock, word by word', () => {
    const { transcripts, told } = rig()
    transcripts.write({ id: 'a', role: 'agent', text: TEXT, final: true })
    for (let ms = 0; ms <= 3900; ms += 100) transcripts.hear(heard(ms), false)
    transcripts.hear(heard(4000), true)
    expect(told[0]?.heardText).toBe('')
    for (const { heardText } of told) {
      expect(TEXT.startsWith(heardText)).toBe(true)
      expect(heardText === TEXT || TEXT[heardText.length] === ' ' || heardText === '').toBe(true)
    }
    expect(told.at(-1)).toMatchObject({ id: 'a', role: 'agent', text: TEXT, heardText: TEXT, final: true })
  })

  it('stops at the cut, whatever text still comes', () => {
    const { transcripts, told } = rig()
    transcripts.write({ id: 'a', role: 'agent', text: TEXT, final: false })
    transcripts.cut(heard(2000))
    const cut = told.at(-1)
    expect(cut).toMatchObject({ heardText: 'Rome is warm today,', final: true })
    transcripts.write({ id: 'a', role: 'agent', text: `${TEXT} More.`, final: true })
    expect(told.at(-1)).toBe(cut)
  })

  it('does not run ahead of a voice of which only the beginning is here', () => {
    const { transcripts, told } = rig()
    transcripts.write({ id: 'a', role: 'agent', text: TEXT.repeat(10), final: true })
    transcripts.hear({ itemId: 'a', heardMs: 1000, receivedMs: 1000, complete: false }, false)
    expect(told.at(-1)?.heardText.length).toBeLessThan(25)
  })

  it('never takes back what was heard while the text grows no faster than the voice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 30 }), (steps) => {
        const { transcripts, told } = rig()
        transcripts.write({ id: 'a', role: 'agent', text: TEXT, final: true })
        let ms = 0
        for (const step of steps) transcripts.hear(heard(Math.min(4000, (ms += step))), false)
        for (let i = 1; i < told.length; i++) {
          expect(told[i]?.heardText.startsWith(told[i - 1]?.heardText ?? '')).toBe(true)
        }
      }),
    )
  })
})
