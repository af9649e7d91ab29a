import type { ConversationView } from './conversation.ts'
import { byId } from './dom.ts'
import type { Kept, KeptConversation } from './kept-conversation.ts'

/** Offers to go on with the conversation that was kept, while there is none. */
export function createPastOffer(
  kept: KeptConversation,
  onContinue: (past: Kept) => void,
): ConversationView & { show(): void } {
  const root = byId('past', HTMLElement)
  const about = byId('past-about', HTMLElement)
  const start = byId('start', HTMLButtonElement)
  let past: Kept | undefined

  const hide = (): void => {
    // The button that had the focus is about to go.
    if (root.contains(document.activeElement)) start.focus()
    root.hidden = true
  }
  const show = (): void => {
    past = kept.load()
    if (!past) return hide()
    const last = past.items.findLast((item) => item.role !== 'tool')
    about.textContent = `It ended with: “${shorten(last?.text ?? '')}”`
    root.hidden = false
  }
  byId('past-continue', HTMLButtonElement).addEventListener('click', () => {
    if (past) onContinue(past)
  })
  byId('past-forget', HTMLButtonElement).addEventListener('click', () => {
    kept.forget()
    hide()
  })

  return {
    show,
    attach(pipeline) {
      hide()
      pipeline.on('stateChanged', ({ state }) => {
        if (state === 'idle' || state === 'closed') show()
      })
    },
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60).trimEnd()}…` : text
}
