import { Agent } from '../../../src/agent/agent.ts'
import { tool } from '../../../src/agent/tool.ts'
import type { EngineThread } from '../../../src/engine/engine-thread.ts'
import { RealTimePipeline } from '../../../src/pipeline/real-time-pipeline.ts'
import { OpenAIRealtime } from '../../../src/providers/openai/openai-realtime.ts'
import { TOOL } from '../lab/live-protocol.ts'

/** A whole conversation, wherever its engine runs. */
export interface Host {
  /** Connects to a server that speaks OpenAI's protocol, and asks for an answer. */
  open(url: string): Promise<void>
  close(): Promise<void>
}

/** A module in `hosts/` exports one as `adapter`. */
export type HostFactory = () => Host

/** It knows at once. */
const lookUp = tool({
  name: TOOL,
  description: '',
  parameters: { type: 'object', properties: {} },
  execute: async () => 'It is there.',
})

/** Ours. */
export function ourHost(thread?: EngineThread): Host {
  let pipeline: RealTimePipeline | undefined
  return {
    async open(url) {
      pipeline = new RealTimePipeline({
        model: new OpenAIRealtime({ auth: () => 'ek_bench', model: 'live', transport: 'websocket', url }),
        agent: new Agent({ instructions: '', tools: [lookUp] }),
        ...(thread && { thread }),
      })
      await pipeline.start()
      await pipeline.sendMessage('Go.')
    },
    close: async () => pipeline?.close(),
  }
}
