/* Captures the microphone, and no more: what every page needs. */
import { registerCapture } from './capture-processor.ts'

registerCapture()
