import { askGuide, wordingIn } from '../guide.ts'
import { resample } from '../resample.ts'
import type { OfferedTool } from '../tool-choice.ts'
import type { Utterance } from './input-audio.ts'

/** One thing of the conversation, as the model would know it. */
export type ConversationItem =
  | { readonly type: 'message'; readonly role: 'USER' | 'ASSISTANT'; readonly text: string }
  | {
      readonly type: 'tool'
      readonly name: string
      readonly arguments: string
      /** JSON; absent while the tool runs. */
      readonly output?: string
    }

/** What has to be answered. */
export interface Turn {
  /** What was said before, the question included. */
  readonly conversation: readonly ConversationItem[]
  readonly instructions: string
  /** What the user typed, or what was understood of the voice. */
  readonly text: string
  /** The user's voice, if that is what is answered. */
  readonly utterance: Utterance | undefined
  readonly tools: readonly OfferedTool[]
  /** `'auto'`, `'required'`, or the name of the tool that must be called. */
  readonly toolChoice: string
  /** What tools have returned since the question. */
  readonly outputs: readonly string[]
  /** Rate of the answer, Hz. */
  readonly outputRate: number
}

/** One thing that an answer says or calls. */
export type ReplyItem =
  | {
      readonly type: 'message'
      /** Spoken sentence by sentence. */
      readonly text: string
      /** PCM16 at the rate of the answer that follows the last sentence. */
      readonly pcm?: Int16Array
    }
  | { readonly type: 'tool'; readonly name: string; readonly arguments: string }

/** An answer. After tools, it is asked for again, with what they gave. */
export type Reply = readonly ReplyItem[]

/**
 * The answer unless a test has a better one: to speech, how long it was and the speech itself; to text,
 * what the guide says or calls.
 */
export function defaultReply(turn: Turn): Reply {
  const { text, utterance, instructions, tools, toolChoice, outputs, outputRate } = turn
  if (utterance && outputs.length === 0) {
    const { pcm, sampleRate } = utterance
    const seconds = (pcm.length / sampleRate).toFixed(1)
    return [
      {
        type: 'message',
        text: `I heard you for ${seconds} seconds. This is what reached me:`,
        pcm: resample(pcm, sampleRate, outputRate),
      },
    ]
  }
  const wording = turn.conversation.length <= 1 ? wordingIn(instructions) : undefined
  const answer = askGuide({ text, wording, tools, toolChoice, outputs })
  if ('text' in answer) return [{ type: 'message', text: answer.text }]
  return answer.calls.map((call) => ({
    type: 'tool',
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }))
}

/** Turns a user's voice into text; several texts are told one by one. */
export type Transcribe = (utterance: Utterance) => string | string[] | Promise<string | string[]>

/** There is no speech recognition here: says so, and how long it was. */
export function describeSpeech({ pcm, sampleRate }: Utterance): string {
  return `(speech, ${(pcm.length / sampleRate).toFixed(1)} s)`
}
