import { encodeBase64 } from '../../shared/base64.ts'
import type { AgentUpdate, HistoryItem, ReplyRequest, UserMessage } from '../model.ts'
import { type OpenAIRealtimeOptions, sessionRules, type TranscriptionOptions } from './options.ts'
import type { Traits } from './traits.ts'
import type { ClientEvent, WireAgent, WireInput, WireItem, WireResponseRequest, WireSession } from './wire.ts'

/**
 * The session as the options and the agent want it.
 * @param confirmTurns Whether OpenAI is to do nothing by itself when the user speaks.
 */
export function sessionUpdate(
  options: OpenAIRealtimeOptions,
  { instructions, tools }: AgentUpdate,
  { media }: Partial<Pick<Traits, 'media'>> = {},
  confirmTurns = false,
): { readonly type: 'session.update'; readonly session: WireSession } {
  const { voice, speed, transcription = {}, noiseReduction, turnDetection, outputModalities } = options
  // WebRTC has its own.
  const format = media === 'track' ? undefined : { type: 'audio/pcm', rate: 24000 }
  const byItself = { createResponse: !confirmTurns, interruptResponse: !confirmTurns }
  const session = {
    type: 'realtime',
    instructions,
    outputModalities: [outputModalities ?? 'audio'],
    audio: {
      input: {
        format,
        turnDetection: turnDetection === null ? null : { type: 'server_vad', ...byItself, ...turnDetection },
        transcription: transcription ? { ...transcription, model: transcriberOf(transcription) } : null,
        noiseReduction: noiseReduction && { type: noiseReduction },
      },
      output: { format, voice, speed },
    },
    tools: [
      ...tools.map(({ name, description, parameters }) => ({
        type: 'function',
        name,
        description,
        parameters,
      })),
      ...(options.tools ?? []),
    ],
    ...Object.fromEntries(
      Object.keys(sessionRules).map((name) => [name, options[name as keyof OpenAIRealtimeOptions]]),
    ),
  }
  return { type: 'session.update', session: onWire(session) as WireSession }
}

/** What of a session another agent changes. */
export function agentOf({ type, instructions, tools }: WireSession): WireAgent {
  return { type, instructions, tools }
}

function transcriberOf({ model, prompt, keywords }: TranscriptionOptions): string {
  return model ?? (prompt || keywords ? 'gpt-live-transcribe' : 'gpt-realtime-whisper')
}

/** Options are named as on the wire, but for the case; what is in a list, or the application's, stays. */
function onWire(value: unknown): unknown {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return value
  const fields = Object.entries(value).map(([name, field]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    /^(variables|metadata)$/.test(name) ? field : onWire(field),
  ])
  return Object.fromEntries(fields)
}

/** One frame of the user's voice, ready to be sent: base64 needs no escaping. */
export function appendAudio(frame: Int16Array): string {
  const bytes = new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength)
  return `{"type":"input_audio_buffer.append","audio":"${encodeBase64(bytes)}"}`
}

/** Adds an item to the conversation. */
function addItem(item: WireItem): ClientEvent {
  return { type: 'conversation.item.create', item }
}

/** What the user typed, or shows. */
export function userMessage({ text, images = [] }: UserMessage): ClientEvent {
  const shown = images.map(({ mimeType, data }): WireInput => ({
    type: 'input_image',
    image_url: `data:${mimeType};base64,${data}`,
  }))
  const typed: WireInput[] = text ? [{ type: 'input_text', text }] : []
  return addItem({ type: 'message', role: 'user', content: [...typed, ...shown] })
}

/** What was said and done on an earlier connection. */
export function replay(item: HistoryItem): ClientEvent[] {
  if (item.type === 'toolCall') {
    const { name, arguments: args } = item.call
    // Another service's id may be longer than OpenAI takes.
    const callId = item.call.callId.slice(-32)
    return [
      addItem({ type: 'function_call', call_id: callId, name, arguments: args }),
      functionOutput(callId, item.output),
    ]
  }
  const { role, text } = item
  if (role === 'user') return [userMessage({ text })]
  return [addItem({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] })]
}

/** The answer to a function call. */
export function functionOutput(callId: string, output: string): ClientEvent {
  return addItem({ type: 'function_call_output', call_id: callId, output })
}

/**
 * Asks for an answer. The id comes back in an error, and, if it may, in the `metadata` of the answer.
 * @param wanted What it is to be, where it is not to be as the session is.
 */
export function createResponse(id: string, metadata = true, wanted?: WireResponseRequest): ClientEvent {
  const response = metadata ? { ...wanted, metadata: { create_id: id } } : wanted
  return { type: 'response.create', event_id: id, ...(response && { response }) }
}

/**
 * What the agent is to say unasked. Instructions of a response stand instead of the session's, so those
 * come with it.
 * @param agent The session's.
 */
export function replyResponse(agent: string, { instructions, text }: ReplyRequest): WireResponseRequest {
  return {
    instructions: `${agent}\n\n${text ? verbatim(text) : instructions}`,
    tool_choice: text ? 'none' : undefined,
  }
}

/** What has a model say a text as it is. */
export function verbatim(text: string): string {
  return `Word for word, say exactly: "${text}"\nAdd nothing.`
}

/** Stops an answer. */
export function cancelResponse(id: string): ClientEvent {
  return { type: 'response.cancel', response_id: id }
}

/** Takes an item, of which nothing was heard, out of the model's memory. */
export function deleteItem(id: string): ClientEvent {
  return { type: 'conversation.item.delete', event_id: `delete_${id}`, item_id: id }
}

/** Cuts an item in the model's memory to what was heard, in ms. */
export function truncateItem(id: string, heardMs: number): ClientEvent {
  return { type: 'conversation.item.truncate', item_id: id, content_index: 0, audio_end_ms: heardMs }
}
