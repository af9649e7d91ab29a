import type { Agent } from '../agent/agent.ts'
import type { LocalSpeech } from '../audio/local-speech.ts'
import type { MicrophoneOptions } from '../audio/microphone.ts'
import type { SpeakerOptions } from '../audio/speaker.ts'
import type { WorkletUrls } from '../audio/worklet-loader.ts'
import { OptionError } from '../core/errors.ts'
import type { RealtimeModel } from '../providers/model.ts'

/** Options of a `RealTimePipeline`. */
export interface RealTimePipelineOptions {
  /** The model that listens and speaks. It belongs to this pipeline alone. */
  readonly model: RealtimeModel
  /** Who the model is to be. */
  readonly agent: Agent
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
  /** Where to load the audio worklets from; only needed where a Content-Security-Policy forbids `blob:`. */
  readonly workletUrls?: WorkletUrls
}

/** Refuses options that are missing, or that the model cannot honour. */
export function checkOptions({ model, agent }: RealTimePipelineOptions): void {
  if (!model?.capabilities) throw invalid('model', 'a RealtimeModel, such as new OpenAIRealtime({ … })')
  if (!agent?.instructions && agent?.instructions !== '')
    throw invalid('agent', 'new Agent({ instructions })')
  const { inputRate, outputRate, tools } = model.capabilities
  if (!isRate(inputRate)) throw invalid('model.capabilities.inputRate', 'a sample rate in Hz, such as 24000')
  if (!isRate(outputRate))
    throw invalid('model.capabilities.outputRate', 'a sample rate in Hz, such as 24000')
  if (agent.tools.length > 0 && !tools) {
    throw unsupported(model, 'agent.tools', 'call tools', 'use an agent without tools, or another model')
  }
}

/** The error of asking a model for what it cannot do. */
export function unsupported(
  model: RealtimeModel,
  option: string,
  what: string,
  alternative: string,
): OptionError {
  return new OptionError(`${model.constructor.name} cannot ${what} (${option}): ${alternative}.`, {
    code: 'option-unsupported',
    option,
  })
}

function invalid(option: string, expected: string): OptionError {
  return new OptionError(`RealTimePipeline needs ${option}: ${expected}.`, { code: 'option-invalid', option })
}

function isRate(rate: unknown): boolean {
  return Number.isInteger(rate) && (rate as number) >= 8000 && (rate as number) <= 96_000
}
