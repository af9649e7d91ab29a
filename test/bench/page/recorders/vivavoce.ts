import { ourRecorder } from '../our-recorder.ts'
import type { RecorderFactory } from '../recorder.ts'

export const adapter: RecorderFactory = () => ourRecorder({})
