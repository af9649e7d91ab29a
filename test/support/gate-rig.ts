import type { PlayerEvent } from '../../src/shared/player.ts'
import { VoiceGate } from '../../src/shared/voice-gate.ts'
import { WIRE_RATE } from './player-rig.ts'

/** Rate of the live voice, Hz. */
export const CONTEXT_RATE = 48_000

/** A gate and all that came out of it. */
export function gateRig() {
  const reports: { event: PlayerEvent; epoch: number; itemId: string; frames: number }[] = []
  const gate = new VoiceGate(WIRE_RATE, CONTEXT_RATE, (event, epoch, itemId, frames) => {
    reports.push({ event, epoch, itemId, frames })
  })
  let at = 0
  /** Lets so much of a tone, or of silence, come to the gate, and gives what passed. */
  const hear = (ms: number, amplitude = 0.5, quantum = 128): Float32Array => {
    const passed = new Float32Array(Math.round((ms * CONTEXT_RATE) / 1000))
    for (let from = 0; from < passed.length; from += quantum) {
      const output = passed.subarray(from, from + quantum)
      const input = output.map(
        (_, i) => amplitude * Math.sin((2 * Math.PI * 440 * (at + i)) / CONTEXT_RATE + 0.1),
      )
      at += output.length
      gate.render(output, input)
    }
    return passed
  }
  const silence = (ms: number): Float32Array => hear(ms, 0)
  const named = (event: PlayerEvent) => reports.filter((report) => report.event === event)
  return { gate, reports, named, hear, silence }
}
