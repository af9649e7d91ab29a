/**
 * What each option must be: a type (`string`, `array`, …), one of some values, or from one number to another,
 * as in `'boolean'`, `'low|high|null'`, `'0..1'`; `!` at the end if it cannot be left out.
 */
export type OptionRules = Readonly<Record<string, string>>

/** Whether a value is what a rule wants. An empty text is none. */
export function accepts(rule: string, value: unknown): boolean {
  if (value === undefined) return !rule.endsWith('!')
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : value !== '' && typeof value
  return rule.split(/[|!]/).some((one) => {
    const [from = 0, to = from] = one.split('..').map(Number)
    if (!one || from >= 0) return one !== '' && typeof value === 'number' && value >= from && value <= to
    return one === type || one === value || (value === false && one === 'false')
  })
}
