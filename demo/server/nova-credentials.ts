import { SignatureV4 } from '@smithy/signature-v4'
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'

/** What the route needs. */
export interface NovaCredentialsOptions {
  /** Your server's own credentials: they need `sts:AssumeRole` on the role, and nothing else. */
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** The role that pages get: it needs `bedrock:InvokeModel*` on the model. */
  readonly roleArn: string
  /** Where the model is. */
  readonly region: string
  /** Default `'amazon.nova-2-sonic-v1:0'`. */
  readonly modelId?: string
  /** Another address of STS. Default: AWS's, in the region. */
  readonly url?: string
}

/** AWS's shortest, and longer than a stream lasts. */
const SECONDS = 900

/** The hash that AWS's signer asks for. */
class Sha256 {
  readonly #hash: Hash | Hmac
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data))
  }
  async digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()))
  }
}

/**
 * A fetch handler that gives a page credentials for a quarter of an hour, good for one model and nothing
 * else: `{ accessKeyId, secretAccessKey, sessionToken, expiration }`. Let only your own signed-in users
 * call it.
 */
export function createNovaCredentials(options: NovaCredentialsOptions): () => Promise<Response> {
  const { credentials, roleArn, region, modelId = 'amazon.nova-2-sonic-v1:0' } = options
  const url = new URL(options.url ?? `https://sts.${region}.amazonaws.com/`)
  const resource = `arn:aws:bedrock:${region}::foundation-model/${modelId}`
  const policy = { Effect: 'Allow', Action: 'bedrock:InvokeModel*', Resource: resource }
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'vivavoce',
    DurationSeconds: String(SECONDS),
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: [policy] }),
  }).toString()
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 })
  return async () => {
    const headers = { host: url.host, 'content-type': 'application/x-www-form-urlencoded' }
    const request = {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: '/',
      headers,
      body,
    }
    try {
      const signed = await signer.sign(request)
      const answer = await fetch(url, { method: 'POST', headers: signed.headers, body })
      const xml = await answer.text()
      const field = (name: string): string => new RegExp(`<${name}>([^<]+)`).exec(xml)?.[1] ?? ''
      if (!answer.ok) return failure(`AWS refused AssumeRole (${field('Code') || answer.status}).`)
      const given = {
        accessKeyId: field('AccessKeyId'),
        secretAccessKey: field('SecretAccessKey'),
        sessionToken: field('SessionToken'),
        expiration: field('Expiration'),
      }
      return Response.json(given, { headers: { 'cache-control': 'no-store' } })
    } catch {
      return failure('AWS cannot be reached from this server: try again in a moment.')
    }
  }
}

function failure(error: string): Response {
  return Response.json({ error }, { status: 502, headers: { 'cache-control': 'no-store' } })
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
}
