import { fitSine } from '../../unit/signal-analysis.ts'

/** A frequency that is off by 1 % turns the phase of 1 kHz by less than a quarter in this time. */
const SEGMENT_SECONDS = 0.02

/** The frequency of a tone, known to within a percent: from how its phase moves against the expected one. */
export function foundFrequency(samples: Float32Array, expected: number, sampleRate: number): number {
  const length = Math.round(SEGMENT_SECONDS * sampleRate)
  const count = Math.floor(samples.length / length)
  let turned = 0
  let last = 0
  let [sumT, sumP, sumTT, sumTP] = [0, 0, 0, 0]
  for (let i = 0; i < count; i++) {
    const { phase } = fitSine(samples, expected, sampleRate, i * length, (i + 1) * length)
    if (i > 0) turned -= 2 * Math.PI * Math.round((phase - last) / (2 * Math.PI))
    last = phase
    const time = (i * length) / sampleRate
    const position = phase + turned
    sumT += time
    sumP += position
    sumTT += time * time
    sumTP += time * position
  }
  const slope = (count * sumTP - sumT * sumP) / (count * sumTT - sumT * sumT)
  return expected + slope / (2 * Math.PI)
}
