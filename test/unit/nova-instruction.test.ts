import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { instructionOf, isInstruction } from '../../src/providers/instruction.ts'

it('an instruction is known by any beginning of it, and nothing that is said is taken for one', () => {
  fc.assert(
    fc.property(fc.string(), fc.boolean(), fc.nat(400), (words, isText, cut) => {
      const sent = instructionOf(isText ? { text: words } : { instructions: words })
      const begun = sent.slice(0, cut + 1)
      expect(isInstruction(` ${begun}`)).toBe(true)
      expect(isInstruction(words)).toBe(words.trim() === '[')
    }),
  )
})

it('what is to be said comes last, as it is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      expect(instructionOf({ text }).endsWith(`] ${text}`)).toBe(true)
    }),
  )
})
