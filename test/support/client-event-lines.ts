import type { OpenAIConnection } from '../simulators/openai/index.ts'

/** How a line begins that is a field of the set-up. */
const FIELD = 'session.update: '

/** What one client sent and the other did not, at one place of a script. */
export interface Divergence {
  readonly theirs: readonly string[]
  readonly ours: readonly string[]
}

/**
 * What a client sent over all its connections, in lines that can be compared: ids are told by whose they are,
 * and the audio of a connection is one line. Its set-up is left out, or else each field of it is a line.
 */
export function clientEventLines(
  connections: readonly OpenAIConnection[],
  { setup = false }: { readonly setup?: boolean | undefined } = {},
): string[] {
  return connections.flatMap((connection, index) => [
    ...(index > 0 ? ['(connects again)'] : []),
    ...linesOf(connection, setup),
  ])
}

function linesOf(connection: OpenAIConnection, setup: boolean): string[] {
  const names = namesIn(connection)
  const lines: string[] = []
  for (const { message } of connection.received) {
    const { type, event_id: id, audio, session, ...fields } = message
    const leaves = leavesOf(session ?? fields, new Map([...names, [id, '(its event_id)']])).toSorted()
    if (audio !== undefined) {
      if (!lines.includes(type)) lines.push(type)
    } else if (session === undefined || lines.includes(type)) {
      if (session === undefined || setup) lines.push([type, ...leaves].join(' '))
    } else if (setup) lines.push(type, ...leaves.map((leaf) => `${FIELD}${leaf}`))
  }
  return lines
}

/** Names for ids, in the order in which the server brought them up: `user#1`, `assistant#1`, `response#1`. */
function namesIn(connection: OpenAIConnection): ReadonlyMap<unknown, string> {
  const names = new Map<unknown, string>()
  const counts = new Map<string, number>()
  const name = (id: unknown, kind: string): void => {
    if (typeof id !== 'string' || names.has(id)) return
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    names.set(id, `${kind}#${count}`)
  }
  for (const { message } of connection.sent) {
    const { response, item } = message as {
      readonly response?: { readonly id?: unknown }
      readonly item?: { readonly id?: unknown; readonly role?: string; readonly call_id?: unknown }
    }
    name(response?.id, 'response')
    name(item?.call_id, 'call')
    name(item?.id, item?.role ?? 'item')
  }
  return names
}

function leavesOf(value: unknown, names: ReadonlyMap<unknown, string>, path = ''): string[] {
  const entries = value !== null && typeof value === 'object' ? Object.entries(value) : []
  // What is empty says something too.
  if (entries.length === 0) return path ? [`${path}=${names.get(value) ?? JSON.stringify(value)}`] : []
  return entries.flatMap(([key, field]) => leavesOf(field, names, path ? `${path}.${key}` : key))
}

/** Where two sequences of lines part, by their longest common subsequence; fields of a set-up, one by one. */
export function divergences(theirs: readonly string[], ours: readonly string[]): Divergence[] {
  // How much is common to what follows line i of theirs and line j of ours.
  const common = Array.from({ length: theirs.length + 1 }, () => new Uint16Array(ours.length + 1))
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0
  for (let i = theirs.length - 1; i >= 0; i--) {
    const row = (common[i] ??= new Uint16Array())
    for (let j = ours.length - 1; j >= 0; j--) {
      row[j] = theirs[i] === ours[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const found: { theirs: string[]; ours: string[] }[] = []
  let open: { theirs: string[]; ours: string[] } | undefined
  let [i, j] = [0, 0]
  for (;;) {
    const [their, our] = [theirs[i], ours[j]]
    if (their === our) {
      if (their === undefined) return found.flatMap(fieldByField)
      open = undefined
      i++
      j++
      continue
    }
    if (!open) found.push((open = { theirs: [], ours: [] }))
    if (their !== undefined && (our === undefined || at(i + 1, j) >= at(i, j + 1))) {
      open.theirs.push(their)
      i++
    } else if (our !== undefined) {
      open.ours.push(our)
      j++
    }
  }
}

function fieldByField({ theirs, ours }: Divergence): Divergence[] {
  const fieldOf = (line: string): string => (line.startsWith(FIELD) ? (line.split('=')[0] ?? '') : '')
  const fields = new Set([...theirs, ...ours].map(fieldOf))
  return [...fields].map((field) => ({
    theirs: theirs.filter((line) => fieldOf(line) === field),
    ours: ours.filter((line) => fieldOf(line) === field),
  }))
}
