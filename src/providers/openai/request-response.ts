import type { ToolCall } from '../../agent/tool-call.ts'
import { ConnectionError } from '../../core/errors.ts'
import type { Listenable } from '../../core/emitter.ts'
import type { ResponseStatus, Usage } from '../model.ts'
import type { OpenAIRealtimeEvents, RawEvent } from './events.ts'
import { modelError } from './failures.ts'
import { usageOf } from './usage.ts'
import type { ServerEvent, WireItem, WireOutputItem, WireResponse, WireTool } from './wire.ts'

/** What {@link requestResponse} and the like need of an `OpenAIRealtime`. */
export interface OpenAIChannel extends Pick<Listenable<OpenAIRealtimeEvents>, 'on'> {
  send(event: RawEvent): boolean
}

/** What to ask for. */
export interface ResponseRequest {
  /** Instead of the agent's. */
  readonly instructions?: string
  /** What it is about, as items of OpenAI's; `[]` for nothing. Default: the conversation so far. */
  readonly input?: readonly WireItem[]
  /** Comes back with the answer: up to 15 pairs. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Instead of the session's. Calls are returned, not run. */
  readonly tools?: readonly WireTool[]
  /** Gives the answer up. */
  readonly signal?: AbortSignal
}

/** A written answer beside the conversation. */
export interface RequestedResponse {
  readonly text: string
  readonly calls: readonly ToolCall[]
  readonly status: ResponseStatus
  readonly usage: Usage | undefined
  readonly metadata: Readonly<Record<string, string>>
}

let count = 0

/**
 * Asks for a written answer beside the conversation, which neither hears of it nor waits for it: to
 * classify what was said, to sum it up. Several may be asked for at once.
 *
 * Rejects with a `ModelError` if the model fails, with a `ConnectionError` if there is no connection or it
 * is made anew meanwhile, or with the reason of `signal`.
 */
export async function requestResponse(
  model: OpenAIChannel,
  { signal, metadata, instructions, input, tools }: ResponseRequest = {},
): Promise<RequestedResponse> {
  signal?.throwIfAborted()
  const requestId = `request_${++count}`
  const over = new AbortController()
  const response = new Promise<WireResponse>((resolve, reject) => {
    let responseId: string | undefined
    const cancel = (): void => {
      if (responseId) model.send({ type: 'response.cancel', response_id: responseId })
    }
    model.on(
      'serverEvent',
      (raw) => {
        const event = raw as ServerEvent
        if (event.type === 'session.created') reject(lost())
        else if (event.type === 'error' && event.error.event_id === requestId) reject(modelError(event.error))
        else if (event.type === 'response.created' && event.response.metadata?.request_id === requestId) {
          responseId = event.response.id
          if (signal?.aborted) cancel()
        } else if (event.type === 'response.done' && event.response.metadata?.request_id === requestId) {
          if (event.response.status === 'failed')
            reject(modelError(event.response.status_details?.error ?? {}))
          else resolve(event.response)
        } else return
        if (event.type !== 'response.created') over.abort()
      },
      { signal: over.signal },
    )
    const onClosed = (error: unknown): void => {
      over.abort()
      reject(error)
    }
    model.on('closed', onClosed, { signal: over.signal })
    signal?.addEventListener(
      'abort',
      () => {
        cancel()
        reject(signal.reason)
      },
      { signal: over.signal },
    )
    const request = {
      conversation: 'none' as const,
      output_modalities: ['text' as const],
      metadata: { ...metadata, request_id: requestId },
      ...(instructions !== undefined && { instructions }),
      ...(input && { input: [...input] }),
      ...(tools && { tools: [...tools] }),
    }
    if (!model.send({ type: 'response.create', event_id: requestId, response: request })) {
      over.abort()
      reject(lost())
    }
  })
  const { status, usage, output = [], metadata: told } = await response
  const { request_id: _, ...rest } = told ?? {}
  return {
    text: output.flatMap(({ content }) => content?.map(({ text }) => text ?? '') ?? []).join(''),
    calls: output.flatMap(callOf),
    status: status === 'cancelled' || status === 'incomplete' ? status : 'completed',
    usage: usage ? usageOf(usage) : undefined,
    metadata: rest,
  }
}

function callOf({ call_id: callId, name, arguments: args = '' }: WireOutputItem): ToolCall[] {
  return callId && name ? [{ callId, name, arguments: args }] : []
}

function lost(): ConnectionError {
  return new ConnectionError('There is no connection to OpenAI: ask again when there is.', {
    code: 'connection-lost',
    retryable: true,
  })
}
