import { beforeAll, describe, expect, it } from 'vitest'
import { VoiceActivity } from '../../src/shared/voice-activity.ts'
import { echoOf, mixed, monologue, noise, onsetOf, silence } from '../support/room-sounds.ts'
import {
  delayOf,
  listen,
  RATE,
  SENTENCES,
  spokenPhrases,
  VOICES,
} from '../support/voice-activity-listener.ts'

describe('VoiceActivity, while the agent speaks', () => {
  let phrases: Float32Array[]
  let agent: Float32Array
  const room = noise('pink', -62, 20, RATE)

  beforeAll(async () => {
    phrases = await spokenPhrases()
    agent = await monologue(SENTENCES, -20, 20, RATE, { name: 'en-gb-scotland', from: 0.5 })
  })

  it.each(
    [-10, -20, -30, -40].flatMap((gainDb) => [0.03, 0.15, 0.3].map((delay) => [gainDb, delay] as const)),
  )('takes its echo of %d dB after %d s for no voice', (gainDb, delay) => {
    const microphone = mixed(room, echoOf(agent, gainDb, delay, RATE))
    expect(listen(microphone, { agent })).toEqual([])
    // Without being told of the agent, it is one.
    if (gainDb > -20) expect(listen(microphone)).not.toEqual([])
  })

  it('takes the echo of any voice for none', async () => {
    for (const name of VOICES) {
      const speech = await monologue(SENTENCES, -20, 10, RATE, { name, from: 0.5 })
      for (const gainDb of [-10, -20, -30]) {
        for (const delay of [0.05, 0.25]) {
          const microphone = mixed(room.subarray(0, speech.length), echoOf(speech, gainDb, delay, RATE))
          expect(listen(microphone, { agent: speech })).toEqual([])
        }
      }
    }
  })

  it('bears an echo that is cancelled only after a while', () => {
    const echo = echoOf(agent, -8, 0.08, RATE)
    const converging = echo.map((sample, i) => sample * 10 ** -Math.min(2, i / RATE / 2))
    expect(listen(mixed(room, converging), { agent })).toEqual([])
  })

  describe('over an echo', () => {
    /** Seconds until each of the voices is heard over the echo of each other; Infinity is never. */
    const delays: Record<number, number[]> = {}

    beforeAll(async () => {
      const agents = await Promise.all(
        VOICES.map((name) => monologue(SENTENCES, -20, 8, RATE, { name, from: 0.5 })),
      )
      const users = VOICES.map((_, i) => phrases[i * SENTENCES.length + 2] ?? silence(1, RATE))
      for (const overDb of [6, 10, 15]) {
        delays[overDb] = agents.flatMap((agent, a) =>
          users.flatMap((user, u) => {
            if (a === u) return []
            const gainDb = -10 - 10 * ((a + u) % 3)
            const echo = mixed(room.subarray(0, agent.length), echoOf(agent, gainDb, 0.1, RATE))
            // The phrases are at −25 dBFS.
            const microphone = mixed(echo, echoOf(user, gainDb + 5 + overDb, 0, RATE), 3.5, RATE)
            const [first = [Infinity, true] as const] = listen(microphone, { agent })
            return first[0] - 3.5
          }),
        )
      }
    })

    /** After how many seconds so many of the users are heard. */
    const heardAfter = (share: number, overDb: number): number => {
      const sorted = (delays[overDb] ?? []).toSorted((a, b) => a - b)
      return sorted[Math.ceil(share * sorted.length) - 1] ?? Infinity
    }

    it('hears no user who has not begun', () => {
      expect(Math.min(...Object.values(delays).flat())).toBeGreaterThan(0)
    })

    it('hears a user who is 15 dB louder than it in the first syllable', () => {
      expect(heardAfter(1, 15)).toBeLessThan(0.15)
    })

    it('hears most users who are 10 dB louder in the first word', () => {
      expect(heardAfter(0.85, 10)).toBeLessThan(0.35)
    })

    // Their peaks are hardly over those of the echo.
    it('hears some of those who are 6 dB louder, and more of them in their sentence', () => {
      expect(heardAfter(0.4, 6)).toBeLessThan(0.35)
      expect(heardAfter(0.7, 6)).toBeLessThan(3.5)
    })
  })

  it('hears the user as fast as ever when there is no echo', () => {
    const user = phrases[0] ?? silence(1, RATE)
    const onset = 12 + onsetOf(user, RATE)
    expect(delayOf(listen(mixed(room, user, 12, RATE), { agent }), onset)).toBeLessThan(0.06)
  })

  it('forgets a level that is not renewed', () => {
    const user = phrases[0] ?? silence(1, RATE)
    const detector = new VoiceActivity(RATE)
    detector.agentLevel(1)
    const changes = listen(mixed(room, user, 2, RATE), { detector })
    expect(delayOf(changes, 2 + onsetOf(user, RATE))).toBeLessThan(0.06)
  })
})
