import { AuthError } from '../../core/errors.ts'
import type { AwsAuth } from './credentials.ts'

/** Tokens of identity providers, by the provider's name as the pool knows it. */
export type CognitoLogins = Readonly<Record<string, string>>

/** Which identity pool gives the credentials. */
export interface CognitoIdentityOptions {
  /** Such as `us-east-1:00000000-…`. */
  readonly identityPoolId: string
  /** The pool's region. Default: the one that its id begins with. */
  readonly region?: string
  /** Who the user is; nobody in particular if it is left out. A function is asked for every connection. */
  readonly logins?: CognitoLogins | (() => CognitoLogins | Promise<CognitoLogins>)
  /** Address instead of Cognito's own. */
  readonly url?: string
}

interface Answer {
  readonly __type?: string
  readonly IdentityId?: string
  readonly Credentials?: {
    readonly AccessKeyId: string
    readonly SecretKey: string
    readonly SessionToken: string
    /** Seconds since 1970. */
    readonly Expiration: number
  }
}

/**
 * Gives credentials of a Cognito identity pool, with no server of yours: pass what it returns as `auth`.
 * The role of the pool needs `bedrock:InvokeModel` on the model, and nothing else. The identity is kept,
 * credentials are fetched for every connection. Rejects with an `AuthError`.
 */
export function cognitoIdentity(options: CognitoIdentityOptions): AwsAuth {
  const { identityPoolId, region = identityPoolId.split(':', 1)[0], logins } = options
  const url = options.url ?? `https://cognito-identity.${region}.amazonaws.com/`
  let identityId: string | undefined
  return async () => {
    const Logins = typeof logins === 'function' ? await logins() : logins
    identityId ??= (await call(url, 'GetId', { IdentityPoolId: identityPoolId, Logins })).answer.IdentityId
    try {
      const request = { IdentityId: identityId, Logins }
      const { answer, clockSkewMs } = await call(url, 'GetCredentialsForIdentity', request)
      const { AccessKeyId = '', SecretKey = '', SessionToken = '', Expiration } = answer.Credentials ?? {}
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretKey,
        sessionToken: SessionToken,
        ...(Expiration !== undefined && { expiration: Expiration * 1000 }),
        clockSkewMs,
      }
    } catch (error) {
      // The identity may have been deleted, or belong to somebody who has logged out.
      identityId = undefined
      throw error
    }
  }
}

async function call(
  url: string,
  action: string,
  body: unknown,
): Promise<{ readonly answer: Answer; readonly clockSkewMs: number }> {
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityService.${action}`,
      },
      body: JSON.stringify(body),
    })
  } catch (cause) {
    throw new AuthError('Cognito cannot be reached.', { code: 'auth-failed', retryable: true, cause })
  }
  let answer: Answer = {}
  try {
    answer = (await response.json()) as Answer
  } catch {
    // The parser quotes what it read, which may be a key. Without an answer there are no credentials.
  }
  if (!response.ok) {
    // Only the type: the sentence beside it may quote a login.
    const type = String(answer.__type ?? response.status).replace(/^.*#|\W.*$/g, '')
    throw new AuthError(`Cognito refused ${action} (${type}): check the pool, its role and the logins.`, {
      code: 'auth-failed',
      retryable: response.status >= 500 || /TooManyRequests|LimitExceeded/.test(type),
    })
  }
  // Cognito lets pages read its clock, to the second. A skew that small is none.
  const skew = Date.parse(response.headers.get('date') ?? '') - Date.now()
  return { answer, clockSkewMs: Math.abs(skew) > 10_000 ? skew : 0 }
}
