/* Captures the microphone, and listens to it: for pages that react to speech and echo by themselves. */
import { SpeechListener } from '../src/shared/speech-listener.ts'
import { registerCapture } from './capture-processor.ts'

registerCapture((deviceRate, events) => new SpeechListener(deviceRate, events))
