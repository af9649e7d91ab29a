import { z } from 'zod'

const part = z.strictObject({
  type: z.enum(['input_text', 'output_text', 'text']).optional(),
  text: z.string(),
})
const message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['developer', 'user', 'assistant']),
  content: z.array(part).length(1),
  id: z.string().nullish(),
  status: z.enum(['incomplete', 'completed']).nullish(),
})
const functionTool = z.strictObject({
  type: z.literal('function'),
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
})
const hostedTool = z.looseObject({ type: z.string().refine((type) => type !== 'function') })
const backend = z.strictObject({
  model: z.string().min(1),
  instructions: z.string().nullish(),
  max_output_tokens: z.number().int().positive().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullish(),
      summary: z.enum(['concise', 'detailed', 'auto']).nullish(),
    })
    .nullish(),
  service_tier: z.string().nullish(),
  text: z.strictObject({ verbosity: z.enum(['low', 'medium', 'high']).nullish() }).nullish(),
  tool_choice: z.union([z.enum(['auto', 'none', 'required']), z.looseObject({ type: z.string() })]).nullish(),
  tools: z.array(z.union([functionTool, hostedTool])).optional(),
})
const delay = z.number().int().nonnegative().optional()
const delegation = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('client'), acknowledgement_delay_ms: delay }),
  z.strictObject({ type: z.literal('responses'), acknowledgement_delay_ms: delay, responses: backend }),
])
const client = z.strictObject({
  data_channel: z.strictObject({
    allowed_client_events: z.union([z.literal('all'), z.array(z.string())]).optional(),
    allowed_server_events: z
      .union([
        z.literal('all'),
        z.array(z.strictObject({ type: z.string(), response_event: z.string().optional() })),
      ])
      .optional(),
  }),
})

/** `session` of `POST …/sessions`. Unknown fields are refused, as by the service. */
export const sessionSchema = z.strictObject({
  model: z.string().min(1),
  instructions: z.string().nullish(),
  audio: z
    .strictObject({
      output: z
        .strictObject({ voice: z.union([z.string(), z.strictObject({ id: z.string() })]).optional() })
        .optional(),
    })
    .optional(),
  delegation: delegation.nullish(),
  input: z.array(message).max(128).optional(),
  store: z.boolean().optional(),
  safety_identifier: z.string().nullish(),
  client: client.optional(),
})

/** What a session was opened with. */
export type LiveSessionConfig = z.infer<typeof sessionSchema>

const transport = z.strictObject({ type: z.literal('webrtc'), sdp: z.string().min(1) })

/** Body of `POST …/sessions`. */
export const createSchema = z.strictObject({ session: sessionSchema, transport })
/** Body of `POST …/sessions/{id}/fork`. */
export const forkSchema = z.strictObject({
  session: sessionSchema.pick({ client: true, store: true }).optional(),
  transport,
})

const event = { event_id: z.string().nullish() }
const append = { ...event, content: z.string(), delegation_id: z.string().nullable() }

/** What a page may send, by type. */
export const clientSchemas = {
  'session.update': z.strictObject({
    type: z.literal('session.update'),
    session: z.looseObject({}),
    ...event,
  }),
  'session.input_audio.mute': z.strictObject({ type: z.literal('session.input_audio.mute'), ...event }),
  'session.input_audio.unmute': z.strictObject({ type: z.literal('session.input_audio.unmute'), ...event }),
  'session.instructions.append': z.strictObject({
    type: z.literal('session.instructions.append'),
    ...append,
  }),
  'session.thinking.append': z.strictObject({ type: z.literal('session.thinking.append'), ...append }),
  'session.commentary.append': z.strictObject({ type: z.literal('session.commentary.append'), ...append }),
  'response.item.create': z.strictObject({
    type: z.literal('response.item.create'),
    item: z.looseObject({ type: z.string() }),
    ...event,
  }),
  'response.create': z.strictObject({ type: z.literal('response.create'), ...event }),
  'session.close': z.strictObject({ type: z.literal('session.close'), ...event }),
} as const

/** A message of the page's that is as it must be. */
export type LiveClientMessage = z.infer<(typeof clientSchemas)[keyof typeof clientSchemas]>
