import type { ConversationView } from './conversation.ts'
import { byId, create } from './dom.ts'
import { type Caption, captions } from './sdk.ts'

// About as much as is read at a glance.
const LINE_LETTERS = 60

/** The line that is being said, with the word that is being heard marked. */
export function createCaptionView(): ConversationView {
  const root = byId('caption', HTMLElement)
  /** What is on the page: the item, its words, and which of them. */
  let shown: { itemId: string; words: Caption['words']; from: number; to: number } | undefined
  let spans: readonly HTMLElement[] = []

  const clear = (): void => {
    shown = undefined
    spans = []
    root.replaceChildren()
  }
  const show = ({ itemId, words, index }: Caption): void => {
    if (index < 0) return
    if (shown?.itemId !== itemId || shown.words !== words || index < shown.from || index >= shown.to) {
      const [from, to] = lineAround(words, index)
      shown = { itemId, words, from, to }
      spans = words.slice(from, to).map(({ text }) => create('span', 'caption-word', text.trim()))
      root.replaceChildren(...spans.flatMap((span) => [span, ' ']))
    }
    for (const [at, span] of spans.entries()) span.classList.toggle('now', shown.from + at === index)
  }
  return {
    attach(pipeline) {
      clear()
      captions(pipeline, show)
      pipeline.on('stateChanged', ({ state }) => {
        if (state !== 'speaking') clear()
      })
    },
  }
}

/** The line that a word is in: lines end with a sentence, or where they are full. */
function lineAround(words: Caption['words'], index: number): readonly [from: number, to: number] {
  let from = 0
  let letters = 0
  for (const [at, { text }] of words.entries()) {
    const before = words[at - 1]?.text ?? ''
    if (at > from && (letters + text.trimEnd().length > LINE_LETTERS || /[.!?…]\s*$/.test(before))) {
      if (at > index) return [from, at]
      from = at
      letters = 0
    }
    letters += text.length
  }
  return [from, words.length]
}
