import type { Dialect, DialectRules } from './dialect.ts'
import { unsupported } from './unsupported.ts'
import type { ServerEvent } from './wire.ts'

/** Options of {@link azure}. */
export interface AzureOptions {
  /** The resource's name, as in `https://<resource>.openai.azure.com`, or its whole address. */
  readonly resource: string
  /**
   * Whether Azure keeps from the page what only a server should see (`webrtcfilter=on`): the session with its
   * instructions, tool calls, costs and errors. Tools are then for your server to run. Default `true`.
   */
  readonly eventFilter?: boolean
}

/**
 * Azure OpenAI, over WebRTC: its WebSocket takes keys in headers, which a page cannot set. `model` is the
 * name of your deployment.
 *
 * With `eventFilter`, tools and written answers are an `OptionError`, and `usage` is not told.
 */
export function azure({ resource, eventFilter = true }: AzureOptions): Dialect {
  const origin = resource.includes('://') ? resource : `https://${resource}.openai.azure.com`
  const calls = `${origin.replace(/\/+$/, '')}/openai/v1/realtime/calls`
  const all: DialectRules = {
    name: 'Azure OpenAI',
    recipe: { name: 'azure', options: { resource, eventFilter } },
    endpoints: { webrtc: calls },
    // A resource's key, of the older and of the newer kind.
    longLivedKey: /^(sk-|[\da-f]{32}$|\w{84}$)/,
  }
  if (!eventFilter) return all
  const filtered: DialectRules = {
    ...all,
    endpoints: { webrtc: `${calls}?webrtcfilter=on` },
    traits: { textOutput: false, metadata: false },
    capabilities: { tools: false },
    check: unsupported(all.name, ['tools', 'toolChoice', 'parallelToolCalls', 'include']),
    silent: true,
    receive,
  }
  return filtered
}

/** Where an event belongs, if it does. */
interface Place {
  readonly type: string
  readonly response_id?: unknown
  readonly item_id?: unknown
}

/** Tells by what still comes of an answer when it and its messages begin, and when it ends. */
function receive(): (event: ServerEvent) => readonly ServerEvent[] {
  const known = new Set<unknown>()
  const open = new Set<string>()
  const done = (status: string): ServerEvent[] => {
    const events = [...open].map((id): ServerEvent => ({ type: 'response.done', response: { id, status } }))
    open.clear()
    return events
  }
  return (event) => {
    const { type, response_id: id, item_id: itemId } = event as Place
    const events = [event]
    if (type === 'input_audio_buffer.speech_started') events.push(...done('cancelled'))
    if (typeof id !== 'string') return events
    if (typeof itemId === 'string' && !known.has(itemId)) {
      known.add(itemId)
      const item = { id: itemId, type: 'message' }
      events.unshift({ type: 'response.output_item.added', response_id: id, item })
    }
    if (!known.has(id)) {
      known.add(id)
      open.add(id)
      events.unshift({ type: 'response.created', response: { id } })
    }
    if (type === 'output_audio_buffer.stopped') events.unshift(...done('completed'))
    if (type === 'output_audio_buffer.cleared') events.unshift(...done('cancelled'))
    return events
  }
}
