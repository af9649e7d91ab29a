import { create } from './dom.ts'

/** Tells screen readers something once, when they have finished what they are saying. */
export type Announce = (text: string) => void

// Long enough for every screen reader to pick the text up; then it goes, so that nobody browses into it.
const KEEP_MS = 10_000

export function createAnnouncer(region: HTMLElement): Announce {
  return (text) => {
    const line = create('p', '', text)
    region.append(line)
    setTimeout(() => line.remove(), KEEP_MS)
  }
}
