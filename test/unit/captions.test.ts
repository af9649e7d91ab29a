import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Emitter } from '../../src/core/emitter.ts'
import type { PipelineState } from '../../src/engine/messages.ts'
import { captions, type Caption, type CaptionSource } from '../../src/pipeline/captions.ts'

type Words = CaptionSource['transcript']

/** Four words of 260 ms each. */
const TEXT = 'aaaa bbbb cccc dddd'
const VOICE = { receivedMs: 1040, received: true }

function rig(signal?: AbortSignal) {
  const emitter = new Emitter<CaptionSource>()
  const shown: Caption[] = []
  let state: PipelineState = 'listening'
  const pipeline = {
    on: emitter.on.bind(emitter),
    get state() {
      return state
    },
  }
  const stop = captions(pipeline, (caption) => shown.push(caption), signal && { signal })
  const become = (next: PipelineState): void => {
    state = next
    emitter.emit('stateChanged', { state })
  }
  const say = (heardMs: number, changes: Partial<Words> = {}): void => {
    emitter.emit('transcript', {
      id: 'a',
      role: 'agent',
      text: TEXT,
      heardText: '',
      final: false,
      heardMs,
      ...VOICE,
      ...changes,
    })
  }
  const indices = (): number[] => shown.map(({ index }) => index)
  return { shown, indices, become, say, stop }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('captions', () => {
  it('shows all words at once, and none as heard before the voice begins', () => {
    const { shown, say } = rig()
    say(0)
    expect(shown).toMatchObject([{ itemId: 'a', index: -1, final: false }])
    expect(shown[0]?.words.map(({ text }) => text).join('')).toBe(TEXT)
    say(0)
    expect(shown).toHaveLength(1)
  })

  it('goes on by itself while the agent speaks, and not far beyond what was heard', async () => {
    const { indices, shown, become, say } = rig()
    become('speaking')
    say(100)
    await vi.advanceTimersByTimeAsync(200)
    expect(indices()).toEqual([0, 1])
    await vi.advanceTimersByTimeAsync(5000)
    expect(indices()).toEqual([0, 1])
    say(500)
    await vi.advanceTimersByTimeAsync(5000)
    expect(indices()).toEqual([0, 1, 2])
    expect(new Set(shown.map(({ words }) => words)).size).toBe(1)
  })

  it('stands still while the agent does not speak', async () => {
    const { indices, become, say } = rig()
    become('speaking')
    say(100)
    become('thinking')
    say(120)
    await vi.advanceTimersByTimeAsync(5000)
    expect(indices()).toEqual([0])
    become('speaking')
    await vi.advanceTimersByTimeAsync(130)
    expect(indices()).toEqual([0])
    await vi.advanceTimersByTimeAsync(50)
    expect(indices()).toEqual([0, 1])
  })

  it('goes back where an answer is cut, and there only', () => {
    const { indices, shown, become, say } = rig()
    become('speaking')
    say(600)
    say(500)
    expect(indices()).toEqual([2])
    say(500, { final: true, heardText: 'aaaa' })
    expect(indices()).toEqual([2, 1])
    expect(shown.at(-1)?.final).toBe(true)
    say(900)
    expect(shown).toHaveLength(2)
  })

  it('ends at the last word of what was heard to its end', async () => {
    const { shown, become, say } = rig()
    become('speaking')
    say(900)
    say(1039, { final: true, heardText: TEXT })
    expect(shown.at(-1)).toMatchObject({ index: 3, final: true })
    await vi.advanceTimersByTimeAsync(1000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves the user out, and an answer that waits where it is', async () => {
    const { shown, become, say } = rig()
    become('speaking')
    say(0, { id: 'b' })
    say(100)
    say(0, { id: 'u', role: 'user' })
    await vi.advanceTimersByTimeAsync(1000)
    expect(shown.map(({ itemId, index }) => `${itemId} ${index}`)).toEqual(['b -1', 'a 0', 'a 1'])
  })

  it('takes the times of a provider that tells them', () => {
    const { shown, say } = rig()
    say(0, { words: [{ text: 'aaaa', startMs: 10, endMs: 20 }] })
    expect(shown[0]?.words[0]).toEqual({ text: 'aaaa ', startMs: 10, endMs: 20, estimated: false })
  })

  it('ends with its signal, its function and the conversation', async () => {
    const controller = new AbortController()
    const rigs = [rig(controller.signal), rig(), rig()]
    for (const { become, say } of rigs) {
      become('speaking')
      say(100)
    }
    controller.abort()
    rigs[1]?.stop()
    rigs[2]?.become('closed')
    await vi.advanceTimersByTimeAsync(1000)
    for (const { indices } of rigs) expect(indices()).toEqual([0])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('never goes back, nor 250 ms beyond what was heard, whatever comes when', async () => {
    const step = fc.record({
      heard: fc.nat(150),
      received: fc.nat(400),
      letters: fc.nat(9),
      wait: fc.nat(400),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        const { shown, become, say } = rig()
        become('speaking')
        const text = TEXT.repeat(10)
        let [heardMs, receivedMs, length] = [0, 0, 4]
        for (const { heard, received, letters, wait } of steps) {
          receivedMs += received
          heardMs = Math.min(receivedMs, heardMs + heard)
          length += letters
          const before = shown.at(-1)?.index ?? -1
          say(heardMs, { receivedMs, received: false, text: text.slice(0, length) })
          await vi.advanceTimersByTimeAsync(wait)
          const { words = [], index = -1 } = shown.at(-1) ?? {}
          expect(index).toBeGreaterThanOrEqual(before)
          if (index >= 0) expect(words[index]?.startMs).toBeLessThanOrEqual(heardMs + 250)
        }
      }),
      { numRuns: 50 },
    )
  })
})
