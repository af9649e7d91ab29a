import type { Json } from './wire.ts'

/** Media, base64. */
export interface Blob {
  readonly mimeType: string
  readonly data: string
}

/** A `realtimeInput` as it was checked. */
export interface RealtimeInput {
  readonly audio?: Blob
  readonly video?: Blob
  readonly mediaChunks?: readonly Blob[]
  readonly text?: string
  readonly activityStart?: Json
  readonly activityEnd?: Json
  readonly audioStreamEnd?: boolean
}
