import { ToolError, type ErrorCode } from '../core/errors.ts'

/** The error of a tool: `what` goes on after its name. */
export function toolError(
  toolName: string,
  what: string,
  code: ErrorCode = 'tool-failed',
  cause?: unknown,
): ToolError {
  const retryable = code === 'tool-timeout'
  return new ToolError(`Tool "${toolName}" ${what}`, { code, toolName, retryable, cause })
}
