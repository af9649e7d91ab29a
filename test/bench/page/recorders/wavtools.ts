import { WavRecorder } from 'virtual:peer/wavtools'
import type { RecorderFactory } from '../recorder.ts'

export const adapter: RecorderFactory = () => ({
  async open(wireRate, onChunk) {
    const recorder = new WavRecorder({ sampleRate: wireRate })
    await recorder.begin()
    await recorder.record(({ mono }) => onChunk(new Int16Array(mono)))
  },
})
