import type { SignatureV4 } from '@smithy/signature-v4'
import { encodeSigned } from './event-stream.ts'

/**
 * Signs the frames of one connection. Each signature is made from the one before it, so frames wait for
 * each other, and must be sent in the order in which they were signed.
 */
export class FrameSigner {
  readonly #signer: SignatureV4
  readonly #now: () => number
  #prior: Promise<string>

  /**
   * @param seed The signature of the presigned URL, hex.
   * @param now AWS's time, ms since 1970.
   */
  constructor(signer: SignatureV4, seed: string, now: () => number) {
    this.#signer = signer
    this.#now = now
    this.#prior = Promise.resolve(seed)
  }

  /**
   * Wraps an inner frame into a signed one. Resolves in the order of the calls; a failure breaks the
   * chain, and all that follow reject as well.
   * @param body Empty for the frame that ends the stream. Must not be changed any more.
   */
  sign(body: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const signed = this.#prior.then(async (priorSignature) => {
      const date = new Date(this.#now())
      const message = { headers: { ':date': { type: 'timestamp' as const, value: date } }, body }
      // The key is derived from the day of `signingDate`: a stream goes on past midnight.
      const { signature } = await this.#signer.sign({ message, priorSignature }, { signingDate: date })
      return { signature, frame: encodeSigned(date, signature, body) }
    })
    this.#prior = signed.then(({ signature }) => signature)
    // Whoever asked for the frame that failed is told; nobody need ask for another one.
    this.#prior.catch(() => {})
    return signed.then(({ frame }) => frame)
  }
}
