import type { Listenable } from '../core/emitter.ts'
import type { PipelineState, Transcript } from '../engine/messages.ts'
import { fitWords, wordAt, type CaptionProgress, type CaptionWord, type TimedWord } from './caption-words.ts'

/** How far a caption goes on by itself before the playback clock tells more. */
const MAX_AHEAD_MS = 250

/** What the agent says, word by word. */
export interface Caption {
  /** Also the `id` of its transcript. */
  readonly itemId: string
  /** The same array as long as no word and no time changes. */
  readonly words: readonly CaptionWord[]
  /** The word that is being heard; −1 before the first. It goes back only where an answer is cut. */
  readonly index: number
  /** Whether nothing more of it is heard. */
  readonly final: boolean
}

/** The part of a pipeline's events that captions are made of. */
export interface CaptionSource {
  transcript: Transcript & {
    /** The first words, where the provider times them. */
    readonly words?: readonly TimedWord[]
  }
  stateChanged: { readonly state: PipelineState }
}

/** The part of a pipeline that captions are made of. */
export interface CaptionedPipeline extends Listenable<CaptionSource> {
  readonly state: PipelineState
}

/** Options of {@link captions}. */
export interface CaptionsOptions {
  /** Stops it too. */
  readonly signal?: AbortSignal
}

interface Line extends CaptionProgress {
  /** Audio that was heard when it was last told, ms, and when that was. */
  readonly toldMs: number
  readonly toldAt: number
  readonly receivedMs: number
}

/**
 * Gives what the agent says as words with times, on the playback clock. Between two reports of the clock a
 * caption goes on by itself, by 250 ms at most.
 *
 * ```ts
 * const stop = captions(pipeline, ({ words, index }) => {
 *   line.textContent = words.slice(0, index + 1).map(({ text }) => text).join('')
 * })
 * ```
 *
 * Where the provider tells no times, they are estimated; see {@link CaptionWord}.
 * @returns Stops it.
 */
export function captions(
  pipeline: CaptionedPipeline,
  onCaption: (caption: Caption) => void,
  { signal }: CaptionsOptions = {},
): () => void {
  const lines = new Map<string, Line>()
  /** Items of which nothing more is heard. */
  const over = new Set<string>()
  /** The item that is being heard. */
  let current: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const rest = (): void => {
    clearTimeout(timer)
    current = undefined
  }
  /** Shows a line if that changes anything; `cut`: also if it goes back. */
  const show = (itemId: string, next: Line, final: boolean, cut: boolean): void => {
    const before = lines.get(itemId)
    const reached = wordAt(next.words, next.heardMs)
    const index = cut ? reached : Math.max(reached, Math.min(next.index, next.words.length - 1))
    const words = before && sameWords(before.words, next.words) ? before.words : next.words
    if (final) {
      lines.delete(itemId)
      over.add(itemId)
    } else lines.set(itemId, { ...next, words, index })
    if (itemId === current) wake()
    if (final || words !== before?.words || index !== before.index) onCaption({ itemId, words, index, final })
  }
  const wake = (): void => {
    clearTimeout(timer)
    const line = current === undefined ? undefined : lines.get(current)
    const next = line?.words[line.index + 1]
    if (!line || !next || pipeline.state !== 'speaking' || next.startMs > furthest(line)) return
    timer = setTimeout(advance, Math.ceil(next.startMs - line.toldMs - (performance.now() - line.toldAt)))
  }
  const advance = (): void => {
    const line = current === undefined ? undefined : lines.get(current)
    if (current === undefined || !line) return
    const heardMs = line.toldMs + performance.now() - line.toldAt
    show(
      current,
      { ...line, heardMs: Math.min(furthest(line), Math.max(line.heardMs, heardMs)) },
      false,
      false,
    )
  }
  const life = new AbortController()
  const listening = { signal: signal ? AbortSignal.any([signal, life.signal]) : life.signal }
  listening.signal.addEventListener('abort', rest)
  pipeline.on(
    'transcript',
    ({ id, role, text, heardText, final, heardMs = 0, receivedMs = 0, received = false, words }) => {
      if (role === 'user' || over.has(id)) return
      const before = lines.get(id)
      const told = before?.toldMs === heardMs ? before : { toldMs: heardMs, toldAt: performance.now() }
      const cut = final && heardText !== text
      const fitted = fitWords(text, { receivedMs, received, ...(words && { words }) }, before)
      const line = {
        words: fitted,
        toldMs: told.toldMs,
        toldAt: told.toldAt,
        receivedMs,
        // The clock of an answer that was heard to its end is not asked whether it was.
        index: final && heardText ? fitted.length - 1 : (before?.index ?? -1),
        heardMs: cut ? heardMs : Math.max(heardMs, before?.heardMs ?? 0),
      }
      if (heardMs > 0 && told !== before) current = id
      show(id, line, final, cut)
    },
    listening,
  )
  pipeline.on(
    'stateChanged',
    ({ state }) => {
      clearTimeout(timer)
      if (state === 'speaking') {
        const line = current === undefined ? undefined : lines.get(current)
        // The clock stood still until now.
        if (current !== undefined && line) lines.set(current, { ...line, toldAt: performance.now() })
        wake()
      } else if (state === 'idle' || state === 'connecting' || state === 'closed') {
        rest()
        lines.clear()
        over.clear()
      }
    },
    listening,
  )
  return () => life.abort()
}

/** How far a line may go on by itself, ms. */
function furthest({ toldMs, receivedMs }: Line): number {
  return Math.min(toldMs + MAX_AHEAD_MS, Math.max(toldMs, receivedMs))
}

function sameWords(a: readonly CaptionWord[], b: readonly CaptionWord[]): boolean {
  return a.length === b.length && a.every((word, i) => sameWord(word, b[i]))
}

function sameWord(a: CaptionWord, b: CaptionWord | undefined): boolean {
  return a.text === b?.text && a.startMs === b.startMs && a.endMs === b.endMs && a.estimated === b.estimated
}
