/** Pace of speech while the length of the voice is not known. */
const MS_PER_LETTER = 65
/** How long the voice rests after a word that ends so, in letters. */
const PAUSES: readonly (readonly [after: RegExp, letters: number])[] = [
  [/[.!?…。！？]\P{L}*$/u, 6],
  [/[,;:–—、，；：]\P{L}*$/u, 3],
]
/** Scripts that do without spaces; a letter takes about as long as three of the others. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/gu

/** A word, and when it is heard, as a provider tells it. */
export interface TimedWord {
  readonly text: string
  /** From the beginning of the item's audio, ms. */
  readonly startMs: number
  readonly endMs: number
}

/** A word of a caption. */
export interface CaptionWord extends TimedWord {
  /** The word with all that is around it up to the next: in a row, the words are the text. */
  readonly text: string
  /** Whether its times are made of the lengths of words and voice. Otherwise the provider told them. */
  readonly estimated: boolean
}

/** What is known of the voice that says a text. */
export interface VoiceTiming {
  /** Audio that was received, ms. */
  readonly receivedMs?: number
  /** Whether that is all of it. */
  readonly received?: boolean
  /** The first words, as the provider times them. */
  readonly words?: readonly TimedWord[]
}

/** How far a caption has come. */
export interface CaptionProgress {
  readonly words: readonly CaptionWord[]
  /** The word that is being heard; −1 before the first. */
  readonly index: number
  /** Audio that was heard, ms. */
  readonly heardMs: number
}

/** Cuts a text into words, each with the white space that follows it. */
export function splitWords(text: string): string[] {
  const words = text.match(/\s*\S+\s*/g) ?? (text ? [text] : [])
  return words.flatMap((word) => (word.search(UNSPACED) < 0 || !Intl.Segmenter ? word : splitUnspaced(word)))
}

/**
 * Gives each word of a text its time. What the provider does not tell is made of the lengths of the words
 * and of pauses at punctuation, so that the last word ends with the voice.
 *
 * Called again as more is known, it never moves a word that was heard into the future: what is before the
 * word at `before.index` stays, and the rest shares what is left of the voice.
 */
export function fitWords(
  text: string,
  { receivedMs = 0, received = false, words: told = [] }: VoiceTiming,
  before: CaptionProgress = { words: [], index: -1, heardMs: 0 },
): CaptionWord[] {
  const words: CaptionWord[] = []
  let end = 0
  let endMs = 0
  const push = (word: string, startMs: number, untilMs: number, estimated: boolean): void => {
    const latestMs = words.length <= before.index ? before.heardMs : Infinity
    startMs = Math.max(endMs, Math.min(startMs, latestMs))
    endMs = Math.max(startMs, untilMs)
    words.push({ text: word, startMs, endMs, estimated })
  }
  for (const word of told) {
    const spoken = word.text.trim()
    const at = text.indexOf(spoken, end)
    if (!spoken || at < 0) continue
    const next = at + spoken.length
    const space = /^\s*/.exec(text.slice(next))?.[0].length ?? 0
    push(text.slice(end, next + space), word.startMs, word.endMs, false)
    end = next + space
  }
  const rest = splitWords(text.slice(end))
  const isHeard = (): boolean => words.length < before.index && words.length < before.words.length
  while (rest.length > 0 && isHeard()) {
    const { startMs, endMs } = before.words[words.length] ?? { startMs: 0, endMs: 0 }
    push(rest.shift() ?? '', startMs, endMs, true)
  }
  const current = before.words[words.length]
  const fromMs = words.length === before.index && current ? Math.max(endMs, current.startMs) : endMs
  const lengths = rest.map((word, i) => ({
    letters: letters(word),
    pause: i < rest.length - 1 ? pause(word) : 0,
  }))
  const total = lengths.reduce((sum, length) => sum + length.letters + length.pause, 0)
  const untilMs = received ? receivedMs : Math.max(receivedMs, fromMs + total * MS_PER_LETTER)
  const msPerLetter = Math.max(0, untilMs - fromMs) / total
  let passed = 0
  for (const [i, { letters, pause }] of lengths.entries()) {
    const startMs = fromMs + passed * msPerLetter
    passed += letters
    // The last is not left to rounding.
    const last = i === lengths.length - 1
    push(rest[i] ?? '', startMs, last ? Math.max(fromMs, untilMs) : fromMs + passed * msPerLetter, true)
    passed += pause
  }
  return words
}

/** Which word is heard after so much of the audio; −1 before the first. */
export function wordAt(words: readonly CaptionWord[], heardMs: number): number {
  return heardMs > 0 ? words.findLastIndex(({ startMs }) => startMs <= heardMs) : -1
}

function splitUnspaced(word: string): string[] {
  const parts: string[] = []
  let part = ''
  let isWord = false
  for (const { segment, isWordLike = false } of new Intl.Segmenter(undefined, {
    granularity: 'word',
  }).segment(word)) {
    if (isWordLike && isWord) {
      parts.push(part)
      part = ''
    }
    part += segment
    isWord ||= isWordLike
  }
  return [...parts, part]
}

function letters(word: string): number {
  return Math.max(1, Array.from(word.trim()).length + 2 * (word.match(UNSPACED)?.length ?? 0))
}

function pause(word: string): number {
  return PAUSES.find(([after]) => after.test(word))?.[1] ?? 0
}
