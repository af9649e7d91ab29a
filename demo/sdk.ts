export {
  Agent,
  ambience,
  captions,
  Conversation,
  RealTimePipeline,
  isVivaVoceError,
  listMicrophones,
  listSpeakers,
  localSpeech,
  outputGuard,
  tool,
} from '../src/index.ts'
export type {
  Ambience,
  Caption,
  ConversationItem,
  HistoryItem,
  ModelExtension,
  RealtimeModel,
  Tool,
  ToolApproval,
  ToolContext,
  Transcript,
  TurnMetrics,
  VivaVoceError,
} from '../src/index.ts'
export { GeminiRealtime } from '../src/providers/gemini/index.ts'
export { NovaSonicRealtime } from '../src/providers/nova-sonic/index.ts'
export { OpenAILive, OpenAIRealtime, type LiveOffer } from '../src/providers/openai/index.ts'
