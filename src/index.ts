/// <reference lib="esnext.disposable" preserve="true" />
export { Agent, type AgentOptions } from './agent/agent.ts'
export type {
  FromJsonSchema,
  FromProperties,
  FromTypeName,
  JsonObjectSchema,
} from './agent/json-schema-type.ts'
export type {
  StandardIssue,
  StandardJsonSchema,
  StandardOutput,
  StandardProperties,
  StandardResult,
  StandardSchema,
} from './agent/standard-schema.ts'
export { tool, type Tool, type ToolContext, type ToolOptions, type ToolPipeline } from './agent/tool.ts'
export type { ToolCall, ToolDeclaration, ToolOutcome } from './agent/tool-call.ts'
export type { ToolEvents } from './agent/tool-runner.ts'
export type { ToolArguments, ToolParameters } from './agent/tool-parameters.ts'
export { listMicrophones, listSpeakers } from './audio/devices.ts'
export { localSpeech, type LocalSpeech, type LocalSpeechOptions } from './audio/local-speech.ts'
export type { MicrophoneOptions } from './audio/microphone.ts'
export type { SpeakerOptions } from './audio/speaker.ts'
export type { WorkletUrls } from './audio/worklet-loader.ts'
export type { Listenable, ListenOptions, Listener } from './core/emitter.ts'
export {
  AudioError,
  AuthError,
  ConnectionError,
  isVivaVoceError,
  MicrophoneError,
  ModelError,
  OptionError,
  StateError,
  ToolError,
  VivaVoceError,
  type ErrorCode,
  type ErrorDetails,
} from './core/errors.ts'
export type {
  Echo,
  EngineEvents,
  Interruption,
  PipelineState,
  Reconnection,
  SpeechSource,
  Transcript,
  TurnMetrics,
} from './engine/messages.ts'
export type { ImageSource } from './pipeline/image.ts'
export type { PipelineEvents } from './pipeline/pipeline-events.ts'
export type { RealTimePipelineOptions } from './pipeline/pipeline-options.ts'
export { RealTimePipeline, type MessageOptions } from './pipeline/real-time-pipeline.ts'
export { traceTurns } from './pipeline/trace-turns.ts'
export { videoFrames, type VideoFramesOptions } from './pipeline/video-frames.ts'
export {
  RealtimeModel,
  type HeardItem,
  type HistoryItem,
  type ImagePart,
  type ModelCapabilities,
  type ModelEvents,
  type ModelSession,
  type OutputTrack,
  type ResponseStatus,
  type Usage,
  type UserMessage,
} from './providers/model.ts'
export type { PeerLink, PeerSetup } from './providers/peer-link.ts'
export type { LocalSpeechReaction } from './shared/messages.ts'
export type { PeerStats } from './transport/peer-stats.ts'
