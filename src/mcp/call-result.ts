import { isRecord } from '../agent/json-schema.ts'
import type { McpCallResult } from './mcp-client.ts'

type Block = Readonly<Record<string, unknown>>

/**
 * What the model is told of a result: the structured content if there is any, else the text. What cannot be
 * told, such as an image, is named in brackets. `undefined` if the result is empty.
 */
export function readResult({ content, toolResult, structuredContent = toolResult }: McpCallResult): unknown {
  const blocks = readBlocks(content)
  if (structuredContent === undefined) return blocks.map(describe).join('\n') || undefined
  // A server repeats structured content as text, for clients that do not know it.
  const others = blocks.filter(({ type }) => type !== 'text').map(describe)
  return others.length > 0 ? [JSON.stringify(structuredContent), ...others].join('\n') : structuredContent
}

/** Why a call failed, by a result that has `isError`. */
export function readFailure({ content, structuredContent }: McpCallResult): string {
  const text = readBlocks(content).map(describe).join('\n')
  return text || (JSON.stringify(structuredContent) ?? 'the server does not say why.')
}

function readBlocks(content: unknown): readonly Block[] {
  return Array.isArray(content) ? content.filter(isRecord) : []
}

function describe(block: Block): string {
  const { type, text, data, mimeType, resource, uri, title, name } = block
  if (type === 'text') return String(text)
  if (type === 'resource_link') return bracket('link', title ?? name, uri, mimeType)
  if (type === 'resource' && isRecord(resource)) {
    return typeof resource.text === 'string'
      ? `${bracket('resource', resource.uri)}\n${resource.text}`
      : bracket('resource', resource.uri, resource.mimeType, size(resource.blob), leftOut)
  }
  return bracket(type, mimeType, size(data), leftOut)
}

const leftOut = 'left out, since only text can be passed on'

function bracket(...parts: readonly unknown[]): string {
  return `[${parts.filter((part) => typeof part === 'string').join(', ')}]`
}

/** Of base64. */
function size(data: unknown): string | undefined {
  return typeof data === 'string' ? `${Math.ceil((data.length * 3) / 4000)} kB` : undefined
}
