/** What AWS's packages hash. */
type Source = string | ArrayBuffer | ArrayBufferView

/** SHA-256, or HMAC-SHA-256 if there is a secret, by WebCrypto: the hash constructor of a `SignatureV4`. */
export class Sha256 {
  readonly #secret: Source | undefined
  readonly #parts: Uint8Array[] = []

  constructor(secret?: Source) {
    this.#secret = secret
  }

  update(data: Source): void {
    this.#parts.push(bytesOf(data))
  }

  async digest(): Promise<Uint8Array> {
    const data = joinBytes(this.#parts)
    const { subtle } = crypto
    if (this.#secret === undefined) return new Uint8Array(await subtle.digest('SHA-256', data))
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const key = await subtle.importKey('raw', bytesOf(this.#secret), algorithm, false, ['sign'])
    return new Uint8Array(await subtle.sign('HMAC', key, data))
  }
}

function bytesOf(data: Source): Uint8Array<ArrayBuffer> {
  if (typeof data === 'string') return new TextEncoder().encode(data)
  if (!ArrayBuffer.isView(data)) return new Uint8Array(data)
  return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}
