import type { Dialect, DialectRules, EmitModelEvent } from './dialect.ts'
import { unsupported } from './unsupported.ts'
import type { ServerEvent, WireSession } from './wire.ts'

/**
 * xAI's Grok Voice, over a WebSocket. `auth` returns a client secret that your server minted. Make one for
 * each model: it knows its conversation, which xAI remembers for half an hour.
 *
 * It forgets nothing of an answer that was interrupted: it cannot be told what was heard. It neither writes
 * its answers nor sees images.
 */
export function xai(): Dialect {
  let conversationId: string | undefined
  const rules: DialectRules = {
    name: 'xAI',
    recipe: { name: 'xai', options: {} },
    endpoints: { websocket: 'wss://api.x.ai/v1/realtime' },
    protocols: (token) => [`xai-client-secret.${token}`],
    // A client secret has more hyphens.
    longLivedKey: /^xai-[^-]+$/,
    traits: { truncation: 'none', textOutput: false, imageInput: false, deletion: false, metadata: false },
    capabilities: { resume: 'handle', maxConnectionMs: 7_200_000 },
    check: unsupported('xAI', [
      'voice.id',
      'turnDetection.type=semantic_vad',
      'turnDetection.idleTimeoutMs',
      'transcription.prompt',
      'transcription.keywords',
      'transcription.delay',
      'include',
      'noiseReduction',
      'reasoning',
      'prompt',
      'tracing',
      'truncation',
      'maxOutputTokens',
      'toolChoice',
      'parallelToolCalls',
      'tools',
    ]),
    resume(address) {
      if (conversationId) address.searchParams.set('conversation_id', conversationId)
      return conversationId !== undefined
    },
    session,
    receive: (emit) => (event) => {
      const { type, conversation } = event as Created
      if (type === 'conversation.created') conversationId = conversation?.id ?? undefined
      return type === 'input_audio_buffer.committed' || isDraft(event, emit) ? [] : [event]
    },
  }
  return rules
}

interface Created {
  readonly type: string
  readonly conversation?: { readonly id?: string | null } | null
}

function session({ instructions, tools, audio: { input, output } }: WireSession): object {
  const { format, transcription } = input
  const model = transcription?.model
  return {
    instructions,
    voice: output.voice,
    turn_detection: input.turn_detection ?? { type: null },
    audio: {
      input: {
        format,
        transcription: model && {
          model: model.startsWith('gpt-') ? 'grok-transcribe' : model,
          language_hint: transcription?.language,
        },
      },
      output: { format: output.format, speed: output.speed },
    },
    tools,
    resumption: { enabled: true },
  }
}

interface Transcription {
  readonly type: string
  readonly item_id?: unknown
  readonly transcript?: unknown
  readonly status?: unknown
}

/** It writes what it heard anew each time, and says `completed` of what is not. */
function isDraft(event: ServerEvent, emit: EmitModelEvent): boolean {
  const { type, item_id: id, transcript: text, status } = event as Transcription
  if (!/input_audio_transcription\.(updated|completed)$/.test(type) || status === 'completed') return false
  if (typeof id !== 'string' || typeof text !== 'string') return false
  emit('transcript', { id, role: 'user', text, final: false })
  return true
}
