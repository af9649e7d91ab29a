const BEGIN = '<!-- bench -->'
const END = '<!-- /bench -->'

/** A text in which what stands between the two marks is replaced. Undefined if it has no marks. */
export function withBenchBlock(text: string, block: string): string | undefined {
  const begin = text.indexOf(BEGIN)
  const end = text.indexOf(END, begin)
  if (begin < 0 || end < 0) return undefined
  return `${text.slice(0, begin + BEGIN.length)}\n${block}\n${text.slice(end)}`
}
