import type { Announce } from './announcer.ts'
import type { ConversationView } from './conversation.ts'
import { byId, create, createButton } from './dom.ts'
import type { ToolApproval } from './sdk.ts'

export interface ApprovalView extends ConversationView {
  /** Moves the focus to what has waited longest, if anything waits. */
  focus(): void
}

/** Cards that ask whether a tool may do what the agent wants of it. */
export function createApprovalView(announce: Announce): ApprovalView {
  const root = byId('approvals', HTMLElement)
  const message = byId('message', HTMLInputElement)
  const firstButton = (): HTMLElement | null => root.querySelector('button')

  const remove = (card: HTMLElement): void => {
    const focused = card.contains(document.activeElement)
    card.remove()
    // The button that had the focus is gone.
    if (focused) (firstButton() ?? message).focus()
  }
  return {
    focus: () => firstButton()?.focus(),
    attach(pipeline) {
      const cards = new Map<string, HTMLElement>()
      root.replaceChildren()
      pipeline.on('toolApproval', (approval) => {
        const card = createCard(approval)
        cards.set(approval.callId, card)
        root.append(card)
        announce(`Approval needed: ${inWords(approval)} The buttons are before the message box.`)
      })
      // However it ended: when it is not to be decided any more, there is nothing to press.
      const end = (callId: string): void => {
        const card = cards.get(callId)
        if (card) remove(card)
        cards.delete(callId)
      }
      pipeline.on('toolFinished', ({ callId }) => end(callId))
      pipeline.on('stateChanged', ({ state }) => {
        if (state === 'idle' || state === 'closed') for (const callId of cards.keys()) end(callId)
      })
      const createCard = ({ callId, name, arguments: given, approve, reject }: ToolApproval): HTMLElement => {
        const title = create('p', 'approval-title', `May the agent do this: ${titleOf(name)}?`)
        title.id = `approval-${callId}`
        const what = create('dl', 'approval-arguments', '', ...entriesOf(given).map(rowOf))
        what.id = `approval-arguments-${callId}`
        const decide = (label: string, verdict: string, act: () => void): HTMLButtonElement =>
          createButton(label, () => {
            act()
            end(callId)
            announce(verdict)
          })
        const yes = decide('Approve', 'Approved.', approve)
        yes.classList.add('button-approve')
        const no = decide('Decline', 'Declined.', () => reject('Not now.'))
        for (const button of [yes, no]) button.setAttribute('aria-describedby', `${title.id} ${what.id}`)
        const card = create(
          'div',
          'approval',
          '',
          title,
          what,
          create('div', 'approval-actions', '', yes, no),
        )
        card.setAttribute('role', 'group')
        card.setAttribute('aria-labelledby', title.id)
        return card
      }
    },
  }
}

/** A tool's name as people write: `book_table` is “Book table”. */
function titleOf(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function entriesOf(given: unknown): [name: string, value: string][] {
  if (typeof given !== 'object' || given === null) return []
  return Object.entries(given).map(([name, value]) => [
    titleOf(name),
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
}

function rowOf([name, value]: [name: string, value: string]): HTMLElement {
  return create('div', '', '', create('dt', '', name), create('dd', '', value))
}

function inWords({ name, arguments: given }: ToolApproval): string {
  const details = entriesOf(given).map(([name, value]) => `${name} ${value}`)
  return `${[titleOf(name), ...details].join(', ')}.`
}
