import type { Agent } from '../agent/agent.ts'
import type { LocalSpeech } from '../audio/local-speech.ts'
import type { MicrophoneOptions } from '../audio/microphone.ts'
import type { SpeakerOptions } from '../audio/speaker.ts'
import type { WorkletUrls } from '../audio/worklet-loader.ts'
import { invalidOption, OptionError } from '../core/errors.ts'
import type { EngineThread } from '../engine/engine-thread.ts'
import type { ModelExtension } from '../providers/extension.ts'
import type { HistoryItem, RealtimeModel } from '../providers/model.ts'

/** Options of a `RealTimePipeline`. */
export interface RealTimePipelineOptions {
  /** The model that listens and speaks. It belongs to this pipeline alone. */
  readonly model: RealtimeModel
  /** Who the model is to be. */
  readonly agent: Agent
  /** What stands between the model and the conversation, such as `outputGuard()`; the first is nearest to the model. */
  readonly extensions?: readonly ModelExtension[]
  /** What was said in an earlier conversation that goes on, oldest first: see `Conversation`. */
  readonly history?: readonly HistoryItem[]
  /**
   * Which microphone. A `MediaStream` stays yours: it is never stopped. `false`: the user only types.
   * Default: the system's microphone, with echo cancellation.
   */
  readonly microphone?: MicrophoneOptions | MediaStream | false
  /** Which speaker. `false`: nothing is played, and answers are only text. Default: the system's speaker. */
  readonly speaker?: SpeakerOptions | false
  /**
   * `localSpeech()`: the page reacts to the user's voice by itself, before the model has said anything, and
   * measures echo. Default: it leaves both to the model.
   */
  readonly localSpeech?: LocalSpeech
  /** Where the engine runs: `engineWorker()` of `vivavoce/worker`. Default: on the page. */
  readonly thread?: EngineThread
  /** Where to load the audio worklets from; only needed where a Content-Security-Policy forbids `blob:`. */
  readonly workletUrls?: WorkletUrls
}

/** Refuses options that are missing, or that the model cannot honour. */
export function checkOptions({
  model,
  agent,
  history,
}: Pick<RealTimePipelineOptions, 'model' | 'agent' | 'history'>): void {
  if (!model?.capabilities) throw invalidOption('RealTimePipeline', 'model', 'a RealtimeModel')
  if (!agent?.instructions && agent?.instructions !== '')
    throw invalidOption('RealTimePipeline', 'agent', 'new Agent({ instructions })')
  const { capabilities } = model
  for (const name of ['inputRate', 'outputRate'] as const) {
    const rate = capabilities[name]
    if (!Number.isInteger(rate) || rate < 8000 || rate > 96_000) {
      throw invalidOption('RealTimePipeline', `model.capabilities.${name}`, 'a rate in Hz, such as 24000')
    }
  }
  if (agent.tools.length > 0 && !capabilities.tools) {
    throw unsupported(model, 'agent.tools', 'call tools', 'leave them out')
  }
  if (history?.length && (capabilities.resume ?? 'none') === 'none') {
    throw unsupported(model, 'history', 'be told of the past', 'leave it out')
  }
}

/** The error of asking a model for what it cannot do. */
export function unsupported(
  model: RealtimeModel,
  option: string,
  what: string,
  alternative: string,
): OptionError {
  const message = `${model.constructor.name} cannot ${what} (${option}): ${alternative}, or use another model.`
  return new OptionError(message, {
    code: 'option-unsupported',
    option,
  })
}
