import type { ToolDeclaration } from '../../agent/tool-call.ts'
import { type GeminiRealtimeOptions, settingOf } from './options.ts'
import { toolSchema } from './tool-schema.ts'
import type { WireFunction, WireTool } from './wire.ts'

/** The tools of a session: the agent's, and Google's. */
export function toolsOf(
  { googleSearch, toolBehavior, tools = [] }: GeminiRealtimeOptions,
  declared: readonly ToolDeclaration[],
): WireTool[] {
  const functionDeclarations = declared.map(({ name, description, parameters }) => {
    const schema = toolSchema(parameters)
    return {
      name,
      description,
      // An object without fields is refused.
      parameters: Object.keys(schema.properties ?? {}).length > 0 ? schema : undefined,
      behavior: settingOf(toolBehavior, name),
    } as WireFunction
  })
  return [
    ...(declared.length > 0 ? [{ functionDeclarations }] : []),
    ...(googleSearch ? [{ googleSearch: {} }] : []),
    ...tools,
  ]
}
