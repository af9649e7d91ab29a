import { afterEach, expect, test } from 'vitest'
import { ToolError } from '../../src/core/errors.ts'
import { connectRemote, type Remote } from '../../src/worker/remote.ts'

const ports: MessagePort[] = []

afterEach(() => ports.splice(0).forEach((port) => port.close()))

function remoteOf(root: (...args: never[]) => unknown): Remote {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  connectRemote(port2, root as (...args: unknown[]) => unknown)
  return connectRemote(port1)
}

test('a call gives what the function gives', async () => {
  const remote = remoteOf(async (a: number, b: number) => a + b)
  expect(await remote.call(0, 1, 2)).toBe(3)
})

test('calls arrive in order', async () => {
  const got: number[] = []
  const remote = remoteOf((n: number) => void got.push(n))
  await Promise.all([1, 2, 3].map(async (n) => remote.call(0, n)))
  expect(got).toEqual([1, 2, 3])
})

test('functions go both ways', async () => {
  const remote = remoteOf(async ({ ask }: { ask: (what: string) => Promise<string> }) => {
    const answer = await ask('What?')
    return { tell: () => `${answer}!` }
  })
  const { tell } = (await remote.call(0, { ask: (what: string) => `${what} That` })) as {
    tell: () => Promise<string>
  }
  expect(await tell()).toBe('What? That!')
})

test('what is thrown there is thrown here', async () => {
  const error = new ToolError('It broke.', { code: 'tool-failed', toolName: 't' })
  const remote = remoteOf(() => {
    throw error
  })
  await expect(remote.call(0)).rejects.toThrow(error)
  await expect(remote.call(0)).rejects.toBeInstanceOf(ToolError)
})

test('an answer that cannot be sent is a rejection', async () => {
  const remote = remoteOf(() => new WeakMap())
  await expect(remote.call(0)).rejects.toThrow(/clone/)
})

test('a signal aborts there, with its reason, early and late', async () => {
  const remote = remoteOf(
    async ({ signal }: { signal: AbortSignal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(signal.reason))
      }),
  )
  const late = new AbortController()
  const answer = remote.call(0, { signal: late.signal })
  late.abort(new Error('enough'))
  expect(await answer).toMatchObject({ message: 'enough' })
  expect(await remote.call(0, { signal: AbortSignal.abort('before') })).toBe('before')
})

test('a port goes over', async () => {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1)
  const remote = remoteOf((port: MessagePort) => {
    port.postMessage('here')
    port.close()
  })
  const heard = new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data)
  })
  await remote.call(0, port2)
  expect(await heard).toBe('here')
})
