import { wordingIn } from '../../test/simulators/guide.ts'

/** What a simulator knows when it is to answer in the part of an agent of the page. */
export interface Scene {
  readonly instructions: string
  /** What was typed, or asked for in the user's place; `undefined` if the user spoke. */
  readonly text: string | undefined
  /** Counts the user's turns from 0. */
  readonly turn: number
  /** What tools have returned since. */
  readonly outputs: readonly string[]
}

/** What it does: it says something, or takes what nobody understands for something. */
export type Cue = { readonly say: string } | { readonly hear: string }

/** What the voice of a guest is taken for, turn by turn: nothing here understands speech. */
const WISHES = ['Book a table for 2.', 'Prepare my room.', 'The concierge, please.'] as const

const STORY =
  'Once upon a time, in a village below a mountain, all the bells rang at midnight. ' +
  'Nobody had touched them. Then, out of the smoke, came a dragon, and it was hungry.'

/** What a request begins with that comes in the user's place, where a model takes no other. */
const INSTRUCTION = '[Instruction to you'
const VERBATIM = /^\[Instruction to you[^\]]*\]\s*(.+)$/s
const PROGRESS = /Tell the user in one short sentence, without calling a tool: ([^\]]+)/

/** The part of the page's agents that the guide does not know; `undefined`: it does. */
export function cue({ instructions, text, turn, outputs }: Scene): Cue | undefined {
  if (outputs.some((output) => /"agent":/.test(output))) return { say: 'One moment, please.' }
  if (outputs.length > 0) return undefined
  const wording = wordingOf(text ?? '')
  if (wording !== undefined) return { say: wording }
  if (text?.startsWith(INSTRUCTION)) return { say: 'At your service.' }
  if (/storyteller/i.test(instructions)) return { say: STORY }
  if (text === undefined && /front desk of/i.test(instructions)) {
    return { hear: WISHES[turn % WISHES.length] ?? WISHES[0] }
  }
  return undefined
}

/** What a request in the page's own name wants to be said, word for word as far as it tells. */
export function wordingOf(text: string): string | undefined {
  return wordingIn(text) ?? text.match(VERBATIM)?.[1] ?? text.match(PROGRESS)?.[1]
}
