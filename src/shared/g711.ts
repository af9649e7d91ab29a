// Both laws on the 16-bit scale: a sign, a segment that doubles the step of the one before it, and four
// bits within the segment.

const MU_LAW_BIAS = 132
const MU_LAW_MAX = 32635

/** Encodes PCM16 as G.711 μ-law (PCMU), one byte a sample. `out` must be as long as `samples`. */
export function encodeMuLaw(samples: Int16Array, out: Uint8Array): void {
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number
    const magnitude = Math.min(Math.abs(sample), MU_LAW_MAX) + MU_LAW_BIAS
    const segment = 24 - Math.clz32(magnitude)
    const step = (magnitude >> (segment + 3)) & 0xf
    out[i] = ~((sample < 0 ? 0x80 : 0) | (segment << 4) | step)
  }
}

/** Decodes G.711 μ-law to PCM16. `out` must be as long as `bytes`. */
export function decodeMuLaw(bytes: Uint8Array, out: Int16Array): void {
  for (let i = 0; i < bytes.length; i++) out[i] = MU_LAW[bytes[i] as number] as number
}

/** Encodes PCM16 as G.711 A-law (PCMA), one byte a sample. `out` must be as long as `samples`. */
export function encodeALaw(samples: Int16Array, out: Uint8Array): void {
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number
    // A-law has no zero: −1 mirrors 0.
    const magnitude = sample < 0 ? ~sample : sample
    const segment = Math.max(0, 24 - Math.clz32(magnitude))
    const step = (magnitude >> (Math.max(1, segment) + 3)) & 0xf
    out[i] = ((sample < 0 ? 0 : 0x80) | (segment << 4) | step) ^ 0x55
  }
}

/** Decodes G.711 A-law to PCM16. `out` must be as long as `bytes`. */
export function decodeALaw(bytes: Uint8Array, out: Int16Array): void {
  for (let i = 0; i < bytes.length; i++) out[i] = A_LAW[bytes[i] as number] as number
}

const MU_LAW: Int16Array = /* @__PURE__ */ Int16Array.from({ length: 256 }, (_, code) => {
  const bits = ~code
  const magnitude = ((((bits & 0xf) << 3) + MU_LAW_BIAS) << ((bits >> 4) & 7)) - MU_LAW_BIAS
  return bits & 0x80 ? -magnitude : magnitude
})

const A_LAW: Int16Array = /* @__PURE__ */ Int16Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55
  const segment = (bits >> 4) & 7
  const middle = ((bits & 0xf) << 4) + 8
  const magnitude = segment === 0 ? middle : (middle + 256) << (segment - 1)
  return bits & 0x80 ? magnitude : -magnitude
})
