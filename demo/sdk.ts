export {
  Agent,
  RealTimePipeline,
  isVivaVoceError,
  listMicrophones,
  listSpeakers,
  localSpeech,
  tool,
} from '../src/index.ts'
export type { Tool, Transcript, TurnMetrics, VivaVoceError } from '../src/index.ts'
export { OpenAIRealtime } from '../src/providers/openai/index.ts'
