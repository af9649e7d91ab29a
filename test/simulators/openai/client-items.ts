import { decodePcm, encodePcm } from '../pcm.ts'
import { invalidValue, type ClientError } from './client-error.ts'
import type { ClientItem, ClientMessageOf } from './client-messages.ts'
import type { Conversation, ConversationItem, ItemContent, WireItem } from './conversation.ts'
import { newCallId, newId } from './wire.ts'

const MAX_APPEND_BYTES = 15 * 1024 * 1024
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
  return undefined
}

/** The item that a client describes, or what is wrong with its audio. */
export function itemFrom(item: ClientItem): ConversationItem | ClientError {
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
