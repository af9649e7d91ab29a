import { isRecord } from '../is-record.ts'
import type { Json } from './wire.ts'

/** A part of a content. */
export type Part = Json & {
  readonly text?: string
  readonly inlineData?: { readonly mimeType: string; readonly data: string }
  readonly functionCall?: { readonly id?: string; readonly name: string; readonly args?: Json }
  readonly functionResponse?: { readonly id?: string; readonly name?: string; readonly response: Json }
}

/** What one side said. */
export interface Content {
  readonly role?: 'user' | 'model'
  readonly parts?: readonly Part[]
  /** PCM16 at 16 kHz of a spoken turn. */
  readonly pcm?: Int16Array
}

/** The text of a content. */
export function textOf({ parts = [] }: Content): string {
  return parts.map(({ text, thought }) => (thought === true ? '' : (text ?? ''))).join('')
}

/** A tool's output as text. */
export function outputText(response: Json): string {
  const output = response.output ?? response.error ?? response
  return typeof output === 'string' ? output : JSON.stringify(output)
}

/** Where the user's last message stands; -1 if there is none. */
export function lastQuestion(contents: readonly Content[]): number {
  return contents.findLastIndex(
    ({ role, parts = [] }) => role !== 'model' && !parts.some((part) => isRecord(part.functionResponse)),
  )
}

/** Keeps the words only. */
export function forgetAudio(contents: Content[]): void {
  for (const [index, { pcm, ...content }] of contents.entries()) {
    if (pcm) contents[index] = content
  }
}
