import type { Announce } from './announcer.ts'
import type { ConversationView } from './conversation.ts'
import { byId } from './dom.ts'
import type { RealTimePipeline } from './sdk.ts'

type State = RealTimePipeline['state']

const WORDS: Readonly<Record<State, readonly [label: string, hint: string]>> = {
  idle: ['Ready', 'Start, then speak, or type a message below.'],
  connecting: ['Connecting', 'Speak already if you like: it is kept.'],
  listening: ['Listening', 'Your turn: speak, or type a message below.'],
  thinking: ['Thinking', 'The answer is on its way.'],
  speaking: ['Speaking', 'Speak whenever you like: the agent stops at once.'],
  reconnecting: ['Reconnecting', 'The connection was lost. What you say meanwhile is kept.'],
  closed: ['Ended', 'Start again, or type a message below.'],
}

const MUTED_HINT = 'Your microphone is muted.'
const TYPING_HINT = 'Your turn: type a message below.'

// States that pass in a moment, or that are heard anyway, are not worth a screen reader's breath.
const SETTLED_MS = 600

/** The state in words, and the buttons that depend on it. */
export function createStateView(announce: Announce): ConversationView & { showMuted(muted: boolean): void } {
  const stage = document.querySelector<HTMLElement>('.stage')
  const label = byId('state', HTMLElement)
  const hint = byId('hint', HTMLElement)
  const start = byId('start', HTMLButtonElement)
  const mute = byId('mute', HTMLButtonElement)
  const interrupt = byId('interrupt', HTMLButtonElement)
  let state: State = 'idle'
  let microphone = true
  let muted = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const showHint = (): void => {
    const listening = state === 'listening'
    if (listening && !microphone) hint.textContent = TYPING_HINT
    else hint.textContent = listening && muted ? MUTED_HINT : WORDS[state][1]
  }
  const showMuted = (now: boolean): void => {
    muted = now
    mute.setAttribute('aria-pressed', String(muted))
    showHint()
  }
  const show = (next: State): void => {
    state = next
    const live = state !== 'idle' && state !== 'closed'
    label.textContent = WORDS[state][0]
    if (stage) stage.dataset.state = state
    start.textContent = live ? 'End' : 'Start'
    start.dataset.live = String(live)
    interrupt.disabled = !live
    mute.disabled = !live || !microphone
    if (live) showHint()
    else showMuted(false)
    clearTimeout(timer)
    if (state !== 'speaking') timer = setTimeout(() => announce(WORDS[state][0]), SETTLED_MS)
  }

  return {
    showMuted,
    attach(pipeline, devices) {
      microphone = devices.microphone !== false
      pipeline.on('stateChanged', ({ state }) => show(state))
    },
  }
}
