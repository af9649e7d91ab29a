import type { PcmDecoder } from '../../shared/pcm-decoder.ts'
import type { ModelEvents } from '../model.ts'
import type { WireOutputStart } from './wire.ts'

/** What the model says between two things of the user's. */
export interface Answer {
  readonly id: string
  /** Ids of what is heard of it. */
  readonly items: Set<string>
  /** Whether the pipeline knows of it. */
  readonly announced: boolean
  /** Nothing more of it is to be heard. */
  cut: boolean
  /** What is open of it is the last. */
  last: boolean
  /** No more of it comes. */
  over: boolean
}

/** The `reply` that an answer is to, if it is to one. */
export type ReplyTo = Pick<ModelEvents['responseStarted'], 'replyId'>

/** @param announced Whether it is to be heard. */
export function newAnswer(id: string, announced: boolean): Answer {
  return { id, items: new Set(), announced, cut: !announced, last: false, over: false }
}

/** A sentence: written before it is spoken, and again when it was. */
export interface Sentence {
  /** Of its transcript and of its audio. */
  readonly id: string
  readonly answer: Answer
  readonly decoder: PcmDecoder
  text: string
  /** Whether its audio has begun, and whether any of it has come. */
  voiced: boolean
  heard: boolean
  final: boolean
}

/** A content that has begun and not ended. */
export interface Block {
  readonly type: WireOutputStart['type'] | undefined
  readonly role: WireOutputStart['role'] | undefined
  /** Whether it will be said, rather than was. */
  readonly speculative: boolean
  text: string
  sentence: Sentence | undefined
  /** Whether its text was acted on. */
  told: boolean
}
