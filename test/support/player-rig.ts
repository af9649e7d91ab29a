import { Player, type PlayerEvent } from '../../src/shared/player.ts'

/** Rate of what is written to the player, Hz. */
export const WIRE_RATE = 24_000

interface Report {
  readonly event: PlayerEvent
  readonly epoch: number
  readonly itemId: string
  readonly frames: number
  /** Output frames rendered when the report came. */
  readonly at: number
}

/** A player and all that came out of it. */
export function playerRig(contextRate = 48_000) {
  const reports: Report[] = []
  const chunks: Float32Array[] = []
  let at = 0
  const player = new Player(WIRE_RATE, contextRate, (event, epoch, itemId, frames) => {
    reports.push({ event, epoch, itemId, frames, at })
  })
  const render = (frames: number, quantum = 128): Float32Array => {
    const from = at
    for (let left = frames; left > 0; left -= quantum) {
      const output = new Float32Array(Math.min(quantum, left)).fill(Number.NaN)
      at += output.length
      player.render(output)
      chunks.push(output)
    }
    return rendered().subarray(from)
  }
  const rendered = (): Float32Array => {
    const all = new Float32Array(at)
    let offset = 0
    for (const chunk of chunks) {
      all.set(chunk, offset)
      offset += chunk.length
    }
    return all
  }
  const named = (event: PlayerEvent): Report[] => reports.filter((report) => report.event === event)
  return { player, reports, render, rendered, named }
}

/** A tone as PCM16 at the wire rate, of a phase that runs on from frame `from`. */
export function tone(frames: number, { hz = 440, amplitude = 0.5, from = 0 } = {}): Int16Array {
  return Int16Array.from({ length: frames }, (_, i) =>
    Math.round(32768 * amplitude * Math.sin((2 * Math.PI * hz * (i + from)) / WIRE_RATE)),
  )
}

/** The largest step between two samples. */
export function steepest(samples: Float32Array, from = 1, to = samples.length): number {
  let most = 0
  for (let i = from; i < to; i++) most = Math.max(most, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)))
  return most
}

/** Index of the last sample that is not silence. */
export function lastAudible(samples: Float32Array): number {
  return samples.findLastIndex((sample) => Math.abs(sample) > 0.002)
}
