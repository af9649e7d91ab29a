import { afterEach, describe, expect, it, vi } from 'vitest'
import type { MicrophoneSetup } from '../../src/audio/microphone.ts'
import { closeAll, codeOf, openedMicrophone, toneStream } from './support/opened-microphone.ts'

afterEach(async () => {
  await closeAll()
  vi.restoreAllMocks()
})

describe('Microphone', () => {
  it.each([
    ['NotAllowedError', 'microphone-denied'],
    ['SecurityError', 'microphone-denied'],
    ['NotFoundError', 'microphone-missing'],
    ['OverconstrainedError', 'microphone-missing'],
    ['NotReadableError', 'microphone-busy'],
    ['AbortError', 'microphone-busy'],
    ['TypeError', 'microphone-unsupported'],
  ])('turns %s into %s', async (name, code) => {
    vi.spyOn(navigator.mediaDevices, 'getUserMedia').mockRejectedValue(new DOMException('no', name))
    expect(await codeOf(openedMicrophone())).toBe(code)
  })

  it('says what an unknown device id is', async () => {
    expect(await codeOf(openedMicrophone({ source: { deviceId: 'no such device' } }))).toBe(
      'microphone-missing',
    )
  })

  it('says that an insecure page gets no microphone', async () => {
    vi.spyOn(navigator, 'mediaDevices', 'get').mockReturnValue(undefined as unknown as MediaDevices)
    vi.spyOn(globalThis, 'isSecureContext', 'get').mockReturnValue(false)
    expect(await codeOf(openedMicrophone())).toBe('microphone-insecure')
  })

  it('refuses a stream without audio', async () => {
    expect(await codeOf(openedMicrophone({ source: new MediaStream() }))).toBe('microphone-missing')
  })

  it.each([false, 'remote-only'])(
    'says once that echo is not cancelled when the device says %s',
    async (setting) => {
      vi.spyOn(MediaStreamTrack.prototype, 'getSettings').mockReturnValue(settingsWith(setting))
      const codes: string[] = []
      await openedMicrophone({ onError: ({ code }) => codes.push(code) })
      await expect.poll(() => codes).toEqual(['echo-not-cancelled'])
    },
  )

  it.each([true, 'all', undefined])('says nothing of echo when the device says %s', async (setting) => {
    vi.spyOn(MediaStreamTrack.prototype, 'getSettings').mockReturnValue(settingsWith(setting))
    const onError = vi.fn<MicrophoneSetup['onError']>()
    await openedMicrophone({ onError })
    expect(onError).not.toHaveBeenCalled()
  })

  it('says nothing of an echo that was to stay, or of that of a stream of the caller', async () => {
    vi.spyOn(MediaStreamTrack.prototype, 'getSettings').mockReturnValue(settingsWith(false))
    const onError = vi.fn<MicrophoneSetup['onError']>()
    const microphone = await openedMicrophone({ source: { echoCancellation: false }, onError })
    await microphone.change((await toneStream()).stream)
    expect(onError).not.toHaveBeenCalled()
  })

  it('says of the next device that it does not cancel echo', async () => {
    const codes: string[] = []
    const microphone = await openedMicrophone({ onError: ({ code }) => codes.push(code) })
    expect(codes).toEqual([])
    vi.spyOn(MediaStreamTrack.prototype, 'getSettings').mockReturnValue(settingsWith(false))
    await microphone.change({ deviceId: 'default' })
    await expect.poll(() => codes).toEqual(['echo-not-cancelled'])
  })
})

/** Settings as Chromium has them, whose strings TypeScript's library does not know. */
function settingsWith(echoCancellation: unknown): MediaTrackSettings {
  return { echoCancellation } as MediaTrackSettings
}
