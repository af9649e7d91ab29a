import { byId, createButton } from './dom.ts'

/** Typed messages: a box where Enter sends, and messages to try. Gives what changes the latter. */
export function createComposer(
  send: (text: string) => Promise<boolean>,
): (suggestions: readonly string[]) => void {
  const form = byId('composer', HTMLFormElement)
  const message = byId('message', HTMLInputElement)

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const text = message.value.trim()
    if (text === '') return
    message.value = ''
    void send(text).then((sent) => {
      // Nobody should have to type it again.
      if (!sent && message.value === '') message.value = text
    })
  })
  const shown = byId('suggestions', HTMLElement)
  let current: readonly string[] = []
  return (suggestions) => {
    if (suggestions === current) return
    current = suggestions
    // The button that had the focus may have called for the agent whose words these are.
    const focused = shown.contains(document.activeElement)
    shown.replaceChildren(...suggestions.map((text) => createButton(text, () => void send(text))))
    if (focused) message.focus()
  }
}
