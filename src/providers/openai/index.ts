export type { Auth, Credential } from '../credential.ts'
export { azure, type AzureOptions } from './azure.ts'
export type { Dialect, Transport } from './dialect.ts'
export type { OpenAIRealtimeEvents, RateLimit, RawEvent } from './events.ts'
export { type McpApproval, type McpServerOptions, mcpServer, onMcpApproval } from './hosted-mcp.ts'
export type { LiveDelegation, LiveWords, OpenAILiveEvents } from './live/events.ts'
export { OpenAILive } from './live/openai-live.ts'
export type {
  ClientDelegation,
  LiveOffer,
  NegotiateLive,
  OpenAILiveOptions,
  ResponsesDelegation,
} from './live/options.ts'
export type { WireDelegation, WireLiveSession, WireLiveTool, WireMemory } from './live/wire.ts'
export { OpenAIRealtime } from './openai-realtime.ts'
export type {
  HostedTool,
  Negotiate,
  OpenAIAccess,
  OpenAIRealtimeOptions,
  PromptReference,
  RetentionRatio,
  SemanticVad,
  ServerVad,
  ToolChoice,
  TracingOptions,
  TranscriptionOptions,
  TurnDetectionBase,
} from './options.ts'
export {
  type OpenAIChannel,
  type RequestedResponse,
  requestResponse,
  type ResponseRequest,
} from './request-response.ts'
export type { WireInput, WireItem, WireTool } from './wire.ts'
export { xai } from './xai.ts'
