import { vi } from 'vitest'
import { Speaker } from '../../../src/audio/speaker.ts'
import { SpeakerOutput, type HeardProgress } from '../../../src/engine/speaker-output.ts'
import { installTap, type AudioTap } from './audio-tap.ts'
import type { Voice } from './voice.ts'

/** Rate of the model's audio, Hz. */
export const WIRE_RATE = 24_000

/** Something that was told to be heard. */
export interface Told extends HeardProgress {
  /** The item was rendered to its end. */
  readonly over: boolean
}

/** A real speaker, the engine's half of it, and a tap on what is rendered. */
export interface SpeakerRig {
  readonly speaker: Speaker
  /** The engine's. */
  readonly port: MessagePort
  readonly output: SpeakerOutput
  readonly tap: AudioTap
  /** All that was told to be heard, oldest first. */
  readonly told: readonly Told[]
  /** From the worklet to the ear, as the engine is told. */
  latencyMs: number
  /** Writes a part of a voice to an item, in chunks of `chunkMs`. */
  write(itemId: string, voice: Voice, fromMs: number, ms: number, chunkMs?: number): void
  /** Resolves when `test` holds of something that is told to be heard. */
  when(test: (told: Told) => boolean): Promise<void>
  /** Resolves when the item has begun to sound, or goes on after an underrun. */
  started(itemId: string): Promise<void>
  /** Resolves when everything was rendered. */
  drained(): Promise<void>
  /** Resolves when so much more has been rendered, silence included. */
  rendered(ms: number): Promise<void>
}

/** Opens a speaker with a tap. `vi.restoreAllMocks()` and `speaker.close()` undo it. */
export async function openSpeaker(): Promise<SpeakerRig> {
  const tap = installTap('speaker')
  const speaker = await Speaker.open({
    deviceId: undefined,
    wireRate: WIRE_RATE,
    onLocalSpeech: 'off',
    workletUrl: undefined,
    signal: new AbortController().signal,
    onError: (error) => {
      throw error
    },
  })
  let latencyMs = 0
  const told: Told[] = []
  const watchers = new Set<(event: string, told?: Told) => void>()
  const tell = (event: string, what?: Told): void => {
    for (const watcher of watchers) watcher(event, what)
  }
  const until = async (test: (event: string, told?: Told) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watcher = (event: string, what?: Told): void => {
        if (!test(event, what)) return
        watchers.delete(watcher)
        resolve()
      }
      watchers.add(watcher)
    })
  const output = new SpeakerOutput(WIRE_RATE, {
    onQueued: () => tell('queued'),
    onStarted: (itemId) => tell(`started ${itemId}`),
    onHeard: (progress, over) => {
      const what = { ...progress, over }
      told.push(what)
      tell('heard', what)
    },
    onDrained: () => tell('drained'),
  })
  const port = speaker.connect(WIRE_RATE)
  output.attach(port)
  const rendered = async (ms: number): Promise<void> => {
    const { context } = speaker
    const end = context.currentTime + ms / 1000
    while (context.currentTime < end) await pause(5)
  }
  // While a graph is being built, the browser may leave quanta out.
  await rendered(100)
  return {
    speaker,
    port,
    output,
    tap,
    told,
    get latencyMs() {
      return latencyMs
    },
    set latencyMs(ms) {
      latencyMs = ms
      output.latencySeconds = ms / 1000
    },
    write: (itemId, voice, fromMs, ms, chunkMs = ms) => {
      for (let at = 0; at < ms; at += chunkMs) {
        const frames = (Math.min(chunkMs, ms - at) * WIRE_RATE) / 1000
        output.write(itemId, voice.pcm(WIRE_RATE, ((fromMs + at) * WIRE_RATE) / 1000, frames))
      }
    },
    when: async (test) => until((_, what) => what !== undefined && test(what)),
    started: async (itemId) => until((event) => event === `started ${itemId}`),
    drained: async () => until((event) => event === 'drained'),
    rendered,
  }
}

/** Lets contexts be made at a rate that is not the device's. `vi.unstubAllGlobals()` undoes it. */
export function useContextRate(sampleRate: number): void {
  const Native = AudioContext
  vi.stubGlobal(
    'AudioContext',
    class extends Native {
      constructor(options?: AudioContextOptions) {
        super({ ...options, sampleRate })
      }
    },
  )
}

/** Keeps the main thread busy. */
export function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** Lets the main thread do other things for a while. */
export async function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
