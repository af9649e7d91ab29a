import { createHash, createHmac } from 'node:crypto'

/*
 * AWS Signature Version 4 from its description alone: the client signs with AWS's own code, and what
 * checks it must not be the same.
 */

/** Which key signs: it is good for one day, region and service. */
export interface Scope {
  /** `YYYYMMDD`. */
  readonly day: string
  readonly region: string
  readonly service: string
}

/** A request, as it is signed. */
export interface SignedRequest {
  /** As it was received, escapes included. */
  readonly path: string
  /** Without the signature. */
  readonly query: URLSearchParams
  /** Without its port. */
  readonly host: string
}

/** The key of a scope. */
function signingKey(secret: string, { day, region, service }: Scope): Buffer {
  return [day, region, service, 'aws4_request'].reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  )
}

/** `YYYYMMDD/region/service/aws4_request`. */
export function scopeText({ day, region, service }: Scope): string {
  return `${day}/${region}/${service}/aws4_request`
}

/** The signature of a presigned request, hex. @param dateTime `YYYYMMDDTHHMMSSZ`. */
export function requestSignature(
  { path, query, host }: SignedRequest,
  dateTime: string,
  scope: Scope,
  secret: string,
): string {
  const fields = [...query].map(([name, value]) => `${escape(name)}=${escape(value)}`).toSorted()
  // Every service but S3 wants the escapes of the path escaped.
  const canonicalPath = path.split('/').map(escape).join('/')
  const request = ['GET', canonicalPath, fields.join('&'), `host:${host}`, '', 'host', sha256('')].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', dateTime, scopeText(scope), sha256(request)].join('\n')
  return createHmac('sha256', signingKey(secret, scope)).update(toSign).digest('hex')
}

/** The signature of a frame, hex. */
export function frameSignature(
  frame: {
    readonly dateTime: string
    /** The encoded `:date` header. */
    readonly headers: Uint8Array
    readonly body: Uint8Array
    /** Signature of the frame before it, or of the request; hex. */
    readonly prior: string
  },
  scope: Scope,
  secret: string,
): string {
  const { dateTime, headers, body, prior } = frame
  const toSign = [
    'AWS4-HMAC-SHA256-PAYLOAD',
    dateTime,
    scopeText(scope),
    prior,
    sha256(headers),
    sha256(body),
  ].join('\n')
  return createHmac('sha256', signingKey(secret, scope)).update(toSign).digest('hex')
}

/** A date as AWS writes it: `YYYYMMDDTHHMMSSZ`. */
export function dateTimeOf(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '')
}

/** ms since 1970 of `YYYYMMDDTHHMMSSZ`; `NaN` if it is something else. */
export function msOfDateTime(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'))
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

function escape(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
