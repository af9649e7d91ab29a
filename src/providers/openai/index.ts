export type { Auth, Credential } from '../credential.ts'
export { OpenAIRealtime } from './openai-realtime.ts'
export type {
  OpenAIRealtimeOptions,
  SemanticVad,
  ServerVad,
  TranscriptionOptions,
  TurnDetectionBase,
} from './options.ts'
