import { openAwsSocket } from '../../../../src/providers/nova-sonic/aws-socket.ts'
import type { ClientEvent } from '../../../../src/providers/nova-sonic/wire.ts'
import { frameSigningMs, nobody } from '../frame-signing.ts'

const nothing = (): void => {}

export const signMs = (): Promise<number> =>
  frameSigningMs(async () => {
    const socket = await openAwsSocket({
      region: 'us-east-1',
      modelId: 'amazon.nova-2-sonic-v1:0',
      url: undefined,
      credentials: nobody,
      signal: new AbortController().signal,
      timeoutMs: 5000,
      onEvent: nothing,
      onException: nothing,
      onMalformed: nothing,
      onClose: nothing,
    })
    return { send: (event) => socket.send((JSON.parse(event) as { event: ClientEvent }).event) }
  })
