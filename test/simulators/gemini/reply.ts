import { askGuide, wordingIn } from '../guide.ts'
import { resample } from '../resample.ts'
import type { OfferedTool } from '../tool-choice.ts'
import { lastQuestion, outputText, textOf, type Content } from './conversation.ts'
import type { Setup } from './setup.ts'
import type { Json } from './wire.ts'

/** What the model has to answer. */
export interface Turn {
  /** All that was said until now. */
  readonly contents: readonly Content[]
  readonly setup: Setup
  readonly tools: readonly OfferedTool[]
  /** Images that came with the turn: JPEG or PNG, base64. */
  readonly images: readonly string[]
}

/** One thing that the model says or calls. */
export type ReplyItem =
  | {
      readonly type: 'speech'
      readonly text: string
      /** PCM16 at 24 kHz that follows the spoken text, or stands for it if `speakText` is false. */
      readonly pcm?: Int16Array
      /** Whether the text is spoken. Default true. */
      readonly speakText?: boolean
    }
  | { readonly type: 'call'; readonly name: string; readonly args: Json }

/** An answer. Calls that follow each other are sent together. */
export interface Reply {
  readonly items: readonly ReplyItem[]
  /** A summary of thoughts, which comes before all else. */
  readonly thought?: string
  /** Comes with the end of the generation. */
  readonly groundingMetadata?: Json
}

/**
 * The answer unless a test has a better one: to speech, how long it was and the speech itself; to text,
 * what the guide says or calls.
 */
export function defaultReply({ contents, tools, images, setup }: Turn): Reply {
  const asked = lastQuestion(contents)
  const question = contents[asked]
  const later = contents.slice(asked + 1)
  const searches = setup.tools?.some(({ googleSearch }) => googleSearch !== undefined)
  const grounding = searches ? { groundingMetadata: { webSearchQueries: ['Italy'] } } : {}
  if (question?.pcm && later.length === 0) {
    const spoken = (question.pcm.length / 16_000).toFixed(1)
    const text = `I heard you for ${spoken} seconds. This is what reached me:`
    const speech = { type: 'speech', text, pcm: resample(question.pcm, 16_000, 24_000) } as const
    return { items: [speech], ...grounding }
  }
  const outputs = later.flatMap(({ parts = [] }) =>
    parts.flatMap(({ functionResponse }) =>
      functionResponse ? [outputText(functionResponse.response)] : [],
    ),
  )
  const text = question && !question.pcm ? textOf(question) : ''
  if (images.length > 0 && outputs.length === 0) {
    return { items: [{ type: 'speech', text: `I see ${images.length} images.` }] }
  }
  const answer = askGuide({ text, wording: wordingIn(text), tools, toolChoice: 'auto', outputs })
  const items: readonly ReplyItem[] =
    'text' in answer
      ? [{ type: 'speech', text: answer.text }]
      : answer.calls.map((call) => ({ type: 'call', name: call.name, args: call.arguments }))
  return { items, ...grounding }
}
