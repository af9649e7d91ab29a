import type { ModelEvents } from '../providers/model.ts'
import type { Transcript } from './messages.ts'
import type { HeardProgress } from './speaker-output.ts'

/** Pace of speech, to place a text whose audio is not all here yet. English is spoken at 14 to 16 letters a second. */
const MS_PER_LETTER = 65
/** How far the voice goes before that is told, if nothing else is. */
const TOLD_MS = 200

interface Entry {
  text: string
  /** The model will add no more text. */
  textDone: boolean
  heard?: HeardProgress
  /** Nothing more will be heard. */
  over: boolean
  /** The answer was cut: what comes now is not said any more. */
  cut: boolean
  /** As last reported. */
  reported?: Transcript
}

/**
 * What was said, and how much of it was heard. A model's text runs ahead of its voice; the heard part
 * is the share of the text that the playback clock has reached, cut back to a whole word.
 */
export class Transcripts {
  readonly #onChange: (transcript: Transcript) => void
  readonly #entries = new Map<string, Entry>()

  constructor(onChange: (transcript: Transcript) => void) {
    this.#onChange = onChange
  }

  /** Takes the whole text of an item so far. */
  write({ id, role, text, final }: ModelEvents['transcript']): void {
    const entry = this.#entry(id)
    if (entry.cut) return
    entry.text = text
    entry.textDone = final
    if (role === 'user') entry.over = final
    this.#report(id, role, entry)
  }

  /** Takes how much of an agent's item was heard. `over`: it will not become more. */
  hear(heard: HeardProgress, over: boolean): void {
    const entry = this.#entry(heard.itemId)
    entry.heard = heard
    entry.over = over
    this.#report(heard.itemId, 'agent', entry)
  }

  /** An item was cut: no more of it is heard, and no more of its text matters. */
  cut(heard: HeardProgress): void {
    const entry = this.#entry(heard.itemId)
    entry.cut = true
    entry.textDone = true
    this.hear(heard, true)
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear()
  }

  #entry(id: string): Entry {
    let entry = this.#entries.get(id)
    if (!entry) {
      entry = { text: '', textDone: false, over: false, cut: false }
      this.#entries.set(id, entry)
    }
    return entry
  }

  #report(id: string, role: 'user' | 'agent', entry: Entry): void {
    const { text, heard, reported } = entry
    if (text === '') return
    const told: Transcript = {
      id,
      role,
      text,
      heardText: role === 'user' ? text : wordsUpTo(text, share(entry)),
      final: entry.textDone && entry.over,
      ...(heard && { heardMs: heard.heardMs, receivedMs: heard.receivedMs, received: heard.complete }),
    }
    if (reported && !differs(told, reported)) return
    entry.reported = told
    this.#onChange(told)
  }
}

/** Whether there is something to tell. A script without spaces has no words, and goes on all the same. */
function differs(told: Transcript, before: Transcript): boolean {
  const { heardMs = 0 } = told
  const keys = ['text', 'heardText', 'final', 'received'] as const
  return keys.some((key) => told[key] !== before[key]) || heardMs - (before.heardMs ?? 0) >= TOLD_MS
}

/** Which part of the text was heard, 0 to 1. */
function share({ text, heard, over, cut }: Entry): number {
  if (!heard) return 0
  if (over && !cut) return 1
  const spokenMs = heard.complete ? heard.receivedMs : Math.max(heard.receivedMs, text.length * MS_PER_LETTER)
  return spokenMs > 0 ? Math.min(1, heard.heardMs / spokenMs) : 0
}

function wordsUpTo(text: string, share: number): string {
  if (share >= 1) return text
  const space = text.lastIndexOf(' ', Math.floor(text.length * share))
  return space < 0 ? '' : text.slice(0, space)
}
