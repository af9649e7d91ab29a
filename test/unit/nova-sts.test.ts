import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createNovaCredentials } from '../../demo/server/nova-credentials.ts'
import { obtainCredentials, type AwsCredentials } from '../../src/providers/nova-sonic/credentials.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG'
const XML = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>
<SecretAccessKey>a/b+c</SecretAccessKey><SessionToken>t0k/en==</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

/** STS, as far as it takes a request apart and checks its signature by AWS's description. */
async function startSts(status = 200, answer = XML) {
  const calls: { form: URLSearchParams; isSigned: boolean }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (data: Buffer) => (body += data.toString()))
    request.on('end', () => {
      const { authorization = '' } = request.headers
      const [, scope = '', names = '', signature = ''] =
        /Credential=AKIASERVER\/(\S+), SignedHeaders=(\S+), Signature=(\w+)/.exec(authorization) ?? []
      const [day = '', region = '', service = ''] = scope.split('/')
      const headers = names.split(';').map((name) => `${name}:${String(request.headers[name])}\n`)
      const canonical = ['POST', '/', '', headers.join(''), names, sha256(body)].join('\n')
      const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n')
      const key = [day, region, service, 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${SECRET}`))
      calls.push({
        form: new URLSearchParams(body),
        isSigned: /host/.test(names) && hmac(key, toSign).toString('hex') === signature,
      })
      response.writeHead(status).end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

const options = {
  credentials: { accessKeyId: 'AKIASERVER', secretAccessKey: SECRET },
  roleArn: 'arn:aws:iam::123456789012:role/nova',
  region: 'eu-north-1',
}

it('credentials are those of a role, for one model and a quarter of an hour', async () => {
  const { calls, url } = await startSts()
  const response = await createNovaCredentials({ ...options, url })()
  expect(response.headers.get('cache-control')).toBe('no-store')
  const given = (await response.json()) as AwsCredentials
  expect(given).toEqual({
    accessKeyId: 'ASIA1',
    secretAccessKey: 'a/b+c',
    sessionToken: 't0k/en==',
    expiration: '2099-01-01T00:00:00Z',
  })
  await expect(obtainCredentials(() => given)).resolves.toBe(given)
  const [call] = calls
  expect(call?.isSigned).toBe(true)
  expect(call?.form.get('RoleArn')).toBe(options.roleArn)
  expect(call?.form.get('DurationSeconds')).toBe('900')
  expect(JSON.parse(String(call?.form.get('Policy')))).toMatchObject({
    Statement: [
      {
        Action: 'bedrock:InvokeModel*',
        Resource: 'arn:aws:bedrock:eu-north-1::foundation-model/amazon.nova-2-sonic-v1:0',
      },
    ],
  })
})

it('a refusal is told without what AWS says about the server', async () => {
  const xml =
    '<ErrorResponse><Error><Code>AccessDenied</Code><Message>arn:aws:iam::1:user/me</Message></Error></ErrorResponse>'
  const { url } = await startSts(403, xml)
  const response = await createNovaCredentials({ ...options, url })()
  expect(response.status).toBe(502)
  expect(await response.json()).toEqual({ error: 'AWS refused AssumeRole (AccessDenied).' })
})

it('an STS that cannot be reached is told', async () => {
  const response = await createNovaCredentials({ ...options, url: 'http://127.0.0.1:1/' })()
  expect(response.status).toBe(502)
})
