import { fastCapture } from '../../src/audio/fast-capture.ts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FrameReader, isLoud } from './support/frame-reader.ts'
import {
  burstStream,
  closeAll,
  firstStream,
  openedMicrophone,
  toneStream,
} from './support/opened-microphone.ts'

const source = { capture: fastCapture() }
const NAME = 'MediaStreamTrackProcessor'
const original = Object.getOwnPropertyDescriptor(globalThis, NAME)

afterEach(async () => {
  await closeAll()
  vi.restoreAllMocks()
  if (original) Object.defineProperty(globalThis, NAME, original)
})

describe('the fast path', () => {
  it('makes no audio context', async () => {
    const made = vi.spyOn(globalThis, 'AudioContext')
    const reader = new FrameReader(await openedMicrophone({ source }))
    await reader.take(5)
    expect(made).not.toHaveBeenCalled()
  })

  it('is not taken by who did not ask for it', async () => {
    const made = vi.spyOn(globalThis, 'Worker')
    await openedMicrophone()
    const { stream } = await toneStream()
    await openedMicrophone({ source: stream })
    expect(made).not.toHaveBeenCalled()
  })

  it('listens for speech only if it is to', async () => {
    const microphone = await openedMicrophone({ source })
    const reader = new FrameReader(microphone)
    const { port1, port2 } = new MessageChannel()
    microphone.command({ type: 'connectPeer', port: port1 }, [port1])
    const told: unknown[] = []
    port2.onmessage = ({ data }) => told.push(data)
    await microphone.change((await burstStream()).stream)
    await reader.take(75)
    expect(reader.all.some(isLoud)).toBe(true)
    expect(reader.all.some(({ header }) => header[3] === 1)).toBe(false)
    expect(told).toEqual([])
  })

  it('ends its Worker when it is closed', async () => {
    const terminate = vi.spyOn(Worker.prototype, 'terminate')
    const microphone = await openedMicrophone({ source })
    expect(terminate).not.toHaveBeenCalled()
    microphone.close()
    expect(terminate).toHaveBeenCalledOnce()
  })

  it('tells when its Worker crashes', async () => {
    const posted = vi.spyOn(Worker.prototype, 'postMessage')
    const codes: string[] = []
    await openedMicrophone({ source, onError: ({ code }) => codes.push(code) })
    const worker = posted.mock.contexts[0] as Worker | undefined
    worker?.postMessage({ type: 'listen', readable: 'nothing to read' })
    await expect.poll(() => codes).toEqual(['worklet-crashed'])
  })
})

describe('the worklet takes the place of the fast path, without an error,', () => {
  /** Opens on a stream of ours, and listens to it. */
  async function expectWorklet(): Promise<void> {
    const { stream } = await toneStream()
    const asked = vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockResolvedValue(stream)
    const onError = vi.fn<() => void>()
    const microphone = await openedMicrophone({ source, onError })
    expect(microphone.context).toBeInstanceOf(AudioContext)
    await new FrameReader(microphone).until(isLoud)
    expect(onError).not.toHaveBeenCalled()
    expect((await firstStream(asked)).getAudioTracks()[0]?.readyState).toBe('live')
  }

  it('in a browser without MediaStreamTrackProcessor', async () => {
    Reflect.deleteProperty(globalThis, NAME)
    const made = vi.spyOn(globalThis, 'Worker')
    await expectWorklet()
    expect(made).not.toHaveBeenCalled()
  })

  it('in a browser whose MediaStreamTrackProcessor refuses audio', async () => {
    const refuses = vi.fn<() => never>(function refuse() {
      throw new TypeError('video only')
    })
    Object.defineProperty(globalThis, NAME, { value: refuses, configurable: true })
    const terminate = vi.spyOn(Worker.prototype, 'terminate')
    await expectWorklet()
    expect(refuses).toHaveBeenCalledOnce()
    expect(terminate).toHaveBeenCalledOnce()
  })

  // The last one: a policy stays for good.
  it('on a page whose Content-Security-Policy blocks Workers', async () => {
    const policy = document.createElement('meta')
    policy.httpEquiv = 'Content-Security-Policy'
    policy.content = `worker-src 'none'`
    document.head.append(policy)
    const blocked: string[] = []
    document.addEventListener('securitypolicyviolation', ({ blockedURI }) => blocked.push(blockedURI))
    await expectWorklet()
    expect(blocked).toEqual(['blob', 'data'])
  })
})
