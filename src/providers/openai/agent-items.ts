import { decodeBase64 } from '../../shared/base64.ts'
import type { Response } from './response-log.ts'

/** One item of the agent's: what it says, and how much of its voice arrived. */
export interface AgentItem {
  readonly id: string
  readonly response: Response
  /** Text by content index: whole numbers, which an object keeps in order. */
  readonly parts: Record<number, string>
  /** Samples that arrived. */
  samples: number
  /** Half a sample, if a chunk of audio ended in the middle of one. */
  carry?: number | undefined
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

// One for all connections of the thread: what is in it is copied before anybody else can write there.
let scratch = new Uint8Array(0)

/**
 * The whole samples of the next chunk of `item`, in base64. Valid until the next call.
 * Throws what `decodeBase64` throws.
 */
export function decodePcm(item: AgentItem, base64: string): Int16Array {
  // Longer than what it decodes to and a carried byte.
  if (scratch.length <= base64.length) scratch = new Uint8Array(base64.length * 2)
  let length = 0
  if (item.carry !== undefined) scratch[length++] = item.carry
  length += decodeBase64(base64, scratch.subarray(length))
  const samples = length >> 1
  item.carry = length % 2 ? scratch[length - 1] : undefined
  item.samples += samples
  return new Int16Array(scratch.buffer, 0, samples)
}
