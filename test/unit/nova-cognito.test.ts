import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cognitoIdentity } from '../../src/providers/nova-sonic/cognito.ts'
import { obtainCredentials } from '../../src/providers/nova-sonic/credentials.ts'

const POOL = 'eu-central-1:11111111-2222-3333-4444-555555555555'
const CREDENTIALS = { AccessKeyId: 'ASIAPOOL', SecretKey: 'very-secret', SessionToken: 'session' }

interface Call {
  readonly target: string
  readonly type: string
  readonly body: Readonly<Record<string, unknown>>
}

type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body: unknown }

describe('an identity pool', () => {
  it('gives credentials for an identity that is made once', async () => {
    const { url, calls } = await pool()
    const auth = cognitoIdentity({ identityPoolId: POOL, url })
    expect(await obtainCredentials(auth, { now: () => 1_790_000_000_000 })).toEqual({
      accessKeyId: 'ASIAPOOL',
      secretAccessKey: 'very-secret',
      sessionToken: 'session',
      expiration: 1_800_000_000_500,
      clockSkewMs: 0,
    })
    await auth()
    const target = 'AWSCognitoIdentityService.GetCredentialsForIdentity'
    expect(calls).toEqual([
      {
        target: 'AWSCognitoIdentityService.GetId',
        type: 'application/x-amz-json-1.1',
        body: { IdentityPoolId: POOL },
      },
      { target, type: 'application/x-amz-json-1.1', body: { IdentityId: 'eu-central-1:me' } },
      { target, type: 'application/x-amz-json-1.1', body: { IdentityId: 'eu-central-1:me' } },
    ])
  })

  it('is told who the user is, anew for every connection', async () => {
    const { url, calls } = await pool()
    let token = 0
    const auth = cognitoIdentity({
      identityPoolId: POOL,
      url,
      logins: async () => ({ google: `jwt${++token}` }),
    })
    await auth()
    await auth()
    expect(calls.map(({ body }) => body.Logins)).toEqual([
      { google: 'jwt1' },
      { google: 'jwt1' },
      { google: 'jwt2' },
    ])
  })

  it('tells how far its clock is ahead', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString()
    const { url } = await pool(() => ({ headers: { date }, body: { Credentials: CREDENTIALS } }))
    const { clockSkewMs = 0 } = await cognitoIdentity({ identityPoolId: POOL, url })()
    expect(Math.round(clockSkewMs / 60_000)).toBe(60)
  })

  it('refuses by a name, and never with what it was told', async () => {
    const body = {
      __type: 'com.amazonaws#NotAuthorizedException:x',
      message: 'Invalid login token jwt-secret',
    }
    const { url } = await pool(() => ({ status: 400, body }))
    const error = await failure(url, { google: 'jwt-secret' })
    expect(error).toMatchObject({ name: 'AuthError', code: 'auth-failed', retryable: false })
    expect(String(error)).toContain('(NotAuthorizedException)')
    expect(String(error)).not.toContain('jwt-secret')
  })

  it('may be asked again where that helps', async () => {
    const answers: Answer[] = [
      { status: 400, body: { __type: 'TooManyRequestsException' } },
      { status: 503, body: 'Sorry' },
    ]
    for (const answer of answers) {
      const { url } = await pool(() => answer)
      expect(await failure(url)).toMatchObject({ code: 'auth-failed', retryable: true })
    }
    expect(await failure('http://127.0.0.1:1/')).toMatchObject({ code: 'auth-failed', retryable: true })
  })

  it('makes another identity when the one it made is gone', async () => {
    const answers: Answer[] = [
      { status: 400, body: { __type: 'ResourceNotFoundException' } },
      { body: { Credentials: CREDENTIALS } },
    ]
    const { url, calls } = await pool(() => answers.shift() ?? { body: {} })
    const auth = cognitoIdentity({ identityPoolId: POOL, url })
    await expect(Promise.resolve(auth())).rejects.toThrow(/ResourceNotFound/)
    await auth()
    expect(calls.map(({ target }) => target.replace(/.*\./, ''))).toEqual([
      'GetId',
      'GetCredentialsForIdentity',
      'GetId',
      'GetCredentialsForIdentity',
    ])
  })

  it('that answers nothing usable gave no credentials', async () => {
    const { url } = await pool(() => ({ body: 'secret, but no JSON' }))
    const auth = cognitoIdentity({ identityPoolId: POOL, url })
    await expect(obtainCredentials(auth)).rejects.toMatchObject({ code: 'auth-empty' })
  })
})

async function failure(url: string, logins?: Record<string, string>): Promise<unknown> {
  const auth = cognitoIdentity({ identityPoolId: POOL, url, ...(logins && { logins }) })
  return obtainCredentials(auth).catch((error: unknown) => error)
}

/** A Cognito that answers `GetId` by itself, unless it is told to, and notes what it is asked. */
async function pool(
  answerCredentials: () => Answer = () => ({
    body: { Credentials: { ...CREDENTIALS, Expiration: 1_800_000_000.5 } },
  }),
): Promise<{ readonly url: string; readonly calls: Call[] }> {
  const calls: Call[] = []
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const { 'x-amz-target': target = '', 'content-type': type = '' } = request.headers
      calls.push({ target: String(target), type, body: JSON.parse(text) as Call['body'] })
      const answer = String(target).endsWith('GetId')
        ? { body: { IdentityId: 'eu-central-1:me' } }
        : answerCredentials()
      const { status = 200, headers = {}, body }: Answer = answer
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, calls }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
