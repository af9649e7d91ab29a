import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { VoiceActivity } from '../../src/shared/voice-activity.ts'
import { atLevel, echoOf, mixed, monologue, noise, onsetOf, silence, voice } from '../support/room-sounds.ts'
import { delayOf, listen, RATE, SENTENCES, spokenPhrases } from '../support/voice-activity-listener.ts'

describe('VoiceActivity', () => {
  let phrases: Float32Array[]

  beforeAll(async () => {
    phrases = await spokenPhrases()
  })

  describe.each(['white', 'pink'] as const)('in %s noise', (colour) => {
    const delays = (snr: number): number[] =>
      phrases
        .map((phrase, i) => {
          // Begins anywhere in a hop.
          const begin = 1 + i * 0.0017
          const room = noise(colour, -25 - snr, 2 + phrase.length / RATE, RATE, i + 1)
          const changes = listen(mixed(room, phrase, begin, RATE))
          expect(changes.filter(([at]) => at < begin)).toEqual([])
          return delayOf(changes, begin + onsetOf(phrase, RATE))
        })
        .toSorted((a, b) => a - b)

    it('notices a voice 30 dB above within 60 ms', () => {
      expect(delays(30).at(-1)).toBeLessThan(0.06)
    })

    it('notices a voice 20 dB above within 60 ms, but for a few that begin softly', () => {
      const found = delays(20)
      expect(found[Math.floor(found.length * 0.85)]).toBeLessThan(0.06)
      expect(found.at(-1)).toBeLessThan(0.1)
    })

    it('notices a voice 10 dB above in its first syllables', () => {
      expect(delays(10).at(-1)).toBeLessThan(0.25)
    })

    it.each([-60, -45, -30])('hears no voice in a minute of it at %d dBFS', (levelDb) => {
      expect(listen(noise(colour, levelDb, 60, RATE, 7))).toEqual([])
    })

    it('takes it for a voice when it begins suddenly, but not for more than four seconds', () => {
      const fan = mixed(noise('pink', -65, 10, RATE), noise(colour, -30, 7, RATE), 3, RATE)
      expect(listen(fan).map(([, speaking]) => speaking)).toEqual([true, false])
      expect(listen(fan).at(-1)?.[0]).toBeLessThan(7)
      const phrase = phrases[0] ?? silence(1, RATE)
      const loud = mixed(fan, atLevel(phrase, -12, RATE), 8, RATE)
      expect(delayOf(listen(loud), 8 + onsetOf(phrase, RATE))).toBeLessThan(0.1)
    })
  })

  const recording = new URL('../../../shared/conformance/audio/marcelo_16khz.pcm', import.meta.url)
  it.skipIf(!existsSync(recording)).each([40, 30, 20])('hears a person %d dB above the noise', (snr) => {
    const bytes = readFileSync(recording)
    const pcm = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
    const person = atLevel(
      Float32Array.from(pcm, (sample) => sample / 32_768),
      -25,
      16_000,
    )
    const room = noise('pink', -25 - snr, 8, 16_000)
    const changes = listen(mixed(room, person, 1, 16_000), { sampleRate: 16_000 })
    expect(changes.map(([, speaking]) => speaking)).toEqual([true, false])
    expect(delayOf(changes, 1 + onsetOf(person, 16_000))).toBeLessThan(0.06)
  })

  it('hears one voice from its beginning to its end, dips, reverberation and pauses of words included', async () => {
    const speech = await monologue(SENTENCES, -25, 20, RATE, { pauseSeconds: 0.05, from: 1 })
    const wet = [0.03, 0.07, 0.12, 0.19].reduce(
      (sum, delay) => mixed(sum, echoOf(speech, -6 - 50 * delay, delay, RATE)),
      speech,
    )
    expect(listen(mixed(wet, noise('pink', -55, 20, RATE)))).toHaveLength(1)
    expect(listen(speech)).toHaveLength(1)
  })

  it('ends 300 ms after the last sound, and no sooner', () => {
    const room = noise('white', -65, 5, RATE)
    const burst = noise('white', -25, 0.3, RATE, 3)
    const [, end, ...rest] = listen(mixed(mixed(room, burst, 1, RATE), burst, 1.55, RATE))
    expect(rest).toEqual([])
    expect(end?.[1]).toBe(false)
    expect(end?.[0]).toBeGreaterThan(1.85 + 0.28)
    expect(end?.[0]).toBeLessThan(1.85 + 0.34)
  })

  describe('hears no voice in', () => {
    it('clicks of less than 15 ms', () => {
      const shape = fc.constantFrom<(position: number, frame: number) => number>(
        () => 1,
        (position) => (position < 0.5 ? 1 : -1),
        (position) => Math.sin(Math.PI * position),
        (_, frame) => Math.sin(frame / 7),
        (_, frame) => Math.sin(frame * frame * 1234.5),
      )
      fc.assert(
        fc.property(
          shape,
          fc.integer({ min: 1, max: 719 }),
          fc.nat(960),
          fc.constantFrom(0.05, 0.3, 1),
          fc.constantFrom(-65, -45),
          (shape, frames, offset, amplitude, roomDb) => {
            const click = Float32Array.from({ length: frames }, (_, i) => amplitude * shape(i / frames, i))
            const room = noise('white', roomDb, 0.6, RATE)
            const twice = mixed(mixed(room, click, 0.3 + offset / RATE, RATE), click, 0.4, RATE)
            expect(listen(twice)).toEqual([])
          },
        ),
        { numRuns: 200 },
      )
    })

    it.each([50, 60])('the hum of %d Hz mains, or in its beginning', (mains) => {
      const wave = (seconds: number, level: number): Float32Array =>
        silence(seconds, RATE).map((_, i) => {
          const angle = (2 * Math.PI * mains * i) / RATE
          return level * (Math.sin(angle) + 0.3 * Math.sin(2 * angle) + 0.2 * Math.sin(3 * angle))
        })
      const room = noise('pink', -65, 10, RATE)
      expect(listen(mixed(room, wave(10, 0.3)))).toEqual([])
      expect(listen(mixed(room, wave(8, 0.01), 2, RATE))).toEqual([])
    })

    it.each([0.01, 0.3, 1])('steps of %d in the offset', (offset) => {
      const steps = noise('white', -70, 6, RATE).map(
        (sample, i) => sample + (i % 50_000 < 25_000 ? offset : 0),
      )
      expect(listen(steps)).toEqual([])
    })

    it('digital silence, or the noise that follows it', () => {
      expect(listen(silence(10, RATE))).toEqual([])
      expect(listen(mixed(silence(10, RATE), noise('pink', -40, 7, RATE), 3, RATE))).toEqual([])
    })
  })

  it('decides the same however the microphone is cut into quanta', async () => {
    const sampleRate = 16_000
    const speech = await voice('No. Stop it!', -25, sampleRate)
    const input = mixed(noise('pink', -50, 2.5, sampleRate), speech, 0.4, sampleRate)
    const whole = new VoiceActivity(sampleRate)
    whole.agentLevel(0.01)
    const expected = Array.from(input, (_, i) => {
      whole.write(input.subarray(i, i + 1), 1)
      return whole.speaking
    })
    expect(new Set(expected).size).toBe(2)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1 }), (quanta) => {
        const detector = new VoiceActivity(sampleRate)
        detector.agentLevel(0.01)
        let at = 0
        for (let i = 0; at < input.length; i++) {
          const before = detector.speaking
          const frames = Math.min(quanta[i % quanta.length] ?? 128, input.length - at)
          const changed = detector.write(input.subarray(at, at + frames), frames)
          at += frames
          expect(detector.speaking).toBe(expected[at - 1])
          expect(changed).toBe(detector.speaking !== before)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('recovers from samples that are no numbers', () => {
    const room = noise('white', -60, 3, RATE)
    room.fill(Number.NaN, 24_000, 24_200).fill(Number.POSITIVE_INFINITY, 48_000, 48_001)
    room[48_479] = Number.NEGATIVE_INFINITY
    const user = phrases[0] ?? silence(1, RATE)
    const changes = listen(mixed(room, user, 1.5, RATE))
    expect(delayOf(changes, 1.5 + onsetOf(user, RATE))).toBeLessThan(0.06)
    expect(changes[0]?.[0]).toBeGreaterThan(1.5)
  })

  it('is as good as new after a reset', () => {
    const detector = new VoiceActivity(RATE)
    const user = phrases[0] ?? silence(1, RATE)
    const room = mixed(noise('pink', -60, 4, RATE), user, 2, RATE)
    listen(room.subarray(0, RATE * 2.5), { detector })
    expect(detector.speaking).toBe(true)
    detector.agentLevel(0.3)
    detector.reset()
    expect(detector.speaking).toBe(false)
    const after = mixed(noise('pink', -50, 4, RATE), user, 1, RATE)
    expect(listen(after, { detector })).toEqual(listen(after))
  })
})
