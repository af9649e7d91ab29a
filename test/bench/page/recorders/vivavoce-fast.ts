import { fastCapture } from '../../../../src/audio/fast-capture.ts'
import { ourRecorder } from '../our-recorder.ts'
import type { RecorderFactory } from '../recorder.ts'

/** Past the audio graph: `microphone: { capture: fastCapture() }`. */
export const adapter: RecorderFactory = () => ourRecorder({ source: { capture: fastCapture() } })
