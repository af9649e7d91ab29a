import { describe, expect, it } from 'vitest'
import { AuthError } from '../../src/core/errors.ts'
import { obtainCredentials, type AwsAuth } from '../../src/providers/nova-sonic/credentials.ts'

const KEYS = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'very-secret', sessionToken: 'session-token' }
const NOW = Date.parse('2026-11-22T12:00:00Z')
const now = (): number => NOW

describe('credentials', () => {
  it('are asked for every time, and passed on as they came', async () => {
    let asked = 0
    const auth: AwsAuth = () => ({ ...KEYS, accessKeyId: `ASIA${++asked}` })
    expect(await obtainCredentials(auth)).toEqual({ ...KEYS, accessKeyId: 'ASIA1' })
    expect(await obtainCredentials(async () => auth())).toEqual({ ...KEYS, accessKeyId: 'ASIA2' })
  })

  it('may end later, in every way to write a date', async () => {
    for (const expiration of [NOW + 1, new Date(NOW + 1), '2026-11-22T12:00:01Z']) {
      expect(await obtainCredentials(() => ({ ...KEYS, expiration }), { now })).toMatchObject(KEYS)
    }
  })

  it('are refused if they have expired, by the clock of AWS', async () => {
    for (const expiration of [NOW, new Date(NOW), '2026-11-22T12:00:00Z']) {
      const error = await rejection(() => ({ ...KEYS, expiration }))
      expect(error).toMatchObject({ code: 'auth-failed', retryable: true })
    }
    const behind = await rejection(() => ({ ...KEYS, expiration: NOW + 5000, clockSkewMs: 6000 }))
    expect(behind.message).toMatch(/expired/)
  })

  it('of a long life are refused, unless that is what is wanted', async () => {
    const auth = (): { accessKeyId: string; secretAccessKey: string } => ({
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'very-secret',
    })
    expect(await rejection(auth)).toMatchObject({ code: 'auth-long-lived-key', retryable: false })
    expect(await obtainCredentials(auth, { dangerouslyAllowBrowserKey: true })).toEqual(auth())
  })

  it.each([null, undefined, {}, 'ASIA', { accessKeyId: 'ASIA' }, { ...KEYS, secretAccessKey: '' }])(
    'that are none are refused: %j',
    async (given) => {
      expect(await rejection((() => given) as never)).toMatchObject({ code: 'auth-empty' })
    },
  )

  it('that could not be had tell why, and errors of vivavoce stay what they are', async () => {
    const cause = new Error('no route')
    const failed = await rejection(() => Promise.reject(cause))
    expect(failed).toMatchObject({ code: 'auth-failed', retryable: true, cause })
    const known = new AuthError('Cognito refused.', { code: 'auth-failed' })
    expect(await rejection(() => Promise.reject(known))).toBe(known)
  })

  it('never are in a message', async () => {
    const errors = await Promise.all([
      rejection(() => ({ ...KEYS, expiration: 0 })),
      rejection(() => ({ ...KEYS, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' })),
    ])
    for (const error of errors) expect(error.message).not.toMatch(/ASIAEX|AKIAIO|very-secret|session-token/)
  })
})

async function rejection(auth: AwsAuth): Promise<AuthError> {
  const error: unknown = await obtainCredentials(auth, { now }).catch((error: unknown) => error)
  expect(error).toBeInstanceOf(AuthError)
  return error as AuthError
}
