import { AuthError, isVivaVoceError } from '../../core/errors.ts'

/** Credentials of AWS that are short-lived enough to be in a page. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** What makes them temporary: AWS gives it beside every short-lived key. */
  readonly sessionToken?: string
  /** When they end: ms since 1970, a `Date`, or a date as JSON has it. */
  readonly expiration?: number | string | Date
  /** How far AWS's clock is ahead of this one, ms. Default 0. Signatures of a wrong time are refused. */
  readonly clockSkewMs?: number
}

/**
 * Gives short-lived credentials: of an identity pool, or of your server (`sts:AssumeRole`). Called anew
 * for every connection: never cache what it returns.
 */
export type AwsAuth = () => AwsCredentials | Promise<AwsCredentials>

/** How credentials are judged. */
export interface ObtainOptions {
  /** Whether a long-lived key is let through. */
  readonly dangerouslyAllowBrowserKey?: boolean | undefined
  /** ms since 1970. */
  readonly now?: () => number
}

/** Asks `auth` for credentials. Rejects with an {@link AuthError} that never repeats what it was given. */
export async function obtainCredentials(
  auth: AwsAuth,
  { dangerouslyAllowBrowserKey, now = Date.now }: ObtainOptions = {},
): Promise<AwsCredentials> {
  let given: Partial<AwsCredentials> | null | undefined
  try {
    given = await auth()
  } catch (cause) {
    if (isVivaVoceError(cause)) throw cause
    throw new AuthError('auth() failed (see cause): check your credential route, then start again.', {
      code: 'auth-failed',
      retryable: true,
      cause,
    })
  }
  const { accessKeyId, secretAccessKey, expiration, clockSkewMs = 0 } = given ?? {}
  if (!isText(accessKeyId) || !isText(secretAccessKey)) {
    throw new AuthError(
      'auth() returned no credentials: return { accessKeyId, secretAccessKey, sessionToken }.',
      { code: 'auth-empty' },
    )
  }
  // AWS names the keys of users, which never expire, AKIA…, and temporary ones ASIA….
  if (accessKeyId.startsWith('AKIA') && !dangerouslyAllowBrowserKey) {
    throw new AuthError('auth() returned a long-lived AWS key: return temporary credentials.', {
      code: 'auth-long-lived-key',
    })
  }
  if (expiration !== undefined && +new Date(expiration) <= now() + clockSkewMs) {
    throw new AuthError('auth() returned credentials that have expired: never cache them.', {
      code: 'auth-failed',
      retryable: true,
    })
  }
  return given as AwsCredentials
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
