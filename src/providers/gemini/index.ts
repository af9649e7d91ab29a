export type { Auth, Credential } from '../credential.ts'
export type { GeminiRealtimeEvents, RawMessage } from './events.ts'
export { GeminiRealtime } from './gemini-realtime.ts'
export type {
  ActivityDetection,
  AudioTranscription,
  GeminiRealtimeOptions,
  PerTool,
  ThinkingConfig,
} from './options.ts'
export { type GeminiChannel, updateContext } from './update-context.ts'
export type { ToolBehavior, ToolScheduling } from './wire.ts'
