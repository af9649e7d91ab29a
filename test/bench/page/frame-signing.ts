import { encodeBase64 } from '../../../src/shared/base64.ts'

const FRAMES = 400
const WARM_UP = 100
/** 32 ms at 16 kHz. */
const BYTES = 1024

/** Credentials of nobody: what is signed goes nowhere. */
export const nobody = {
  accessKeyId: 'ASIANOBODY',
  secretAccessKey: 'c2VjcmV0IG9mIG5vYm9keQ',
  sessionToken: 'dG9rZW4gb2Ygbm9ib2R5'.repeat(16),
}

let taken = (): void => {}

/** A socket that is open at once, and takes everything. */
class SinkSocket extends EventTarget {
  static readonly OPEN = 1
  readonly OPEN = 1
  readonly readyState = 1
  readonly bufferedAmount = 0
  binaryType = 'blob'
  onopen: (() => void) | null = null

  constructor() {
    super()
    setTimeout(() => {
      this.onopen?.()
      this.dispatchEvent(new Event('open'))
    })
  }

  send(): void {
    taken()
  }

  close(): void {}
}

/** A client that is connected. */
export interface FrameSender {
  /** @param event JSON. */
  send(event: string): void
}

/** Median time from an event with 32 ms of voice to its signed frame at the socket, one at a time, ms. */
export async function frameSigningMs(open: () => Promise<FrameSender>): Promise<number> {
  Object.defineProperty(globalThis, 'WebSocket', { value: SinkSocket })
  const client = await open()
  const content = encodeBase64(crypto.getRandomValues(new Uint8Array(BYTES)))
  const event = JSON.stringify({ event: { audioInput: { promptName: 'p', contentName: 'voice', content } } })
  const times: number[] = []
  for (let i = 0; i < FRAMES; i++) {
    const startedAt = performance.now()
    await new Promise<void>((resolve) => {
      taken = resolve
      client.send(event)
    })
    times.push(performance.now() - startedAt)
  }
  const sorted = times.slice(WARM_UP).toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
