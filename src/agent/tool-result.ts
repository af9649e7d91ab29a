import { messageOf } from '../core/errors.ts'
import { Agent } from './agent.ts'
import { isRecord } from './json-schema.ts'
import { toolError } from './tool-error.ts'
import type { ToolHost } from './tool.ts'

/** Marks a {@link ToolResult}, also of a duplicate copy of the package. */
const imagesKey: unique symbol = Symbol.for('vivavoce.toolImages')

/** A picture file, or anything that can be drawn: an element, a bitmap, a frame of a video. */
export type ToolImageSource = Blob | Exclude<CanvasImageSource, SVGImageElement> | ImageData

/** A result with pictures. Made by {@link toolResult}. */
export interface ToolResult {
  readonly value: unknown
  /** @internal */
  readonly [imagesKey]: readonly ToolImageSource[]
}

/** What a result has besides its value. */
export interface ToolResultOptions {
  /** Pictures for the model to see. They are sent as JPEG, 1024 pixels at the longer side at most. */
  readonly images?: readonly ToolImageSource[]
}

/**
 * A result of a tool with pictures, for `execute` to return: `toolResult('The chart.', { images: [canvas] })`.
 * The call fails if the model sees no images.
 * @param value Told to the model like any other result.
 */
export function toolResult(value: unknown, { images = [] }: ToolResultOptions = {}): ToolResult {
  return { value, [imagesKey]: images }
}

/**
 * Writes what a tool gave, for the model. Before that its pictures are added, or an agent takes over.
 * @throws ToolError `tool-failed` if it is no JSON, or the conversation cannot do that.
 */
export async function tellResult(
  name: string,
  result: unknown,
  { addImages, handOff }: ToolHost,
): Promise<string> {
  if (result instanceof Agent) {
    if (!handOff) throw toolError(name, 'failed: nobody can hand over to another agent here.')
    await handOff(result)
    return JSON.stringify({ ok: true, agent: result.name ?? 'another agent' })
  }
  if (!isToolResult(result)) return writeJson(name, result)
  const { value, [imagesKey]: images } = result
  const output = writeJson(name, value)
  if (images.length > 0) {
    if (!addImages) throw toolError(name, 'gave an image, but this model sees no images. Give text instead.')
    await addImages(images)
  }
  return output
}

function isToolResult(result: unknown): result is ToolResult {
  return isRecord(result) && imagesKey in result
}

function writeJson(name: string, result: unknown): string {
  if (typeof result === 'string') return result
  try {
    const json: string | undefined = JSON.stringify(result === undefined ? { ok: true } : result)
    if (json === undefined) throw new TypeError(`it is a ${typeof result}`)
    return json
  } catch (cause) {
    throw toolError(name, `gave a result that is no JSON: ${messageOf(cause)}`, 'tool-failed', cause)
  }
}
