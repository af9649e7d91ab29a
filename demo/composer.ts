import { byId, createButton } from './dom.ts'

const SUGGESTIONS = ['What is the weather in Rome?', 'What time is it in Tokyo?', 'Tell me about Rome.']

/** Typed messages: a box where Enter sends, and messages to try. */
export function createComposer(send: (text: string) => Promise<boolean>): void {
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
  byId('suggestions', HTMLElement).append(
    ...SUGGESTIONS.map((text) => createButton(text, () => void send(text))),
  )
}
