import type { HistoryItem, ModelSession } from '../../model.ts'
import type { OpenAILiveOptions } from './options.ts'
import type { Append, LiveClientEvent, WireDelegation, WireLiveSession, WireMemory } from './wire.ts'

/** OpenAI takes no more messages of before the session. */
const MAX_MEMORIES = 128
/** OpenAI takes 500 tokens at a time. A token is a byte at least, and of words four on average. */
const MAX_BYTES = 1000

/** What a page needs to be let send, besides what the delegation needs. `session.update` is not among it. */
const appends = ['session.instructions.append', 'session.thinking.append', 'session.commentary.append']
const controls = ['session.input_audio.mute', 'session.input_audio.unmute', 'session.close']

/** The session as the options and the agent want it. */
export function liveSession(
  options: OpenAILiveOptions,
  session: Pick<ModelSession, 'instructions' | 'tools' | 'history'>,
): WireLiveSession {
  const { model, voice, store } = options
  const { instructions, history } = session
  const delegation = delegationOf(options, session)
  const backend = delegation.type === 'responses' ? ['response.item.create', 'response.create'] : []
  return {
    model,
    instructions,
    audio: voice === undefined ? undefined : { output: { voice } },
    delegation,
    input: history.length ? history.slice(-MAX_MEMORIES).map(memory) : undefined,
    store,
    client: {
      data_channel: {
        allowed_client_events: [...appends, ...controls, ...backend],
        allowed_server_events: 'all',
      },
    },
  }
}

function delegationOf(
  { delegation = { type: 'client' } }: OpenAILiveOptions,
  { instructions, tools }: Pick<ModelSession, 'instructions' | 'tools'>,
): WireDelegation {
  const acknowledgement_delay_ms = delegation.acknowledgementDelayMs
  if (delegation.type === 'client') return { type: 'client', acknowledgement_delay_ms }
  return {
    type: 'responses',
    acknowledgement_delay_ms,
    responses: {
      model: delegation.model,
      instructions: delegation.instructions ?? instructions,
      tools: [
        ...tools.map(({ name, description, parameters }) => {
          return { type: 'function' as const, name, description, parameters, strict: false as const }
        }),
        ...(delegation.tools ?? []),
      ],
      tool_choice: delegation.toolChoice,
      parallel_tool_calls: delegation.parallelToolCalls,
      max_output_tokens: delegation.maxOutputTokens,
      reasoning: delegation.reasoning,
    },
  }
}

function memory(item: HistoryItem): WireMemory {
  if (item.type === 'message' && item.role === 'agent') {
    return { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: item.text }] }
  }
  // The voice has no tools, but it is to know what one has brought to light.
  const [role, text] =
    item.type === 'message'
      ? (['user', item.text] as const)
      : ([
          'developer',
          `The tool ${item.call.name}(${item.call.arguments}) answered: ${item.output}`,
        ] as const)
  return { type: 'message', role, content: [{ type: 'input_text', text }] }
}

/** Tells the voice something, in as many messages as it takes. */
export function append(type: Append, content: string, delegationId: string | null = null): LiveClientEvent[] {
  return pieces(content).map((piece) => ({ type, content: piece, delegation_id: delegationId }))
}

/** Cuts a text, between words if it has any, into parts that OpenAI takes. */
function pieces(text: string): string[] {
  const parts: string[] = []
  let part = ''
  let bytes = 0
  for (const word of text.split(/(?<=\s)/)) {
    for (const letter of word.length > MAX_BYTES / 3 ? word : [word]) {
      const size = letter.replace(/[^ -~]/gu, '...').length
      if (bytes + size > MAX_BYTES) {
        parts.push(part)
        part = ''
        bytes = 0
      }
      part += letter
      bytes += size
    }
  }
  return part ? [...parts, part] : parts
}
