/**
 * A microphone frame is one transferable buffer, so that the audio thread can post it without making
 * any object: a header, then PCM16 samples. Byte order is the machine's, which is little-endian wherever
 * browsers run.
 */
const HEADER_FIELDS = 4
const HEADER_BYTES = 8 * HEADER_FIELDS

/** Views on the buffer of a microphone frame. */
export interface MicrophoneFrame {
  readonly buffer: ArrayBuffer
  /** All of the buffer, for copying it. */
  readonly words: Int16Array<ArrayBuffer>
  /** PCM16, mono, at the wire rate. */
  readonly samples: Int16Array<ArrayBuffer>
  /**
   * - `[0]`: counts frames from 0; a gap means that the microphone lost audio.
   * - `[1]`: level, the root mean square of the samples, 0 to 1.
   * - `[2]`: when the first sample was captured, in seconds of the capture context's clock.
   * - `[3]`: 1 if the user was speaking when the frame ended, else 0.
   */
  readonly header: Float64Array
}

/** Makes a frame for `length` samples, or views on one that was received. */
export function microphoneFrame(from: number | ArrayBuffer): MicrophoneFrame {
  const buffer = typeof from === 'number' ? new ArrayBuffer(HEADER_BYTES + from * 2) : from
  return {
    buffer,
    words: new Int16Array(buffer),
    samples: new Int16Array(buffer, HEADER_BYTES),
    header: new Float64Array(buffer, 0, HEADER_FIELDS),
  }
}
