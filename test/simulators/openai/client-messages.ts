import { z } from 'zod'
import { sessionUpdateSchema, toolSchema, toolChoiceSchema, outputVoiceSchema } from './session-schema.ts'

/*
 * Every message that a client may send over a WebSocket. Stricter than the published schemas, as the
 * service is: a field that is not listed is an error.
 */

const base = { event_id: z.string().max(512).optional() }

const itemBase = {
  id: z.string().min(1).max(32).optional(),
  object: z.literal('realtime.item').optional(),
  status: z.enum(['completed', 'incomplete', 'in_progress']).optional(),
}

const inputText = z.strictObject({ type: z.literal('input_text'), text: z.string() })

const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({
    ...itemBase,
    type: z.literal('message'),
    role: z.literal('system'),
    content: z.array(inputText).min(1),
  }),
  z.strictObject({
    ...itemBase,
    type: z.literal('message'),
    role: z.literal('user'),
    content: z
      .array(
        z.discriminatedUnion('type', [
          inputText,
          z.strictObject({
            type: z.literal('input_audio'),
            audio: z.string(),
            transcript: z.string().optional(),
          }),
          z.strictObject({
            type: z.literal('input_image'),
            image_url: z.string(),
            detail: z.enum(['auto', 'low', 'high']).optional(),
          }),
        ]),
      )
      .min(1),
  }),
  z.strictObject({
    ...itemBase,
    type: z.literal('message'),
    role: z.literal('assistant'),
    // The service asks for `text` also where the type is `output_audio`: spoken history cannot be made.
    content: z
      .array(z.strictObject({ type: z.enum(['output_text', 'output_audio']), text: z.string() }))
      .min(1),
  }),
])

const callId = z
  .string()
  .max(32)
  .regex(/^[a-zA-Z0-9_-]+$/)

const itemSchema = z.discriminatedUnion('type', [
  messageSchema,
  z.strictObject({
    ...itemBase,
    type: z.literal('function_call'),
    call_id: callId.optional(),
    name: z.string().min(1),
    arguments: z.string(),
  }),
  z.strictObject({
    ...itemBase,
    type: z.literal('function_call_output'),
    call_id: callId,
    output: z.string(),
  }),
  z.strictObject({
    id: itemBase.id,
    type: z.literal('mcp_approval_response'),
    approval_request_id: z.string(),
    approve: z.boolean(),
    reason: z.string().nullable().optional(),
  }),
])

const referenceSchema = z.strictObject({ type: z.literal('item_reference'), id: z.string() })

const responseSchema = z.strictObject({
  instructions: z.string().optional(),
  tools: z.array(toolSchema).optional(),
  tool_choice: toolChoiceSchema.optional(),
  parallel_tool_calls: z.boolean().optional(),
  output_modalities: z.tuple([z.enum(['audio', 'text'])]).optional(),
  audio: z.strictObject({ output: outputVoiceSchema.optional() }).optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= 16, 'Expected at most 16 pairs.')
    .nullable()
    .optional(),
  max_output_tokens: z.union([z.int().min(1).max(4096), z.literal('inf')]).optional(),
  reasoning: z
    .strictObject({ effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).optional() })
    .optional(),
  conversation: z.enum(['auto', 'none']).optional(),
  input: z.array(z.discriminatedUnion('type', [itemSchema, referenceSchema])).optional(),
})

const clientMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...base, type: z.literal('session.update'), session: sessionUpdateSchema }),
  z.strictObject({ ...base, type: z.literal('input_audio_buffer.append'), audio: z.string() }),
  z.strictObject({ ...base, type: z.literal('input_audio_buffer.commit') }),
  z.strictObject({ ...base, type: z.literal('input_audio_buffer.clear') }),
  z.strictObject({ ...base, type: z.literal('output_audio_buffer.clear') }),
  z.strictObject({
    ...base,
    type: z.literal('conversation.item.create'),
    item: itemSchema,
    previous_item_id: z.string().optional(),
  }),
  z.strictObject({ ...base, type: z.literal('conversation.item.retrieve'), item_id: z.string() }),
  z.strictObject({ ...base, type: z.literal('conversation.item.delete'), item_id: z.string() }),
  z.strictObject({
    ...base,
    type: z.literal('conversation.item.truncate'),
    item_id: z.string(),
    content_index: z.int().min(0),
    audio_end_ms: z.int().min(0),
  }),
  z.strictObject({
    ...base,
    type: z.literal('response.create'),
    response: responseSchema.optional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal('response.cancel'),
    response_id: z.string().optional(),
  }),
])

/** A message that a client may send. */
export type ClientMessage = z.infer<typeof clientMessageSchema>

/** The client message of one type. */
export type ClientMessageOf<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>

/** An item as a client gives it. */
export type ClientItem = z.infer<typeof itemSchema>

/** Checks a message. */
export function checkClientMessage(message: unknown): z.ZodSafeParseResult<ClientMessage> {
  return clientMessageSchema.safeParse(message)
}
