import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSigner, presign } from '../../src/providers/nova-sonic/presign.ts'
import { Sha256 } from '../../src/providers/nova-sonic/sha256.ts'
import { verifyHandshake } from '../simulators/nova-sonic/verifier.ts'

const MODEL = 'amazon.nova-2-sonic-v1:0'
const KEYS = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJH+example==',
}
const DATE = new Date('2026-11-22T17:30:05.678Z')

const presigned = (
  credentials: Parameters<typeof createSigner>[1] = KEYS,
  { region = 'us-east-1', url = undefined as string | undefined, date = DATE } = {},
): ReturnType<typeof presign> =>
  presign(createSigner(region, credentials), { region, modelId: MODEL, url }, date)

describe('the presigned URL', () => {
  it('names the model, the time, the scope and the session', async () => {
    const { url, signature } = await presigned()
    const { origin, pathname, searchParams } = new URL(url)
    expect(origin).toBe('wss://bedrock-runtime.us-east-1.amazonaws.com')
    expect(pathname).toBe('/model/amazon.nova-2-sonic-v1%3A0/invoke-with-bidirectional-stream-websocket')
    expect(Object.fromEntries(searchParams)).toEqual({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${KEYS.accessKeyId}/20261122/us-east-1/bedrock/aws4_request`,
      'X-Amz-Date': '20261122T173005Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Security-Token': KEYS.sessionToken,
      'X-Amz-Signature': signature,
    })
    expect(url).not.toContain(KEYS.secretAccessKey)
  })

  it('has the signature that the rules of AWS give, written out by hand', async () => {
    const query = [
      'X-Amz-Algorithm=AWS4-HMAC-SHA256',
      'X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20261122%2Fus-east-1%2Fbedrock%2Faws4_request',
      'X-Amz-Date=20261122T173005Z',
      'X-Amz-Expires=60',
      'X-Amz-Security-Token=IQoJb3JpZ2luX2VjEJr%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEaCXVzLWVhc3QtMSJH%2Bexample%3D%3D',
      'X-Amz-SignedHeaders=host',
    ].join('&')
    const request = [
      'GET',
      '/model/amazon.nova-2-sonic-v1%253A0/invoke-with-bidirectional-stream-websocket',
      query,
      'host:bedrock-runtime.us-east-1.amazonaws.com',
      '',
      'host',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    ].join('\n')
    const hmac = (key: string | Buffer, data: string): Buffer =>
      createHmac('sha256', key).update(data).digest()
    let key = hmac(`AWS4${KEYS.secretAccessKey}`, '20261122')
    for (const part of ['us-east-1', 'bedrock', 'aws4_request']) key = hmac(key, part)
    const hash = createHash('sha256').update(request).digest('hex')
    const scope = '20261122/us-east-1/bedrock/aws4_request'
    const signature = hmac(key, `AWS4-HMAC-SHA256\n20261122T173005Z\n${scope}\n${hash}`).toString('hex')
    expect((await presigned()).signature).toBe(signature)
  })

  it('is accepted by an independent verifier, whatever the keys, the region and the address', async () => {
    const keys = fc.record({
      accessKeyId: fc.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      secretAccessKey: fc.base64String({ minLength: 40, maxLength: 40 }),
      sessionToken: fc.base64String({ minLength: 8, maxLength: 400 }),
    })
    const region = fc.constantFrom('us-east-1', 'eu-north-1', 'ap-northeast-1')
    const url = fc.constantFrom(undefined, 'ws://127.0.0.1:8123', 'wss://proxy.example/nova/')
    await fc.assert(
      fc.asyncProperty(keys, region, url, async (credentials, region, url) => {
        const made = new URL((await presigned(credentials, { region, url })).url)
        const rules = { region, modelIds: [MODEL], credentialsOf: () => credentials, now: () => +DATE }
        const request = { url: made.pathname + made.search, host: made.host }
        expect(verifyHandshake(request, rules)).toMatchObject({ type: 'signed', modelId: MODEL })
        const elsewhere = verifyHandshake(request, { ...rules, region: 'ca-central-1' })
        expect(elsewhere).toMatchObject({ type: 'refused', status: 403 })
        const tooLate = verifyHandshake(request, { ...rules, now: () => +DATE + 61_000 })
        expect(tooLate).toMatchObject({ type: 'refused', message: 'Signature expired.' })
      }),
      { numRuns: 30 },
    )
  })

  it('carries no token where there is none', async () => {
    const { accessKeyId, secretAccessKey } = KEYS
    const { url } = await presigned({ accessKeyId, secretAccessKey })
    expect(url).not.toContain('Security-Token')
  })
})

describe('Sha256', () => {
  it('is SHA-256, and HMAC with a secret, over all parts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array())),
        fc.option(fc.oneof(fc.string({ minLength: 1 }), fc.uint8Array({ minLength: 1 })), { nil: undefined }),
        async (parts, secret) => {
          const hash = new Sha256(secret)
          const wanted = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
          for (const part of parts) {
            hash.update(part)
            wanted.update(part)
          }
          expect(Buffer.from(await hash.digest())).toEqual(wanted.digest())
        },
      ),
    )
  })
})
