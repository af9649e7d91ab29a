import type { Figure, Measurement } from './figure.ts'

/** Figures as a Markdown table. Peers that are better than us are in bold. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    `\`${figure.name}\``,
    `${written(figure)} ${figure.unit}`,
    goalOf(figure),
    peersOf(figure),
  ])
  return [['figure', 'vivavoce', 'goal', 'peers'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

/** What each figure says, as a Markdown list. */
export function legend(figures: readonly Figure[]): string {
  return figures.map(({ name, about }) => `- \`${name}\`: ${about}`).join('\n')
}

/** Figures as one object, by name; those of a peer by its name and the figure's. `null`: not measured. */
export function summary(figures: readonly Figure[]): Record<string, number | null> {
  const entries = figures.flatMap(({ name, value, peers = [] }) => [
    [name, jsonOf(value)] as const,
    ...peers.map((peer) => [`${peer.name} ${name}`, jsonOf(peer.value)] as const),
  ])
  return Object.fromEntries(entries)
}

function goalOf({ value, goal, higherIsBetter = false }: Figure): string {
  if (goal === undefined) return ''
  const reached = higherIsBetter ? value >= goal : value <= goal
  return `${higherIsBetter ? '≥' : '≤'} ${round(goal)} ${reached ? 'reached' : '**missed**'}`
}

function peersOf({ value, peers = [], higherIsBetter = false }: Figure): string {
  const sign = higherIsBetter ? -1 : 1
  // What could not be measured goes last.
  const rank = (peer: Measurement): number => (Number.isNaN(peer.value) ? Infinity : sign * peer.value)
  return peers
    .toSorted((a, b) => rank(a) - rank(b) || 0)
    .map((peer) => {
      const better =
        sign * round(peer.value) < sign * round(value) || (Number.isNaN(value) && rank(peer) < Infinity)
      const text = `${peer.name} ${written(peer)}`
      return better ? `**${text}**` : text
    })
    .join('; ')
}

function written({ value, p95 }: Measurement): string {
  if (Number.isNaN(value)) return '–'
  const spread = p95 === undefined || round(p95) === round(value) ? '' : ` (p95 ${round(p95)})`
  return `${round(value)}${spread}`
}

function round(value: number): number {
  if (!Number.isFinite(value)) return value
  const digits = Math.abs(value) >= 100 ? 0 : 3
  return digits === 0 ? Math.round(value) : Number(value.toPrecision(digits))
}

function jsonOf(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null
}
