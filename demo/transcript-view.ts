import type { Announce } from './announcer.ts'
import type { ConversationView } from './conversation.ts'
import { byId, create } from './dom.ts'
import type { Transcript } from './sdk.ts'
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

  const change = (edit: () => void): void => {
    const { scrollTop, scrollHeight, clientHeight } = scroller
    const following = scrollHeight - scrollTop - clientHeight < FOLLOW_PX
    edit()
    while (list.childElementCount > MAX_LINES) list.firstElementChild?.remove()
    empty.hidden = list.childElementCount > 0
    if (following) scroller.scrollTop = scroller.scrollHeight
  }
  const addLine = (role: Transcript['role']): TranscriptLine => {
    const line = new TranscriptLine(role)
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
    attach(pipeline) {
      // Ids are unique in a conversation only.
      const lines = new Map<string, TranscriptLine>()
      const calls = new Map<string, HTMLElement>()
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

      if (list.childElementCount > 0) direct('A new conversation.')
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
          announce(`${transcript.role === 'user' ? 'You' : 'Agent'}: ${transcript.heardText}`)
        }
      })
      pipeline.on('interrupted', ({ itemId, heardMs }) =>
        change(() => lineOf({ id: itemId, role: 'agent' }).showInterruption(heardMs)),
      )
      pipeline.on('toolCalled', ({ callId, name, arguments: given }) => {
        calls.set(callId, direct(`The agent calls ${name} ${given}`))
      })
      pipeline.on('toolFinished', ({ callId, ok, durationMs }) => {
        calls.get(callId)?.append(ok ? `, which takes ${Math.round(durationMs)} ms.` : ', which fails.')
      })
    },
  }
}
