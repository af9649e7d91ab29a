/** What a simulated model has to answer. */
export interface Question {
  /** What the user typed or said last, or what the agent is asked to speak about. */
  readonly text: string
  /** What tools have given since. */
  readonly outputs: readonly string[]
}

/** What it does: it speaks, or it calls tools. */
export type Act =
  | { readonly say: string }
  | { readonly calls: readonly { readonly name: string; readonly arguments: object }[] }

/**
 * Does what it is asked to: `say "Yes."` is said, and `call weather {"city":"Rome"} call time {}` is called.
 * It says what tools have given, `No.` if one failed, and `Yes.` to everything else.
 */
export function actOn({ text, outputs }: Question): Act {
  const [, verbatim] =
    text.match(/^Word for word, say exactly: "(.*)"/m) ?? text.match(/word for word.*?\] (.*)$/) ?? []
  if (verbatim) return { say: verbatim }
  if (outputs.some((output) => output.startsWith('{"error"'))) return { say: 'No.' }
  if (outputs.length > 0) return { say: `${outputs.join(' and ')}.` }
  const calls = [...text.matchAll(/\bcall (\w+) (\{.*?\})(?= call|$)/g)].map(([, name = '', json = '']) => ({
    name,
    arguments: JSON.parse(json) as object,
  }))
  if (calls.length > 0) return { calls }
  const [, progress] = text.match(/without calling a tool: (.*?)\]?$/) ?? []
  return { say: progress ?? text.match(/\bsay "(.*?)"/)?.[1] ?? 'Yes.' }
}
