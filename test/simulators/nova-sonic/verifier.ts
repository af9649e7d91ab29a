import { decodeMessage, encodeHeaders } from './event-stream.ts'
import {
  dateTimeOf,
  frameSignature,
  msOfDateTime,
  requestSignature,
  scopeText,
  type Scope,
} from './signature.ts'

/** A key that opens streams. */
export interface AcceptedCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  /** ms since 1970. */
  readonly expiration?: number | undefined
}

/** What the verifier goes by. */
export interface VerifierRules {
  readonly region: string
  readonly modelIds: readonly string[]
  readonly credentialsOf: (accessKeyId: string) => AcceptedCredentials | undefined
  /** ms since 1970. */
  readonly now: () => number
}

/** An upgrade request, as far as it is signed. */
export interface UpgradeRequest {
  /** Path and query, as received. */
  readonly url: string
  readonly host: string
}

/** What the service thinks of an upgrade request. */
export type Handshake =
  | { readonly type: 'signed'; readonly modelId: string; readonly frames: FrameVerifier }
  | { readonly type: 'refused'; readonly status: number; readonly code: string; readonly message: string }

/** A frame is not the one that had to come. */
export class FrameRefused extends Error {}

const SERVICE = 'bedrock'
const MAX_SKEW_MS = 5 * 60_000
const PATH = /^(.*)\/model\/([^/]+)\/invoke-with-bidirectional-stream-websocket$/

/** Whether a URL is one of this service. */
export function isStreamPath(path: string): boolean {
  return PATH.test(path)
}

/** Checks a presigned URL. */
export function verifyHandshake({ url, host }: UpgradeRequest, rules: VerifierRules): Handshake {
  const [path = '', search = ''] = url.split('?')
  const query = new URLSearchParams(search)
  const field = (name: string): string => query.get(`X-Amz-${name}`) ?? ''
  const [accessKeyId = '', day = '', region = '', service = '', end = ''] = field('Credential').split('/')
  const credentials = rules.credentialsOf(accessKeyId)
  const now = rules.now()
  const signedAt = msOfDateTime(field('Date'))
  const expires = Number(field('Expires') || 'none')
  const modelId = decodeURIComponent(PATH.exec(path)?.[2] ?? '')

  if (field('Algorithm') !== 'AWS4-HMAC-SHA256') {
    return refused('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  if (!credentials || (credentials.sessionToken ?? '') !== field('Security-Token')) {
    return refused('UnrecognizedClientException', 'The security token included in the request is invalid.')
  }
  if (credentials.expiration !== undefined && credentials.expiration <= now) {
    return refused('ExpiredTokenException', 'The security token included in the request is expired')
  }
  if (region !== rules.region || service !== SERVICE || end !== 'aws4_request') {
    const message = `Credential should be scoped to a valid region, and to service '${SERVICE}'.`
    return refused('InvalidSignatureException', message)
  }
  if (!field('Date').startsWith(day) || Number.isNaN(signedAt) || signedAt > now + MAX_SKEW_MS) {
    return refused('InvalidSignatureException', 'Signature not yet current.')
  }
  if (!(expires > 0 && expires <= 300) || signedAt + expires * 1000 < now) {
    return refused('InvalidSignatureException', 'Signature expired.')
  }
  if (field('SignedHeaders') !== 'host') {
    return refused('InvalidSignatureException', 'Only the host is a header of this request.')
  }
  const signature = field('Signature')
  query.delete('X-Amz-Signature')
  const request = { path, query, host: host.replace(/:\d+$/, '') }
  const scope = { day, region, service }
  if (signature !== requestSignature(request, field('Date'), scope, credentials.secretAccessKey)) {
    return refused('InvalidSignatureException', 'The request signature we calculated does not match.')
  }
  if (!rules.modelIds.includes(modelId)) {
    return refused('AccessDeniedException', "You don't have access to the model with the specified model ID.")
  }
  return { type: 'signed', modelId, frames: new FrameVerifier(signature, credentials, rules) }
}

/** Checks the chain of signatures of one connection. */
export class FrameVerifier {
  readonly #credentials: AcceptedCredentials
  readonly #rules: VerifierRules
  #prior: string
  /** Frames that were accepted. */
  accepted = 0

  constructor(seed: string, credentials: AcceptedCredentials, rules: VerifierRules) {
    this.#prior = seed
    this.#credentials = credentials
    this.#rules = rules
  }

  /** Gives what the next frame wraps; empty at the end of the stream. Throws {@link FrameRefused}. */
  verify(bytes: Uint8Array): Uint8Array {
    const { headers, body } = readFrame(bytes)
    const date = headers[':date']
    const signature = headers[':chunk-signature']
    if (date?.type !== 'timestamp' || signature?.type !== 'binary' || Object.keys(headers).length !== 2) {
      throw new FrameRefused('A frame has a :date and a :chunk-signature, and no other header.')
    }
    if (Math.abs(date.value.getTime() - this.#rules.now()) > MAX_SKEW_MS) {
      throw new FrameRefused('The date of the frame is not that of now.')
    }
    const dateTime = dateTimeOf(date.value)
    const scope: Scope = { day: dateTime.slice(0, 8), region: this.#rules.region, service: SERVICE }
    const wanted = frameSignature(
      { dateTime, headers: encodeHeaders({ ':date': date }), body, prior: this.#prior },
      scope,
      this.#credentials.secretAccessKey,
    )
    if (Buffer.from(signature.value).toString('hex') !== wanted) {
      throw new FrameRefused(`The signature of the frame does not match (scope ${scopeText(scope)}).`)
    }
    this.#prior = wanted
    this.accepted++
    return body
  }
}

function readFrame(bytes: Uint8Array): ReturnType<typeof decodeMessage> {
  try {
    return decodeMessage(bytes)
  } catch (cause) {
    throw new FrameRefused(cause instanceof Error ? cause.message : 'It is no frame.', { cause })
  }
}

function refused(code: string, message: string): Handshake {
  return { type: 'refused', status: 403, code, message }
}
