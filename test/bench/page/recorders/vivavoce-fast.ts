import { ourRecorder } from '../our-recorder.ts'
import type { RecorderFactory } from '../recorder.ts'

/** Past the audio graph: `microphone: { capture: 'fast' }`. */
export const adapter: RecorderFactory = () => ourRecorder({ source: { capture: 'fast' } })
