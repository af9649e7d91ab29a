import { decodePcm, encodePcm } from '../pcm.ts'
import { invalidValue, type ClientError } from './client-error.ts'
import type { ClientItem, ClientMessageOf } from './client-messages.ts'
import type { Conversation, ConversationItem, ItemContent, WireItem } from './conversation.ts'
import { newCallId, newId } from './wire.ts'

const MAX_APPEND_BYTES = 15 * 1024 * 1024
const IMAGE_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** PCM16 as a client sends it, or what is wrong with it. */
export function readClientAudio(audio: string, param: string): Int16Array | ClientError {
  const filling = audio.endsWith('==') ? 2 : audio.endsWith('=') ? 1 : 0
  const bytes = (audio.length / 4) * 3 - filling
  if (!BASE64.test(audio) || audio.length % 4 !== 0 || bytes % 2 !== 0) {
    const expected = 'Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got an invalid value.'
    return invalidValue(`Invalid '${param}'. ${expected}`, param)
  }
  if (bytes > MAX_APPEND_BYTES) {
    const message = `Invalid '${param}': too long. Expected at most 15 MiB of audio, but got ${bytes} bytes.`
    return { code: 'string_above_max_length', message, param }
  }
  return decodePcm(audio)
}

/** What is wrong with a picture; `undefined` if nothing is. */
function imageError(url: string, maxBytes: number, param: string): ClientError | undefined {
  const [, type, data] = url.match(/^data:([^;,]*);base64,(.*)$/s) ?? []
  if (type === undefined || data === undefined) {
    return invalidValue(`Invalid '${param}'. Expected a base64-encoded data URL of an image.`, param)
  }
  if (!IMAGE_TYPES.has(type)) {
    const message = `Invalid MIME type '${type}'. Only image types are supported: png, jpeg, gif and webp.`
    return { code: 'invalid_image_format', message, param }
  }
  if (data === '' || data.length % 4 !== 0 || !BASE64.test(data)) {
    return invalidValue(`Invalid '${param}'. Expected base64-encoded data.`, param)
  }
  const bytes = Buffer.byteLength(data, 'base64')
  if (bytes <= maxBytes) return undefined
  const message = `Invalid '${param}': the image has ${bytes} bytes, and ${maxBytes} are allowed.`
  return { code: 'image_too_large', message, param }
}

type ItemCreate = Pick<ClientMessageOf<'conversation.item.create'>, 'item' | 'previous_item_id'>

/** What is wrong with adding an item to a conversation; `undefined` if nothing is. */
export function itemError(
  conversation: Conversation,
  { item, previous_item_id: previousId }: ItemCreate,
): ClientError | undefined {
  if (item.id !== undefined && conversation.find(item.id)) {
    return invalidValue(`Item with item_id already exists: '${item.id}'.`, 'item.id')
  }
  if (previousId !== undefined && previousId !== 'root' && !conversation.find(previousId)) {
    return invalidValue(`Previous item with ID '${previousId}' not found.`, 'previous_item_id')
  }
  if (item.type === 'function_call_output') {
    const { call_id: callId } = item
    if (!conversation.hasCall(callId)) {
      const message = `Tool call ID '${callId}' not found in conversation.`
      return { code: 'invalid_tool_call_id', message, param: null }
    }
    const answered = conversation.items.some(
      ({ wire }) => wire.type === 'function_call_output' && wire.call_id === callId,
    )
    // Stricter than what is known of the service: a call that is answered twice is a client's mistake.
    if (answered) {
      const message = `Tool call ID '${callId}' has an output already.`
      return { code: 'invalid_tool_call_id', message, param: null }
    }
  }
  if (item.type === 'mcp_approval_response') {
    const { approval_request_id: requestId } = item
    if (conversation.find(requestId)?.wire.type !== 'mcp_approval_request') {
      return invalidValue(`Approval request '${requestId}' not found.`, 'item.approval_request_id')
    }
  }
  return undefined
}

/** The item that a client describes, or what is wrong with its audio or picture. */
export function itemFrom(item: ClientItem, maxImageBytes: number): ConversationItem | ClientError {
  if (item.type === 'mcp_approval_response') {
    const { id: responseId = newId('mcpr'), type, approval_request_id, approve, reason = null } = item
    return { wire: { id: responseId, type, approval_request_id, approve, reason } }
  }
  const id = item.id ?? newId('item')
  if (item.type === 'function_call_output') {
    return { wire: { id, type: item.type, call_id: item.call_id, output: item.output } }
  }
  if (item.type === 'function_call') {
    const { name, call_id: callId = newCallId(), arguments: json } = item
    return {
      wire: { id, type: item.type, status: 'completed', name, call_id: callId, arguments: json },
    }
  }
  let pcm: Int16Array | undefined
  const content: ItemContent[] = []
  for (const [index, part] of item.content.entries()) {
    if (part.type === 'output_audio') {
      return invalidValue(`Audio of the assistant cannot be created.`, `item.content[${index}].type`)
    }
    if (part.type === 'input_image') {
      const error = imageError(part.image_url, maxImageBytes, `item.content[${index}].image_url`)
      if (error) return error
    }
    if (part.type !== 'input_audio') {
      content.push(part as ItemContent)
      continue
    }
    const audio = readClientAudio(part.audio, `item.content[${index}].audio`)
    if (!(audio instanceof Int16Array)) return audio
    pcm = audio
    content.push({ type: part.type, transcript: part.transcript ?? null })
  }
  const wire: WireItem = { id, type: 'message', status: 'completed', role: item.role, content }
  return pcm ? { wire, pcm } : { wire }
}

/** An item with its audio, as `conversation.item.retrieved` shows it. */
export function itemWithAudio({ wire, pcm }: ConversationItem): unknown {
  if (!pcm || wire.type !== 'message') return wire
  const audio = encodePcm(pcm)
  return {
    ...wire,
    content: wire.content.map((part) => (part.type.endsWith('_audio') ? { ...part, audio } : part)),
  }
}
