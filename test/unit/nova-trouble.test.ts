import { describe, expect, it, onTestFinished } from 'vitest'
import { patchWebSocket } from '../support/host-scope.ts'
import { novaRig, type Route } from './nova-rig.ts'

const routes: Route[] = ['direct', 'bridge']

describe.each(routes)('an exception over the %s route', (route) => {
  it.each([
    'modelTimeoutException',
    'modelStreamErrorException',
    'throttlingException',
    'internalServerException',
    'serviceUnavailableException',
  ])('%s is survived, and told', async (name) => {
    const rig = await novaRig({ route })
    const connection = await rig.start()
    connection.throwException(name, 'Try again')
    await rig.until(() => rig.of('reconnected').length > 0)
    expect(rig.of('reconnected')[0]?.payload.error).toMatchObject({
      name: 'ModelError',
      providerCode: name,
      message: 'Nova Sonic: Try again',
    })
    expect(rig.of('lost')).toEqual([])
  })

  it.each(['validationException', 'accessDeniedException', 'resourceNotFoundException'])(
    '%s is the end',
    async (name) => {
      const rig = await novaRig({ route })
      const connection = await rig.start()
      connection.throwException(name, 'No')
      await rig.until(() => rig.of('lost').length > 0)
      expect(rig.of('lost')[0]?.error).toMatchObject({ providerCode: name, retryable: false })
      expect(rig.state()).toBe('idle')
    },
  )
})

describe('a stream that is not opened', () => {
  const refusals: [string, Parameters<typeof novaRig>[0], string][] = [
    ['of another region', { region: 'eu-west-1' }, 'connection-refused'],
    ['by a wrong clock', { now: () => Date.now() + 3_600_000 }, 'connection-refused'],
    ['of another model', { modelIds: ['amazon.nova-sonic-v1:0'] }, 'connection-refused'],
    ['without credentials', { model: { auth: () => ({}) as never } }, 'auth-empty'],
    [
      'with a key of a user',
      { model: { auth: () => ({ accessKeyId: 'AKIA1', secretAccessKey: 'x' }) } },
      'auth-long-lived-key',
    ],
    ['when auth fails', { model: { auth: () => Promise.reject(new Error('offline')) } }, 'auth-failed'],
    ['in time', { model: { auth: () => new Promise(() => {}), connectTimeoutMs: 50 } }, 'connection-timeout'],
    [
      'by a bridge in time',
      { route: 'bridge', model: { url: 'ws://127.0.0.1:1/bridge' } },
      'connection-refused',
    ],
  ]
  it.each(refusals)('%s', async (_name, options, code) => {
    const rig = await novaRig(options)
    void rig.start().catch(() => {})
    await rig.until(() => rig.of('settled').length > 0)
    const error = rig.of('settled')[0]?.error
    expect(error).toMatchObject({ code })
    expect(error?.message).not.toMatch(/X-Amz|ASIA|AKIA/)
    expect(rig.state()).toBe('idle')
  })

  it('by AWS says what to check', async () => {
    const rig = await novaRig({ region: 'eu-west-1' })
    void rig.start().catch(() => {})
    await rig.until(() => rig.of('settled').length > 0)
    expect(rig.of('settled')[0]?.error?.message).toMatch(/credentials, the region, .* the clock\.$/)
  })

  it('because it was given up opens no more', async () => {
    let give: ((value: never) => void) | undefined
    const auth = (): Promise<never> => new Promise((resolve) => (give = resolve))
    const rig = await novaRig({ model: { auth } })
    void rig.start().catch(() => {})
    await rig.until(() => give !== undefined)
    rig.engine.handle({ type: 'stop' })
    give?.(rig.simulator.mintCredentials() as never)
    await rig.until(() => rig.of('settled').length > 0)
    expect(rig.of('settled')[0]?.error).toMatchObject({ code: 'connection-lost' })
    expect(rig.simulator.connections).toEqual([])
  })
})

describe('what is out of order', () => {
  it('in a frame of ours is a typed error, and the end', async () => {
    const rig = await novaRig()
    patchWebSocket(
      (Socket) =>
        class extends Socket {
          override send(data: Uint8Array<ArrayBuffer>): void {
            super.send(data.map((byte, at) => (at === 130 ? byte ^ 1 : byte)))
          }
        },
      onTestFinished,
    )
    await rig.start()
    await rig.until(() => rig.of('lost').length > 0)
    expect(rig.of('lost')[0]?.error).toMatchObject({ providerCode: 'InvalidSignatureException' })
  })

  it('in a frame of AWS’s is an error, and no more', async () => {
    const rig = await novaRig()
    const broken = { contentId: 'a', content: '=not base64=' }
    rig.simulator.nextConnection({
      steps: [{ at: { events: 0 }, do: 'sendFrame', frame: Uint8Array.of(0, 0, 0, 17, 1, 2, 3) }],
    })
    const connection = await rig.start()
    connection.send({ type: 'contentStart', payload: { contentId: 'a', type: 'AUDIO', role: 'ASSISTANT' } })
    connection.send({ type: 'audioOutput', payload: broken })
    connection.send({ type: 'somethingNew', payload: { content: null } })
    connection.send({ type: 'contentStart', payload: { contentId: null, role: 7 } })
    await rig.until(() => rig.of('error').length > 1)
    expect(rig.of('error').map(({ payload }) => payload.code)).toEqual([
      'message-malformed',
      'message-malformed',
    ])
    expect(rig.of('error').some(({ payload }) => payload.message.includes('not base64='))).toBe(false)
    rig.type('Hello')
    await connection.waitFor('usageEvent')
    expect(rig.of('lost')).toEqual([])
  })
})
