import type { PcmDecoder } from '../../shared/pcm-decoder.ts'
import type { Response } from './response-log.ts'

/** One item of the agent's: what it says, and how much of its voice arrived. */
export interface AgentItem {
  readonly id: string
  readonly response: Response
  /** Text by content index: whole numbers, which an object keeps in order. */
  readonly parts: Record<number, string>
  /** Samples that arrived. */
  samples: number
  readonly decoder: PcmDecoder
  /** Its audio is complete. */
  ended?: true
  /** Its text is complete. */
  final?: true
  /** How much of it was heard when it was interrupted, whole ms. */
  heardMs?: number
}

/** All that an item says. */
export function textOf({ parts }: AgentItem): string {
  return Object.values(parts).join('')
}

/** The next samples of an item, by their base64. Valid until the next call. */
export function decodePcm(item: AgentItem, base64: string): Int16Array {
  const pcm = item.decoder.decode(base64)
  item.samples += pcm.length
  return pcm
}
