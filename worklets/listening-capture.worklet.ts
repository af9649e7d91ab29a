/* Captures the microphone, and listens to it: for pages that react to speech and echo by themselves. */
import { CaptureEars } from '../src/shared/capture-ears.ts'
import { registerCapture } from './capture-processor.ts'

registerCapture((tell) => new CaptureEars(tell))
