import type { ConversationEvent, ConversationSource } from './conversation-events.ts'
import { wholeWords, type ConversationItem, type MessageItem, type ToolItem } from './conversation-item.ts'

/** What was said and done, and what is needed to take the next event. Frozen as far as `items` goes. */
export interface ConversationState {
  readonly items: readonly ConversationItem[]
  /** The items that this session's events name: ids come again after a new start. */
  readonly names: ReadonlyMap<string, string>
  /** Turns of the user's whose words have not come yet, oldest first; two at most. */
  readonly turns: readonly Turn[]
}

interface Turn {
  /** Where its words belong in `items`. */
  readonly index: number
  readonly startedAt: number
  /** Whether the user still speaks. */
  readonly open: boolean
}

/** A conversation that begins, or goes on after what is in `items`. */
export function conversationState(items: readonly ConversationItem[] = []): ConversationState {
  return { items: Object.freeze(items.map((item) => Object.freeze(item))), names: new Map(), turns: [] }
}

/**
 * Takes one event. Pure: what an event does not change keeps its identity, and an event that changes
 * nothing gives `state` itself.
 *
 * An item's place is that of the first event that names it. A user's words may come after the answer to
 * them began: their place is where the model, or the application, said that the user began to speak. Two
 * such turns are waited for, and the second one's end gives the first one up. What loudness alone takes
 * for speech claims no place.
 */
export function reduceConversation(state: ConversationState, event: ConversationEvent): ConversationState {
  const { at } = event
  switch (event.type) {
    case 'transcript':
      return write(state, event.payload, at)
    case 'toolCalled': {
      const { callId: id, name, arguments: args } = event.payload
      if (find(state, 'tool', id)) return state
      return insert(state, { id, role: 'tool', name, arguments: args, final: false, startedAt: at })
    }
    case 'toolFinished': {
      const { callId, ok, durationMs, output } = event.payload
      const item = find(state, 'tool', callId) as ToolItem | undefined
      if (!item || item.final) return state
      const told = output === undefined ? {} : { output }
      return change(state, item, { ...item, ...told, ok, durationMs, ...ending(item, at) })
    }
    case 'interrupted': {
      const item = find(state, 'agent', event.payload.itemId) as MessageItem | undefined
      return item ? change(state, item, { ...item, interrupted: true }) : state
    }
    case 'agentChanged':
      return insert(state, note(`Handed over to ${event.payload.agent.name ?? 'another agent'}`, state, at))
    case 'added':
      return add(state, event.payload, at)
    case 'speechStarted': {
      const { items, turns } = state
      if (event.payload.by === 'microphone' || turns.at(-1)?.open) return state
      const turn = { index: items.length, startedAt: at, open: true }
      return { ...state, turns: [...turns.slice(-1), turn] }
    }
    case 'speechStopped': {
      const turn = state.turns.at(-1)
      if (event.payload.by === 'microphone' || !turn?.open) return state
      return { ...state, turns: [{ ...turn, open: false }] }
    }
    case 'stateChanged':
      return ['idle', 'connecting', 'closed'].includes(event.payload.state) ? end(state, at) : state
    default:
      return state
  }
}

function write(
  state: ConversationState,
  { id, role, text, heardText, final, receivedMs = 0 }: ConversationSource['transcript'],
  at: number,
): ConversationState {
  const known = find(state, role, id) as MessageItem | undefined
  if (known?.final) return state
  const heard = role === 'user' ? text : wholeWords(text, heardText)
  const spoken = role === 'user' || receivedMs > 0 || heard !== '' || known?.spoken === true
  const interrupted = known?.interrupted === true || (final && spoken && heard !== text)
  const words = { text, heardText: heard, spoken, interrupted }
  if (known) return change(state, known, { ...known, ...words, ...(final && ending(known, at)) })
  const turn = role === 'user' ? state.turns[0] : undefined
  const item = { id, role, ...words, final: false, startedAt: turn?.startedAt ?? at }
  return insert(state, final ? { ...item, ...ending(item, at) } : item, turn)
}

function add(
  state: ConversationState,
  { role, text }: Extract<ConversationEvent, { type: 'added' }>['payload'],
  at: number,
): ConversationState {
  const item = note(text, state, at)
  if (role === 'system') return insert(state, item)
  return insert(state, { ...item, role, heardText: text, spoken: false, interrupted: false })
}

function note(text: string, { items }: ConversationState, at: number) {
  return {
    id: `note ${items.length + 1}`,
    role: 'system',
    text,
    final: true,
    startedAt: at,
    endedAt: at,
  } as const
}

function ending({ startedAt }: ConversationItem, at: number): { final: true; endedAt: number } {
  // The computer's clock may be set back.
  return { final: true, endedAt: Math.max(startedAt, at) }
}

/** The session is over: what is not final never will be. */
function end(state: ConversationState, at: number): ConversationState {
  const { items, names, turns } = state
  const open = items.some(({ final }) => !final)
  if (!open && names.size === 0 && turns.length === 0) return state
  const ended = items.map((item) => {
    if (item.final) return item
    const last = ending(item, at)
    if (item.role === 'tool')
      return Object.freeze({ ...item, ok: false, durationMs: last.endedAt - item.startedAt, ...last })
    const cut = item.spoken && item.heardText !== item.text
    return Object.freeze({ ...item, interrupted: item.interrupted || cut, ...last })
  })
  return { items: open ? Object.freeze(ended) : items, names: new Map(), turns: [] }
}

function find({ items, names }: ConversationState, role: string, id: string): ConversationItem | undefined {
  const itemId = names.get(`${role} ${id}`)
  return itemId === undefined ? undefined : items.findLast((item) => item.id === itemId)
}

function insert(state: ConversationState, item: ConversationItem, turn?: Turn): ConversationState {
  const { items, names, turns } = state
  const at = turn?.index ?? items.length
  const taken = new Set(items.map(({ id }) => id))
  let { id } = item
  for (let i = 2; taken.has(id); i++) id = `${item.id} (${i})`
  return {
    items: Object.freeze(items.toSpliced(at, 0, Object.freeze({ ...item, id }))),
    names: new Map(names).set(`${item.role} ${item.id}`, id),
    turns: turns
      .filter((other) => other !== turn)
      .map((other) => (other.index < at || !turn ? other : { ...other, index: other.index + 1 })),
  }
}

function change(
  state: ConversationState,
  item: ConversationItem,
  changed: ConversationItem,
): ConversationState {
  const keys = Object.keys(changed) as (keyof ConversationItem)[]
  if (keys.every((key) => item[key] === changed[key])) return state
  const items = state.items.map((other) => (other === item ? Object.freeze(changed) : other))
  return { ...state, items: Object.freeze(items) }
}
