import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeSigned } from '../../src/providers/nova-sonic/event-stream.ts'
import { FrameSigner } from '../../src/providers/nova-sonic/frame-signer.ts'
import { createSigner } from '../../src/providers/nova-sonic/presign.ts'
import { decodeMessage } from '../simulators/nova-sonic/event-stream.ts'
import { FrameRefused, FrameVerifier } from '../simulators/nova-sonic/verifier.ts'

const KEYS = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' }
const SEED = 'ab'.repeat(32)
const NOON = Date.parse('2026-11-22T12:00:00Z')

function rig({ clock = { ms: NOON }, region = 'us-east-1' } = {}) {
  const signer = new FrameSigner(createSigner(region, KEYS), SEED, () => clock.ms)
  const rules = { region: 'us-east-1', modelIds: [], credentialsOf: () => KEYS, now: () => clock.ms }
  return { signer, clock, verifier: new FrameVerifier(SEED, KEYS, rules) }
}

describe('the signatures of a stream', () => {
  it('are a chain that an independent verifier follows, however much is asked for at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), async (bodies) => {
        const { signer, verifier } = rig()
        const frames = await Promise.all(bodies.map((body) => signer.sign(body)))
        for (const [index, frame] of frames.entries()) {
          expect(Buffer.from(verifier.verify(frame))).toEqual(Buffer.from(bodies[index] ?? []))
        }
      }),
      { numRuns: 30 },
    )
  })

  it('become known in the order in which they were asked for', async () => {
    const { signer } = rig()
    const order: number[] = []
    const sizes = [50_000, 1, 9_000, 0, 3]
    await Promise.all(
      sizes.map(async (size, index) => {
        await signer.sign(new Uint8Array(size))
        order.push(index)
      }),
    )
    expect(order).toEqual([0, 1, 2, 3, 4])
  })

  it('end with that of an empty frame of 83 bytes', async () => {
    const { signer, verifier } = rig()
    verifier.verify(await signer.sign(Uint8Array.of(1, 2)))
    const end = await signer.sign(new Uint8Array(0))
    expect(end).toHaveLength(83)
    expect(verifier.verify(end)).toHaveLength(0)
  })

  it('go on past midnight, with the key of the new day', async () => {
    const clock = { ms: Date.parse('2026-11-22T23:59:59.990Z') }
    const { signer, verifier } = rig({ clock })
    verifier.verify(await signer.sign(Uint8Array.of(1)))
    clock.ms += 20
    const frame = await signer.sign(Uint8Array.of(2))
    expect(decodeMessage(frame).headers[':date']?.value).toEqual(new Date('2026-11-23T00:00:00.010Z'))
    expect(verifier.verify(frame)).toEqual(Uint8Array.of(2))
  })

  it('are not those of another region, another day or another order', async () => {
    const { signer, verifier } = rig({ region: 'eu-west-1' })
    const foreign = await signer.sign(Uint8Array.of(1))
    expect(() => verifier.verify(foreign)).toThrow(FrameRefused)
    const home = rig()
    const [first, second] = await Promise.all([1, 2].map((byte) => home.signer.sign(Uint8Array.of(byte))))
    expect(() => home.verifier.verify(second ?? new Uint8Array(0))).toThrow(/signature/)
    home.verifier.verify(first ?? new Uint8Array(0))
    expect(() => home.verifier.verify(first ?? new Uint8Array(0))).toThrow(/signature/)
    home.clock.ms += 86_400_000
    expect(() => home.verifier.verify(second ?? new Uint8Array(0))).toThrow(/date/)
  })

  it('do not fit what was changed afterwards', async () => {
    const { signer, verifier } = rig()
    const frame = await signer.sign(Uint8Array.of(1, 2, 3))
    const { headers } = decodeMessage(frame)
    const signature = Buffer.from(headers[':chunk-signature']?.value as Uint8Array).toString('hex')
    const forged = encodeSigned(new Date(NOON), signature, Uint8Array.of(1, 2, 4))
    expect(() => verifier.verify(forged)).toThrow(/signature/)
  })
})

describe('a chain that broke', () => {
  it('signs nothing more', async () => {
    const keys = { ...KEYS, accessKeyId: undefined as unknown as string }
    const signer = new FrameSigner(createSigner('us-east-1', keys), SEED, () => NOON)
    const [first, second] = await Promise.allSettled([
      signer.sign(Uint8Array.of(1)),
      signer.sign(Uint8Array.of(2)),
    ])
    expect([first.status, second.status]).toEqual(['rejected', 'rejected'])
    await expect(signer.sign(new Uint8Array(0))).rejects.toThrow(/credential/)
  })
})
