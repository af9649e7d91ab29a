import { create } from './dom.ts'
import type { ConversationItem } from './sdk.ts'
import { TranscriptLine } from './transcript-line.ts'

/** What was said and done before, as lines of a transcript. */
export function writePast(items: readonly ConversationItem[], agentName: string): HTMLLIElement[] {
  return items.map((item) => {
    const element = elementOf(item, agentName)
    element.classList.add('past-line')
    return element
  })
}

function elementOf(item: ConversationItem, agentName: string): HTMLLIElement {
  if (item.role === 'system') return direction(`${item.text}.`)
  if (item.role === 'tool') return direction(`The agent called ${item.name} ${item.arguments}`)
  const { role, text, spoken, heardText } = item
  const line = new TranscriptLine(role, role === 'user' ? 'You' : agentName)
  line.show({ text, heardText: spoken ? heardText : text, final: true })
  return line.element
}

function direction(text: string): HTMLLIElement {
  return create('li', 'line', '', create('p', 'direction', text))
}
