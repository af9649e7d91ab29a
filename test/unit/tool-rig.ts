import type { ToolOutcome } from '../../src/agent/tool-call.ts'
import {
  ToolRunner,
  type ToolApproval,
  type ToolEvents,
  type ToolRunnerOptions,
} from '../../src/agent/tool-runner.ts'
import type { Tool, ToolContext, ToolPipeline, ToolSpeech } from '../../src/agent/tool.ts'

const speech: ToolSpeech = {
  heard: Promise.resolve({ text: '', interrupted: false }),
  interrupt: () => {},
}

/** A conversation in which nothing happens. */
export const pipeline: ToolPipeline = {
  state: 'thinking',
  sendMessage: async () => {},
  say: async () => speech,
  generateReply: async () => speech,
  interrupt: () => {},
  mute: () => {},
  unmute: () => {},
  hangUp: async () => {},
  close: async () => {},
}

/** What a tool gets outside a conversation. */
export const context: ToolContext = {
  signal: new AbortController().signal,
  pipeline,
  progress: () => {},
}

/** An event, as the page would get it. */
export type ToolEvent = {
  [Type in keyof ToolEvents]: { readonly type: Type; readonly payload: ToolEvents[Type] }
}[keyof ToolEvents]

export interface ToolRig {
  readonly runner: ToolRunner
  /** All that was emitted. */
  readonly events: ToolEvent[]
  /** Runs a tool with `{}`. */
  readonly run: (name: string, callId?: string, args?: string) => Promise<ToolOutcome>
  /** The payloads of one kind of event. */
  readonly of: <Type extends keyof ToolEvents>(type: Type) => ToolEvents[Type][]
}

/** A runner and what it emits. Without `onApproval` nobody listens to that event. */
export function toolRig(
  tools: readonly Tool[],
  {
    onApproval,
    ...options
  }: Partial<ToolRunnerOptions> & { readonly onApproval?: (approval: ToolApproval) => void } = {},
): ToolRig {
  const events: ToolEvent[] = []
  const emit: ToolRunnerOptions['events']['emit'] = (type, payload) => {
    const event = { type, payload } as ToolEvent
    events.push(event)
    if (event.type === 'toolApproval') onApproval?.(event.payload)
    return onApproval !== undefined
  }
  const runner = new ToolRunner({ tools, pipeline, events: { emit }, ...options })
  return {
    runner,
    events,
    run: async (name, callId = '1', args = '{}') => runner.run({ callId, name, arguments: args }),
    of: <Type extends keyof ToolEvents>(type: Type) =>
      events.filter((event) => event.type === type).map(({ payload }) => payload as ToolEvents[Type]),
  }
}

/** The error that the model is told. */
export function errorIn({ output }: ToolOutcome): unknown {
  return (JSON.parse(output) as { error?: unknown }).error
}

/** Resolves on a timer. */
export async function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
