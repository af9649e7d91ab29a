/// <reference lib="esnext.disposable" preserve="true" />
export {
  Conversation,
  type ConversationChanges,
  type ConversationJson,
  type ConversationOptions,
} from './agent/conversation.ts'
export type { ConversationSource } from './agent/conversation-events.ts'
export type { ConversationItem, MessageItem, SystemItem, ToolItem } from './agent/conversation-item.ts'
export {
  captions,
  type Caption,
  type CaptionedPipeline,
  type CaptionsOptions,
  type CaptionSource,
} from './pipeline/captions.ts'
export type { CaptionWord, TimedWord } from './pipeline/caption-words.ts'
export { wakeUp, type WakeUpOptions, type WakeUpPipeline, type WakeUpSource } from './pipeline/wake-up.ts'
export {
  ambience,
  type Ambience,
  type AmbienceOptions,
  type AmbienceSource,
  type AmbientPipeline,
} from './pipeline/ambience.ts'
export type { AmbienceSound } from './pipeline/ambience-sound.ts'
export { Agent, type AgentContext, type AgentOptions } from './agent/agent.ts'
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
export {
  tool,
  type Tool,
  type ToolContext,
  type ToolOptions,
  type ToolPipeline,
  type ToolProgressOptions,
  type ToolSpeech,
} from './agent/tool.ts'
export {
  toolResult,
  type ToolImageSource,
  type ToolResult,
  type ToolResultOptions,
} from './agent/tool-result.ts'
export type { ToolCall, ToolDeclaration, ToolImage, ToolOutcome } from './agent/tool-call.ts'
export type { ToolApproval, ToolEvents } from './agent/tool-runner.ts'
export type { ToolArguments, ToolParameters } from './agent/tool-parameters.ts'
export { fastCapture } from './audio/fast-capture.ts'
export { listMicrophones, listSpeakers } from './audio/devices.ts'
export { localSpeech, type LocalSpeech, type LocalSpeechOptions } from './audio/local-speech.ts'
export type { CaptureChoice, MicrophoneOptions } from './audio/microphone-options.ts'
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
export type { EngineThread } from './engine/engine-thread.ts'
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
export { commonBackchannels } from './extensions/backchannels.ts'
export { confirmInterruptions, type ConfirmInterruptionsOptions } from './extensions/confirm-interruptions.ts'
export {
  outputGuard,
  type GuardDetails,
  type GuardVerdict,
  type GuardViolation,
  type OutputGuardOptions,
} from './extensions/output-guard.ts'
export { WrappedModel, type ModelEvent } from './extensions/wrapped-model.ts'
export type { ImageSource } from './pipeline/image.ts'
export type { PipelineEvents } from './pipeline/pipeline-events.ts'
export type { RealTimePipelineOptions } from './pipeline/pipeline-options.ts'
export type { AudioClip, Farewell, ReplyOptions, SayOptions, Speech } from './pipeline/speech.ts'
export { RealTimePipeline, type MessageOptions } from './pipeline/real-time-pipeline.ts'
export { traceTurns } from './pipeline/trace-turns.ts'
export { videoFrames, type VideoFramesOptions } from './pipeline/video-frames.ts'
export {
  RealtimeModel,
  type HeardItem,
  type AgentUpdate,
  type HistoryItem,
  type ImagePart,
  type ModelCapabilities,
  type ModelEvents,
  type ModelSession,
  type Notices,
  type OutputTrack,
  type ReplyRequest,
  type ResponseStatus,
  type Usage,
  type UserMessage,
} from './providers/model.ts'
export type { ModelExtension } from './providers/extension.ts'
export type { PeerLink, PeerSetup } from './providers/peer-link.ts'
export type { LocalSpeechReaction } from './shared/messages.ts'
export type { PeerStats } from './transport/peer-stats.ts'
