import type { Content } from './conversation.ts'
import type { Refusal } from './setup.ts'
import { randomText } from './wire.ts'

/** What a handle brings back. */
export interface Resumable {
  readonly contents: readonly Content[]
  /** Whether the connection that it was given to is still there. */
  readonly alive: () => boolean
}

/** The handles that sessions were given. */
export class HandleStore {
  readonly #held = new Map<string, Resumable & { readonly expiresAt: number }>()
  readonly #handleMs: number

  constructor(handleMs: number) {
    this.#handleMs = handleMs
  }

  mint(resumable: Resumable): string {
    const now = Date.now()
    for (const [handle, { expiresAt }] of this.#held) {
      if (expiresAt < now) this.#held.delete(handle)
    }
    const handle = `Ch${randomText(56)}`
    this.#held.set(handle, { ...resumable, expiresAt: now + this.#handleMs })
    return handle
  }

  redeem(handle: string): Resumable | Refusal {
    const held = this.#held.get(handle)
    if (!held || held.expiresAt < Date.now()) {
      return { code: 1008, reason: 'BidiGenerateContent session not found.' }
    }
    if (held.alive()) return { code: 1011, reason: 'The session is still in use by another connection.' }
    return held
  }
}
