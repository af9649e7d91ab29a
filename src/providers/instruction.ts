import type { ReplyRequest } from './model.ts'

const START = '[Instruction to you, not said by the user'

/**
 * A `reply` for a model that can only be asked by a text in the user's place: the text says that it is not
 * the user's.
 */
export function instructionOf({ instructions, text }: Omit<ReplyRequest, 'replyId'>): string {
  const what = text
    ? 'say what follows, word for word, and nothing else; call no tool'
    : instructions || 'say something now'
  const instruction = `${START}, and not to be mentioned: ${what}]`
  return text ? `${instruction} ${text}` : instruction
}

/** Whether what the user is to have said, so far, is an instruction that the service sends back. */
export function isInstruction(text: string): boolean {
  const said = text.trim()
  return said !== '' && (said.startsWith(START) || START.startsWith(said))
}
