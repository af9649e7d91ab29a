import { expect, it, vi } from 'vitest'
import { type Espeak, loadEspeak } from '../simulators/espeak.ts'

it('A text is spoken the same way whenever it is spoken, and whatever was spoken before', async () => {
  const text = 'She sells sea shells, and the shells she sells are sea shells for sure.'
  const said = (espeak: Espeak, text: string, voice: string): number[] => {
    const samples: number[] = []
    espeak.synthesize(text, voice, (pcm) => samples.push(...pcm))
    return samples
  }
  const expected = said(await loadEspeak(), text, 'en-us+f3')

  const now = vi.spyOn(Date, 'now').mockReturnValue(1_234_567_890_000)
  try {
    const later = await loadEspeak()
    said(later, 'Something else comes first.', 'de')
    said(later, `Something longer comes first. ${text.repeat(4)}`, 'en-us')
    expect(said(later, text, 'en-us+f3')).toEqual(expected)
  } finally {
    now.mockRestore()
  }
})
