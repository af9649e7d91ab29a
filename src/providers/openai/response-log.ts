import { PcmDecoder } from '../../shared/pcm-decoder.ts'
import type { AgentItem } from './agent-items.ts'
import type { ToolRound } from './tool-rounds.ts'

/** One answer of the model's. */
export interface Response extends ToolRound {
  readonly id: string
  /** Its messages, spoken or written. */
  readonly items: AgentItem[]
  /** Whether anybody was told of it. */
  readonly announced: boolean
  /** Whether it is known what was heard of it; only of interest if it was cut. */
  judged: boolean
  /** Whether a track carries its voice: not yet, now, or, if `undefined`, no more or never. */
  voice?: 'due' | 'playing' | undefined
  /** Messages that a track has carried to their end. */
  voiced?: number
}

/**
 * The answers of one connection and what belongs to them. Nothing is forgotten while the connection
 * lasts, so that whatever comes late or twice is recognised.
 */
export class ResponseLog {
  readonly responses: Map<string, Response> = new Map()
  readonly #items = new Map<string, AgentItem>()

  /** A new answer. One that is not wanted counts as cut before anything of it was heard. */
  begin(id: string, wanted: boolean): void {
    this.responses.set(id, {
      id,
      items: [],
      announced: wanted,
      cut: !wanted,
      judged: !wanted,
      calls: 0,
      pending: 0,
      over: false,
    })
  }

  /** An answer that is being made and is wanted. */
  live(id: string): Response | undefined {
    const response = this.responses.get(id)
    return response?.cut || response?.over ? undefined : response
  }

  item(id: string): AgentItem | undefined {
    return this.#items.get(id)
  }

  /** A message of an answer, new or known; `undefined` if the answer is not known. */
  itemOf(responseId: string, id: string): AgentItem | undefined {
    const response = this.responses.get(responseId)
    let item = this.#items.get(id)
    if (!item && response) {
      this.#items.set(id, (item = { id, response, parts: {}, samples: 0, decoder: new PcmDecoder() }))
      response.items.push(item)
    }
    return item
  }

  /** Nothing that was begun is wanted any more, neither answers nor what is to follow on tools. */
  cut(): Response[] {
    const responses = [...this.responses.values()]
    const cut = responses.filter(({ cut, over, pending, voice }) => !cut && (!over || pending || voice))
    for (const response of cut) response.cut = true
    return cut
  }
}
