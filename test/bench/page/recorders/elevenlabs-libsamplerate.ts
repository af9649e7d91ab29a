import { MediaDeviceInput } from 'virtual:peer/@elevenlabs/client/dist/platform/web/input.js'
import type { RecorderFactory } from '../recorder.ts'

/** What it does where the browser does not resample for it: in Firefox. */
export const adapter: RecorderFactory = () => ({
  async open(wireRate, onChunk) {
    navigator.mediaDevices.getSupportedConstraints = () => ({})
    const input = await MediaDeviceInput.create({
      sampleRate: wireRate,
      format: 'pcm',
      // By default it is loaded from a content delivery network.
      libsampleratePath: '/libsamplerate.worklet.js',
    })
    input.addListener(({ data: [samples] }) => onChunk(samples))
  },
})
