export {
  Agent,
  RealTimePipeline,
  isVivaVoceError,
  listMicrophones,
  listSpeakers,
  localSpeech,
  tool,
} from '../src/index.ts'
export type { RealtimeModel, Tool, Transcript, TurnMetrics, VivaVoceError } from '../src/index.ts'
export { GeminiRealtime } from '../src/providers/gemini/index.ts'
export { NovaSonicRealtime } from '../src/providers/nova-sonic/index.ts'
export { OpenAILive, OpenAIRealtime, type LiveOffer } from '../src/providers/openai/index.ts'
