import type { Figure } from './figure.ts'

/** Figures as a Markdown table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${round(figure.value)} ${figure.unit}`,
    goalOf(figure),
    (figure.peers ?? []).map(({ name, value }) => `${name} ${round(value)}`).join(', '),
  ])
  return [['figure', 'value', 'goal', 'peers'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** Figures as one object, by name. */
export function summary(figures: readonly Figure[]): Record<string, number> {
  return Object.fromEntries(figures.map(({ name, value }) => [name, round(value)]))
}

function goalOf({ value, goal, higherIsBetter = false }: Figure): string {
  if (goal === undefined) return ''
  const reached = higherIsBetter ? value >= goal : value <= goal
  return `${higherIsBetter ? '≥' : '≤'} ${goal}${reached ? '' : ' **missed**'}`
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
