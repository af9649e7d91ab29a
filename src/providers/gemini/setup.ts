import type { ModelSession, UserMessage } from '../model.ts'
import { authError } from './failures.ts'
import { type GeminiRealtimeOptions, generationRules } from './options.ts'
import { toolsOf } from './tools-of.ts'
import type { Traits } from './traits.ts'
import type { ClientMessage, WireSetup } from './wire.ts'

const GOOGLE = 'wss://generativelanguage.googleapis.com'

/** Where to connect with a token. Throws an `AuthError` that does not repeat it. */
export function endpoint(options: GeminiRealtimeOptions, token: string): string {
  const { url = GOOGLE, dangerouslyAllowBrowserKey, enableAffectiveDialog, proactivity } = options
  const isToken = /^auth_tokens\/./.test(token)
  if (!isToken && !dangerouslyAllowBrowserKey) {
    throw authError('', /^A(Iza|Q\.)/.test(token) ? 'auth-long-lived-key' : 'auth-failed', false)
  }
  // What is only a preview is only there.
  const version = isToken || enableAffectiveDialog || proactivity ? 'v1alpha' : 'v1beta'
  const method = `/ws/google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContent`
  const place = url.replace(/\/$/, '') + method
  return isToken
    ? `${place}Constrained?access_token=${encodeURIComponent(token).replace('%2F', '/')}`
    : `${place}?key=${encodeURIComponent(token)}`
}

/** The session as the options and the agent want it. */
export function setupMessage(
  options: GeminiRealtimeOptions,
  { instructions, tools, history }: Pick<ModelSession, 'instructions' | 'tools' | 'history'>,
  { clientContent }: Traits,
  handle: string | undefined,
): ClientMessage {
  const { voice, languageCode, turnDetection, activityHandling, turnCoverage, proactivity } = options
  const { contextWindowCompression = { slidingWindow: {} }, responseModality = 'AUDIO' } = options
  const { inputTranscription = {}, outputTranscription = {}, safetySettings, model } = options
  const voiceConfig = voice && { prebuiltVoiceConfig: { voiceName: voice } }
  const setup = {
    model: model.includes('/') ? model : `models/${model}`,
    generationConfig: {
      responseModalities: [responseModality],
      ...Object.fromEntries(
        Object.keys(generationRules).map((name) => [name, options[name as keyof GeminiRealtimeOptions]]),
      ),
      speechConfig: voice || languageCode ? { voiceConfig, languageCode } : undefined,
    },
    systemInstruction: instructions ? { parts: [{ text: instructions }] } : undefined,
    tools: toolsOf(options, tools),
    realtimeInputConfig: {
      automaticActivityDetection: turnDetection === null ? { disabled: true } : turnDetection,
      activityHandling,
      turnCoverage,
    },
    inputAudioTranscription: inputTranscription || undefined,
    outputAudioTranscription: (responseModality === 'AUDIO' && outputTranscription) || undefined,
    sessionResumption: { handle },
    contextWindowCompression: contextWindowCompression || undefined,
    proactivity,
    historyConfig:
      clientContent || handle || history.length === 0 ? undefined : { initialHistoryInClientContent: true },
    safetySettings,
  }
  return { setup: setup as object as WireSetup }
}

/** What the user typed, or shows: each message is to be sent in turn. */
export function userMessages({ text, images = [] }: UserMessage, { clientContent }: Traits): ClientMessage[] {
  const said = text ? [{ text }] : []
  const shown = images.map(({ mimeType, data }) => ({ mimeType, data }))
  if (!clientContent) {
    return [...shown.map((video) => ({ video })), ...said].map((realtimeInput) => ({ realtimeInput }))
  }
  const parts = [...said, ...shown.map((inlineData) => ({ inlineData }))]
  return [{ clientContent: { turns: [{ role: 'user', parts }], turnComplete: true } }]
}
