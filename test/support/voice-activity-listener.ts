import { VoiceActivity } from '../../src/shared/voice-activity.ts'
import { envelope, silence, voice } from './room-sounds.ts'

/** Of the sounds, Hz. */
export const RATE = 48_000
export const SENTENCES = [
  'Hello, I would like to book a table.',
  'Wait, stop, that is not what I asked for.',
  'I was thinking about going by train, because the airport is far away and the bus takes for ever.',
]
export const VOICES = ['en-us', 'en-us+f3', 'en-gb-scotland', 'de', 'fr+f2', 'es']

/** A change of `speaking`, and when, in seconds. */
export type Change = readonly [seconds: number, speaking: boolean]

/** What the detector says of a microphone. It is told of the agent's voice every 20 ms. */
export function listen(
  microphone: Float32Array,
  { sampleRate = RATE, agent = silence(0, RATE), detector = new VoiceActivity(sampleRate) } = {},
): Change[] {
  const changes: Change[] = []
  const tick = sampleRate / 50
  const levels = envelope(agent, tick)
  for (let at = 0; at < microphone.length; at += 160) {
    if (at % tick === 0 && at >= tick) {
      const level = levels[at / tick - 1] ?? 0
      if (level > 0) detector.agentLevel(level)
    }
    const quantum = microphone.subarray(at, at + 160)
    if (detector.write(quantum, quantum.length)) {
      changes.push([(at + quantum.length) / sampleRate, detector.speaking])
    }
  }
  return changes
}

/** How long after `onset` the voice was noticed, seconds. */
export function delayOf(changes: readonly Change[], onset: number): number {
  return (changes.find(([at, speaking]) => speaking && at > onset - 0.01)?.[0] ?? Infinity) - onset
}

/** Each of the sentences by each of the voices, at −25 dBFS; those of a voice are together. */
export async function spokenPhrases(): Promise<Float32Array[]> {
  return Promise.all(VOICES.flatMap((name) => SENTENCES.map((text) => voice(text, -25, RATE, name))))
}
