/**
 * Every message that crosses to or from an audio worklet, typed once.
 *
 * A worklet has two ports. Its node's own port belongs to the page (mute, level). A second one, handed
 * over by `connect`, belongs to the engine, wherever that runs: samples and positions go through it
 * without touching the page.
 */

/** Options of the capture processor. */
export interface CaptureOptions {
  /** Rate the model wants, Hz. */
  readonly wireRate: number
  /** Length of a frame, ms. */
  readonly frameMs: number
  /** Whether to begin with silence: not even the first frame of a muted microphone may be heard. */
  readonly muted: boolean
}

/** Page → capture worklet. */
export type CaptureCommand =
  /** The engine's end. It may come again, also with another rate. */
  | { readonly type: 'connect'; readonly port: MessagePortLike; readonly wireRate: number }
  /** The playback worklet's end of {@link LocalSpeech} and {@link AgentLevel}. */
  | { readonly type: 'connectPeer'; readonly port: MessagePortLike }
  | { readonly type: 'mute'; readonly muted: boolean }
  /** Whether the model gets silence while the agent is audible. */
  | { readonly type: 'halfDuplex'; readonly on: boolean }

/** Capture worklet → page, about 30 times a second. */
export interface LevelReport {
  type: 'level'
  /** Root mean square of the latest samples, 0 to 1. */
  level: number
}

/** Capture worklet → playback worklet: the user began to speak. */
export type LocalSpeech = 'speech'

/** Playback worklet → capture worklet, 50 times a second while it is audible: root mean square, 0 to 1. */
export type AgentLevel = number

/** Capture worklet → engine, about once a second while the agent speaks. */
export interface EchoReport {
  type: 'echo'
  /** Level of the agent's voice in the microphone, dB relative to its level at the speaker. */
  estimateDb: number
  /** How surely what the microphone hears is the agent, 0 to 1. */
  correlation: number
}

/*
 * Capture worklet ↔ engine, besides: the bare `ArrayBuffer` of a microphone frame (see `microphone-frame.ts`),
 * transferred; the engine transfers it back when the model has read it.
 */

/**
 * What the speaker does at once, without asking anybody, when the user begins to speak: nothing, turn the
 * agent's voice down by 18 dB until somebody interrupts it or 0.7 s are over, or fall silent.
 */
export type LocalSpeechReaction = 'off' | 'duck' | 'cut'

/** Options of the playback processor. */
export interface PlaybackOptions {
  /** Rate of the model's audio, Hz. */
  readonly wireRate: number
  readonly onLocalSpeech: LocalSpeechReaction
}

/** Page → playback worklet. */
export type PlaybackCommand =
  /** The engine's end. It may come again, also with another rate: what is queued is then dropped. */
  | { readonly type: 'connect'; readonly port: MessagePortLike; readonly wireRate: number }
  /** The capture worklet's end of {@link LocalSpeech} and {@link AgentLevel}. */
  | { readonly type: 'connectPeer'; readonly port: MessagePortLike }

/** Engine → playback worklet. */
export type PlaybackInput =
  /** PCM16 of one item, transferred. Chunks of an item arrive in order, items in playing order. */
  | { readonly type: 'audio'; readonly epoch: number; readonly itemId: string; readonly pcm: ArrayBuffer }
  /** Only for a voice that comes as a track: what the track carries from now on is the item's. */
  | { readonly type: 'play'; readonly epoch: number; readonly itemId: string }
  /** No more audio follows for the item. */
  | { readonly type: 'end'; readonly epoch: number; readonly itemId: string }
  /** Fade to silence now and forget all audio of an epoch before this one. */
  | { readonly type: 'flush'; readonly epoch: number }
  /** Fade to silence now and hold what is queued. */
  | { readonly type: 'pause' }
  /** Go on where the pause stopped. */
  | { readonly type: 'resume' }
  /** Turn the voice down for a while. */
  | { readonly type: 'duck' }

/** Playback worklet → engine. Frames are counted at the wire rate. */
export type PlaybackReport =
  /** The first frame of an item has left the worklet, or the item goes on after an underrun. */
  | PlaybackPosition<'started'>
  /** While audio plays, about 30 times a second. */
  | PlaybackPosition<'position'>
  /** The item was rendered to its end. */
  | PlaybackPosition<'ended'>
  /** The queue ran dry in mid-item: the voice faded out, and waits for more. */
  | PlaybackPosition<'underrun'>
  /** Silence is reached: where a flush cut. `itemId` is empty when nothing was playing. */
  | PlaybackPosition<'flushed'>

/** How far an item was rendered. */
export interface PlaybackPosition<Type extends string> {
  readonly type: Type
  readonly epoch: number
  readonly itemId: string
  /** Frames of the item that left the worklet, at the wire rate. */
  readonly frames: number
}

/** The part of a `MessagePort` that the worklets and the engine use; no library of types is on all sides. */
export interface MessagePortLike {
  /** A listener of `{ data }`. Setting it starts the port. */
  onmessage: unknown
  postMessage(message: unknown): void
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  close(): void
}
