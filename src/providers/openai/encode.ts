import { encodeBase64 } from '../../shared/base64.ts'
import type { HistoryItem, ModelSession, UserMessage } from '../model.ts'
import { type OpenAIRealtimeOptions, sessionRules, type TranscriptionOptions } from './options.ts'
import type { Traits } from './traits.ts'
import type { ClientEvent, WireInput, WireItem, WireSession } from './wire.ts'

/** The session as the options and the agent want it. */
export function sessionUpdate(
  options: OpenAIRealtimeOptions,
  { instructions, tools }: Pick<ModelSession, 'instructions' | 'tools'>,
  { media }: Partial<Pick<Traits, 'media'>> = {},
): Extract<ClientEvent, { type: 'session.update' }> {
  const { voice, speed, transcription = {}, noiseReduction, turnDetection, outputModalities } = options
  // WebRTC has its own.
  const format = media === 'track' ? undefined : { type: 'audio/pcm', rate: 24000 }
  const session = {
    type: 'realtime',
    instructions,
    outputModalities: [outputModalities ?? 'audio'],
    audio: {
      input: {
        format,
        turnDetection: turnDetection === null ? null : { ...defaultTurns, ...turnDetection },
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

const defaultTurns = { type: 'server_vad', createResponse: true, interruptResponse: true }

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
    const { callId, name, arguments: args } = item.call
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

/** Asks for an answer. The id comes back in an error, and, if it may, in the `metadata` of the answer. */
export function createResponse(id: string, metadata = true): ClientEvent {
  return {
    type: 'response.create',
    event_id: id,
    ...(metadata && { response: { metadata: { create_id: id } } }),
  }
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
