/** The ways an engine turns audio into text for a socket, and back; those that it lets be called. */
export interface Codec {
  readonly base64Encode?: (bytes: Uint8Array<ArrayBuffer>) => unknown
  readonly base64Decode?: (text: string) => unknown
  /** −1 to 1, to PCM16. */
  readonly pcm16Encode?: (samples: Float32Array) => unknown
  /** −1 to 1, to PCM16 in base64. */
  readonly chunkEncode?: (samples: Float32Array) => unknown
  /** PCM16 in base64, to what the engine plays. */
  readonly chunkDecode?: (text: string) => unknown
}
