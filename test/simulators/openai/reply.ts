import { askGuide, wordingIn } from '../guide.ts'
import type { OfferedTool } from '../tool-choice.ts'
import { textOf, type ConversationItem } from './conversation.ts'
import type { OfferedMcpTool } from './mcp-tools.ts'

/** What a response has to answer. */
export interface Turn {
  /** The history, or what the client gave instead of it. */
  readonly items: readonly ConversationItem[]
  readonly instructions: string
  /** Instructions that were given for this response only. */
  readonly responseInstructions: string | undefined
  readonly tools: readonly OfferedTool[]
  /** Tools of MCP servers, which the service calls itself. */
  readonly mcpTools: readonly OfferedMcpTool[]
  /** `'auto'`, `'none'`, `'required'`, or the name of the tool that must be called. */
  readonly toolChoice: string
  readonly metadata: Readonly<Record<string, string>> | null
}

/** One thing that a response says or calls. */
export type ReplyItem =
  | {
      readonly type: 'message'
      readonly text: string
      /** PCM16 at 24 kHz that follows the spoken text, or stands for it if `speakText` is false. */
      readonly pcm?: Int16Array
      /** Whether the text is spoken. Default true. */
      readonly speakText?: boolean
      readonly phase?: 'commentary' | 'final_answer'
    }
  | { readonly type: 'function_call'; readonly name: string; readonly arguments: string }
  | McpCallReply

/** A call that the service makes itself, once the client approves if it must be asked. */
export interface McpCallReply {
  readonly type: 'mcp_call'
  readonly serverLabel: string
  readonly name: string
  readonly arguments: string
  /** The request that the client has approved. */
  readonly approvalRequestId?: string
}

/** How a response ends if it does not just complete. */
export type ReplyEnding =
  | {
      readonly status: 'failed'
      readonly error: { readonly type: string; readonly code: string; readonly message?: string }
    }
  | { readonly status: 'incomplete'; readonly reason: 'max_output_tokens' | 'content_filter' }

/** An answer. */
export interface Reply {
  readonly items: readonly ReplyItem[]
  /** Whether each item is announced before the one before it ends, as by gpt-realtime-2.x. */
  readonly interleaved?: boolean
  readonly ending?: ReplyEnding
}

const OUTPUTS = new Set(['function_call_output', 'mcp_call', 'mcp_approval_response'])
const ECHO_OPENINGS = ['I heard you for', 'You spoke for', 'I listened for'] as const

/**
 * The answer unless a test has a better one: to speech, how long it was and the speech itself; to text,
 * what the guide says or calls.
 */
export function defaultReply({ items, tools, mcpTools, toolChoice, responseInstructions }: Turn): Reply {
  const asked = items.findLastIndex(({ wire }) => wire.type === 'message' && wire.role === 'user')
  const question = items[asked]
  const unanswered = asked === items.length - 1
  if (question?.pcm && unanswered && !wordingIn(responseInstructions)) {
    return { items: [{ type: 'message', ...echo(question.pcm, asked) }] }
  }
  const answer = askGuide({
    text: question && !question.pcm ? textOf(question.wire) : '',
    wording: wordingIn(responseInstructions),
    tools: [...tools, ...mcpTools],
    toolChoice,
    outputs: items
      .slice(asked + 1)
      .filter(({ wire }) => OUTPUTS.has(wire.type))
      .map(({ wire }) => textOf(wire))
      .filter((text) => text !== ''),
  })
  if ('text' in answer) return { items: [{ type: 'message', text: picturesOf(question) + answer.text }] }
  return {
    items: answer.calls.map((call) => {
      const json = JSON.stringify(call.arguments)
      const serverLabel = mcpTools.find(({ name }) => name === call.name)?.serverLabel
      return serverLabel === undefined
        ? { type: 'function_call', name: call.name, arguments: json }
        : { type: 'mcp_call', serverLabel, name: call.name, arguments: json }
    }),
  }
}

function echo(pcm: Int16Array, turn: number): { readonly text: string; readonly pcm: Int16Array } {
  const opening = ECHO_OPENINGS[(turn >> 1) % ECHO_OPENINGS.length] ?? ECHO_OPENINGS[0]
  const seconds = (pcm.length / 24_000).toFixed(1)
  return { text: `${opening} ${seconds} seconds. This is what reached me:`, pcm }
}

/** What there is to say of the pictures in a message. */
function picturesOf(item: ConversationItem | undefined): string {
  if (item?.wire.type !== 'message') return ''
  return item.wire.content
    .map(({ image_url: url }) => url?.match(/^data:image\/(\w+);base64,(.*)$/))
    .map((found) => {
      if (!found) return ''
      const bytes = Buffer.byteLength(found[2] ?? '', 'base64')
      return `I see a ${String(found[1]).toUpperCase()} picture of ${bytes} bytes. `
    })
    .join('')
}
