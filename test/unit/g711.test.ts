import { describe, expect, it } from 'vitest'
import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from '../../src/shared/g711.ts'
import { decibels, fitSine, sine } from './signal-analysis.ts'

const LAWS = {
  'μ-law': {
    encode: encodeMuLaw,
    decode: decodeMuLaw,
    // ITU-T G.711, table 2, on the 16-bit scale: where the segments end, and the outermost output.
    segmentEnds: [31, 95, 223, 479, 991, 2015, 4063, 8159].map((value) => value * 4),
    firstStep: 8,
    largest: 32_124,
    silence: 0xff,
    known: [
      [0xff, 0],
      [0x7f, 0],
      [0xfe, 8],
      [0x80, 32_124],
      [0x00, -32_124],
      [0x8f, 16_764],
      [0xef, 132],
    ],
  },
  'A-law': {
    encode: encodeALaw,
    decode: decodeALaw,
    // Table 1. The two lowest segments have one step.
    segmentEnds: [16, 32, 64, 128, 256, 512, 1024, 2048].map((value) => value * 16),
    firstStep: 16,
    largest: 32_256,
    silence: 0xd5,
    known: [
      [0xd5, 8],
      [0x55, -8],
      [0xaa, 32_256],
      [0x2a, -32_256],
      [0x80, 5_504],
    ],
  },
} as const

const ALL_SAMPLES = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768)
const ALL_CODES = Uint8Array.from({ length: 256 }, (_, i) => i)

describe.each(Object.entries(LAWS))('%s', (_, law) => {
  const encode = (samples: Int16Array) => {
    const bytes = new Uint8Array(samples.length)
    law.encode(samples, bytes)
    return bytes
  }
  const decode = (bytes: Uint8Array) => {
    const samples = new Int16Array(bytes.length)
    law.decode(bytes, samples)
    return samples
  }
  const heard = decode(encode(ALL_SAMPLES))

  it('decodes the known code points', () => {
    for (const [code, sample] of law.known) expect(decode(Uint8Array.of(code))).toEqual(Int16Array.of(sample))
  })

  it('encodes silence as it must', () => {
    expect([...encode(Int16Array.of(0))]).toEqual([law.silence])
  })

  it('encodes what it decodes to the same code, save negative zero', () => {
    const expected = ALL_CODES.map((code) => (decode(Uint8Array.of(code))[0] === 0 ? law.silence : code))
    expect(encode(decode(ALL_CODES))).toEqual(expected)
  })

  it('hears every sample within half a step of its segment, up to the largest', () => {
    const wrong = ALL_SAMPLES.findIndex((sample, i) => {
      const magnitude = sample < 0 && law.silence === 0xd5 ? ~sample : Math.abs(sample)
      const segment = law.segmentEnds.findIndex((end) => magnitude < end)
      const step =
        law.silence === 0xff
          ? law.firstStep << Math.max(0, segment)
          : law.firstStep << Math.max(0, segment - 1)
      const clipped = Math.sign(sample) * Math.min(Math.abs(sample), law.largest)
      return Math.abs((heard[i] ?? NaN) - clipped) > step / 2
    })
    expect(wrong).toBe(-1)
  })

  it('changes code where the recommendation puts the decision values', () => {
    const changes = ALL_SAMPLES.filter((sample, i) => sample > 0 && heard[i] !== heard[i - 1])
    const starts = [0, ...law.segmentEnds.slice(0, -1)]
    const decisions = law.segmentEnds.flatMap((end, segment) => {
      const start = starts[segment] ?? 0
      // The first segment of the μ-law is half a step short: zero lies in its middle.
      const short = law.silence === 0xff && segment === 0 ? law.firstStep / 2 : 0
      return Array.from({ length: 16 }, (_, i) => start - short + ((end - start + short) * i) / 16)
    })
    expect([...changes]).toEqual(decisions.filter((value) => value > 0))
  })

  it('never falls where the sample rises', () => {
    expect(heard.every((sample, i) => i === 0 || sample >= (heard[i - 1] ?? 0))).toBe(true)
  })

  it.each([-6, -16, -26])('has 36 to 39 dB between a sine of %d dB and its noise', (level) => {
    const amplitude = 32_768 * 10 ** (level / 20)
    const samples = Int16Array.from(sine(997, 8000, 8000, { amplitude }), Math.round)
    const fit = fitSine(Float32Array.from(decode(encode(samples))), 997, 8000)
    const ratio = decibels(fit.amplitude / Math.SQRT2 / fit.residual)
    expect(ratio).toBeGreaterThan(36)
    expect(ratio).toBeLessThan(39)
  })
})
