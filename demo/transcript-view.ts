import type { Announce } from './announcer.ts'
import type { ConversationView } from './conversation.ts'
import { byId, create } from './dom.ts'
import { writePast } from './past-lines.ts'
import type { Transcript } from './sdk.ts'
import { writeDirections } from './tool-lines.ts'
import { TranscriptLine } from './transcript-line.ts'

// How near the end, in CSS pixels, still counts as reading along.
const FOLLOW_PX = 64
const MAX_LINES = 400

export interface TranscriptView extends ConversationView {
  /** Shows what the user typed. The returned function takes it back. */
  addTyped(text: string): () => void
}

/** The conversation as a play: who speaks, what was heard of it, and stage directions. */
export function createTranscriptView(announce: Announce): TranscriptView {
  const scroller = byId('transcript', HTMLElement)
  const list = byId('lines', HTMLOListElement)
  const empty = byId('transcript-empty', HTMLElement)

  let following = true
  const follow = (): void => {
    if (following) scroller.scrollTop = scroller.scrollHeight
  }
  const change = (edit: () => void): void => {
    edit()
    while (list.childElementCount > MAX_LINES) list.firstElementChild?.remove()
    empty.hidden = list.childElementCount > 0
    follow()
  }
  scroller.addEventListener('scroll', () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller
    following = scrollHeight - scrollTop - clientHeight < FOLLOW_PX
  })
  // It gets smaller when a card asks for approval.
  new ResizeObserver(follow).observe(scroller)
  let agentName = 'Agent'
  const addLine = (role: Transcript['role']): TranscriptLine => {
    const line = new TranscriptLine(role, role === 'user' ? 'You' : agentName)
    change(() => list.append(line.element))
    return line
  }
  const direct = (text: string): HTMLElement => {
    const direction = create('p', 'direction', text)
    change(() => list.append(create('li', 'line', '', direction)))
    return direction
  }

  return {
    addTyped(text) {
      const line = addLine('user')
      change(() => line.show({ text, heardText: text, final: true }))
      return () => change(() => line.element.remove())
    },
    attach(pipeline, { agent, past }) {
      // Ids are unique in a conversation only.
      const lines = new Map<string, TranscriptLine>()
      // A voice is transcribed late, often after the answer to it has begun: its place is kept.
      let spoken: TranscriptLine | undefined
      const giveUpPlace = (): void => {
        change(() => spoken?.element.remove())
        spoken = undefined
      }
      const newLine = (role: Transcript['role']): TranscriptLine => {
        const line = (role === 'user' && spoken) || addLine(role)
        if (line === spoken) spoken = undefined
        return line
      }
      const lineOf = ({ id, role }: Pick<Transcript, 'id' | 'role'>): TranscriptLine => {
        const line = lines.get(id) ?? newLine(role)
        lines.set(id, line)
        return line
      }

      const blank = list.childElementCount === 0
      agentName = agent.name
      if (past && blank) change(() => list.append(...writePast(past.items, agentName)))
      if (past) direct('The conversation goes on.')
      else if (!blank) direct('A new conversation.')
      pipeline.on('agentChanged', ({ agent: { name = 'Agent' } }) => {
        agentName = name
      })
      pipeline.on('speechStarted', ({ by }) => {
        // What only the microphone takes for speech may never get a transcript.
        if (by !== 'model') return
        giveUpPlace()
        spoken = addLine('user')
        spoken.showSpeaking()
      })
      pipeline.on('stateChanged', ({ state }) => {
        if (state === 'idle' || state === 'closed') giveUpPlace()
      })
      pipeline.on('transcript', (transcript) => {
        change(() => lineOf(transcript).show(transcript))
        if (transcript.final && transcript.heardText) {
          announce(`${transcript.role === 'user' ? 'You' : agentName}: ${transcript.heardText}`)
        }
      })
      pipeline.on('interrupted', ({ itemId, heardMs }) =>
        change(() => lineOf({ id: itemId, role: 'agent' }).showInterruption(heardMs)),
      )
      writeDirections(pipeline, { direct, change }, announce)
    },
  }
}
