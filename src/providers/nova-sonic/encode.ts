import { OptionError } from '../../core/errors.ts'
import { instructionOf } from '../instruction.ts'
import type { ModelSession } from '../model.ts'
import { pastOf } from './history.ts'
import type { NovaSonicRealtimeOptions } from './options.ts'
import type { ClientEvent, WireAudio, WirePromptStart, WireRole } from './wire.ts'

/** The one content that holds the user's voice, for as long as the stream lasts. */
const VOICE = 'voice'
const TEXT = { mediaType: 'text/plain' } as const
/** AWS takes texts of 50 KB, in pieces of 1 KB. */
const MAX_BYTES = 50_000

type Session = Pick<ModelSession, 'instructions' | 'tools' | 'history' | 'answerDue'>

/** What opens a stream: who the agent is, what was said before, and the user's voice, which stays open. */
export function openingOf(
  options: NovaSonicRealtimeOptions,
  { instructions, tools, history, answerDue }: Session,
  promptName: string,
): ClientEvent[] {
  const { maxTokens = 1024, topP = 0.9, temperature = 0.7, voice = 'matthew', outputRate = 24_000 } = options
  const sensitivity = options.endpointingSensitivity?.toUpperCase() as 'HIGH' | undefined
  const past = pastOf(history)
  const last = history.at(-1)
  // What is history is not answered: what still waits for an answer is said once more.
  const waiting = answerDue && past.at(-1)?.role === 'USER' ? past.pop()?.text : ''
  const isAsked = last?.type === 'message' && last.role === 'user'
  const goOn = `go on with the conversation${waiting && `, which stands here: ${waiting}`}`
  const due = isAsked ? waiting : answerDue && instructionOf({ instructions: goOn })
  return [
    {
      sessionStart: {
        inferenceConfiguration: { maxTokens, topP, temperature },
        ...(sensitivity && { turnDetectionConfiguration: { endpointingSensitivity: sensitivity } }),
      },
    },
    {
      promptStart: {
        promptName,
        textOutputConfiguration: TEXT,
        audioOutputConfiguration: { ...sound(outputRate), voiceId: voice },
        ...toolsOf(tools),
      },
    },
    ...textOf(promptName, 'SYSTEM', instructions || 'Have a conversation.'),
    ...past.flatMap(({ role, text }) => textOf(promptName, role, text)),
    {
      contentStart: {
        promptName,
        contentName: VOICE,
        type: 'AUDIO',
        role: 'USER',
        interactive: true,
        audioInputConfiguration: sound(16_000),
      },
    },
    ...(due ? textOf(promptName, 'USER', due, true) : []),
  ]
}

/** @param content Base64 of PCM16. */
export function voiceOf(promptName: string, content: string): ClientEvent {
  return { audioInput: { promptName, contentName: VOICE, content } }
}

/** A text, whole. `interactive`: it is answered. Throws an {@link OptionError} if it is too long. */
export function textOf(
  promptName: string,
  role: WireRole,
  text: string,
  interactive: boolean = false,
): ClientEvent[] {
  if (new TextEncoder().encode(text).length > MAX_BYTES) {
    const option = role === 'SYSTEM' ? 'agent.instructions' : 'message'
    throw new OptionError(`Nova Sonic takes no ${option} longer than ${MAX_BYTES} bytes.`, {
      code: 'option-invalid',
      option,
    })
  }
  const address = { promptName, contentName: crypto.randomUUID() }
  const pieces = text.match(/[^]{1,250}/gu) ?? []
  return [
    { contentStart: { ...address, type: 'TEXT', role, interactive, textInputConfiguration: TEXT } },
    ...pieces.map((content) => ({ textInput: { ...address, content } })),
    { contentEnd: address },
  ]
}

/** What a tool gave: AWS takes JSON of an object. */
export function toolResultOf(promptName: string, toolUseId: string, output: string): ClientEvent[] {
  const address = { promptName, contentName: crypto.randomUUID() }
  const toolResultInputConfiguration = { toolUseId, type: 'TEXT', textInputConfiguration: TEXT } as const
  return [
    {
      contentStart: {
        ...address,
        type: 'TOOL',
        role: 'TOOL',
        interactive: false,
        toolResultInputConfiguration,
      },
    },
    { toolResult: { ...address, content: objectOf(output) } },
    { contentEnd: address },
  ]
}

/** What ends a stream in order. */
export function closingOf(promptName: string): ClientEvent[] {
  return [
    { contentEnd: { promptName, contentName: VOICE } },
    { promptEnd: { promptName } },
    { sessionEnd: {} },
  ]
}

function objectOf(output: string): string {
  // Escapes and quotes come on top of it. The model is to know that there was more.
  const most = MAX_BYTES / 4
  const text = output.slice(0, most)
  if (text !== output)
    return JSON.stringify({ result: text, truncated: `${most} of ${output.length} letters` })
  try {
    const result: unknown = JSON.parse(text)
    return typeof result === 'object' && result && !Array.isArray(result) ? text : JSON.stringify({ result })
  } catch {
    return JSON.stringify({ result: text })
  }
}

function toolsOf(tools: ModelSession['tools']): Partial<WirePromptStart> {
  if (tools.length === 0) return {}
  const specs = tools.map(({ name, description, parameters }) => ({
    toolSpec: { name, description: description || name, inputSchema: { json: JSON.stringify(parameters) } },
  }))
  return {
    toolUseOutputConfiguration: { mediaType: 'application/json' },
    toolConfiguration: { tools: specs },
  }
}

function sound(sampleRateHertz: WireAudio['sampleRateHertz']): WireAudio {
  return {
    mediaType: 'audio/lpcm',
    sampleRateHertz,
    sampleSizeBits: 16,
    channelCount: 1,
    encoding: 'base64',
    audioType: 'SPEECH',
  }
}
