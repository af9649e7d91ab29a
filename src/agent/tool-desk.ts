import type { Emitter } from '../core/emitter.ts'
import type { Agent } from './agent.ts'
import type { ToolImage, ToolOutcome, ToolReport } from './tool-call.ts'
import { type ToolEvents, ToolRunner } from './tool-runner.ts'
import type { Tool, ToolPipeline } from './tool.ts'

/** What a {@link ToolDesk} works with. */
export interface ToolDeskHost {
  /** Handed to the tools. */
  readonly pipeline: ToolPipeline & { setAgent(agent: Agent): Promise<void> }
  readonly emitter: Pick<Emitter<ToolEvents>, 'emit'>
  /** Makes pictures ready to be sent. Rejects if the model sees none. */
  encodeImages(images: readonly unknown[]): Promise<readonly ToolImage[]>
  /** Takes what becomes of a call. */
  answerTool(callId: string, outcome: ToolOutcome): void
}

/** The page's half of an agent's tools. It comes with them, so that a page without tools does not load it. */
export class ToolDesk {
  readonly #host: ToolDeskHost
  readonly #runner: ToolRunner

  constructor(host: ToolDeskHost) {
    const { pipeline, emitter } = host
    this.#host = host
    this.#runner = new ToolRunner({
      tools: [],
      pipeline,
      events: emitter,
      handOff: async (agent) => pipeline.setAgent(agent),
      encodeImages: async (images) => host.encodeImages(images),
    })
  }

  /** Changes what may be called from now on. */
  set tools(tools: readonly Tool[]) {
    this.#runner.setTools(tools)
  }

  /** Does what the engine asks for. */
  take(report: ToolReport): void {
    switch (report.type) {
      case 'runTool': {
        const { callId } = report.call
        void this.#runner.run(report.call).then((outcome) => this.#host.answerTool(callId, outcome))
        return
      }
      case 'cancelTool':
        return this.#runner.cancel(report.callId)
      case 'interruptTools':
        return this.#runner.interrupt()
      case 'abortTools':
        return this.#runner.abort()
    }
  }
}
