import type { ConversationView } from './conversation.ts'
import { byId } from './dom.ts'
import { type Ambience, ambience } from './sdk.ts'

const VOLUME = 0.2

/** Soft ticks while a tool works, unless the user turns them off. */
export function createThinkingSound(onFailure: (reason: unknown) => void): ConversationView {
  const box = byId('thinking-sound', HTMLInputElement)
  let sounds: Ambience | undefined
  let life = new AbortController()
  const follow = (): void => sounds?.setVolume('thinking', box.checked ? VOLUME : 0)
  box.addEventListener('change', follow)
  return {
    attach(pipeline) {
      life.abort()
      const { signal } = (life = new AbortController())
      sounds = undefined
      ambience(pipeline, { thinking: true, signal }).then((made) => {
        if (signal.aborted) return
        sounds = made
        follow()
      }, onFailure)
    },
  }
}
