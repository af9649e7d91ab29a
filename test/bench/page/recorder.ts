/** Drives an engine that captures PCM16. */
export interface Recorder {
  /** Begins to capture, and gives each chunk to `onChunk` as the engine gives it to be sent. */
  open(wireRate: number, onChunk: (pcm: Int16Array) => void): Promise<void>
}

/** A module in `recorders/` exports one as `adapter`. */
export type RecorderFactory = () => Recorder
