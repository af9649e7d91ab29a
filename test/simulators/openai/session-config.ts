import type { SessionUpdate } from './session-schema.ts'
import { newId } from './wire.ts'

type Audio = NonNullable<SessionUpdate['audio']>
type Input = NonNullable<Audio['input']>

/** How the user's turns are found. */
export type TurnDetection = NonNullable<Input['turn_detection']>

/** A voice by name, or one of the caller's own. */
export type Voice = NonNullable<NonNullable<Audio['output']>['voice']>

/** A session as `session.created` shows it. */
export interface SessionConfig {
  readonly type: 'realtime'
  readonly object: 'realtime.session'
  readonly id: string
  readonly model: string
  readonly output_modalities: readonly ['audio' | 'text']
  readonly instructions: string
  readonly tools: NonNullable<SessionUpdate['tools']>
  readonly tool_choice: NonNullable<SessionUpdate['tool_choice']>
  readonly max_output_tokens: NonNullable<SessionUpdate['max_output_tokens']>
  readonly tracing: SessionUpdate['tracing']
  readonly truncation: NonNullable<SessionUpdate['truncation']>
  readonly prompt: SessionUpdate['prompt']
  /** Seconds since 1970; 0 before it is opened. */
  readonly expires_at: number
  readonly audio: {
    readonly input: {
      readonly format: { readonly type: 'audio/pcm'; readonly rate: 24_000 }
      readonly transcription: Input['transcription']
      readonly noise_reduction: Input['noise_reduction']
      readonly turn_detection: TurnDetection | null
    }
    readonly output: {
      readonly format: { readonly type: 'audio/pcm'; readonly rate: 24_000 }
      readonly voice: Voice
      readonly speed: number
    }
  }
  readonly include: SessionUpdate['include']
}

const PCM = { type: 'audio/pcm', rate: 24_000 } as const

const TURN_DETECTION_DEFAULTS = {
  server_vad: {
    type: 'server_vad',
    threshold: 0.5,
    prefix_padding_ms: 300,
    // What real sessions say, although the published types say 500.
    silence_duration_ms: 200,
    idle_timeout_ms: null,
    create_response: true,
    interrupt_response: true,
  },
  semantic_vad: { type: 'semantic_vad', eagerness: 'auto', create_response: true, interrupt_response: true },
} as const

/** A session with the service's defaults. */
export function newSessionConfig(model: string): SessionConfig {
  return {
    type: 'realtime',
    object: 'realtime.session',
    id: newId('sess'),
    model,
    output_modalities: ['audio'],
    instructions: 'You are a helpful voice assistant.',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: 0,
    audio: {
      input: {
        format: PCM,
        transcription: null,
        noise_reduction: null,
        turn_detection: TURN_DETECTION_DEFAULTS.server_vad,
      },
      output: { format: PCM, voice: 'alloy', speed: 1 },
    },
    include: null,
  }
}

/** The session after an update: what the update leaves out stays, `null` clears. */
export function updateSessionConfig(session: SessionConfig, update: SessionUpdate): SessionConfig {
  const { audio, ...rest } = update
  const { input, output } = session.audio
  return {
    ...session,
    ...withoutUndefined(rest),
    audio: {
      input: {
        ...input,
        ...withoutUndefined(audio?.input ?? {}),
        format: PCM,
        transcription: merged(input.transcription, audio?.input?.transcription, {
          language: null,
          prompt: null,
        }),
        turn_detection: updatedTurnDetection(input.turn_detection, audio?.input?.turn_detection),
      },
      output: { ...output, ...withoutUndefined(audio?.output ?? {}), format: PCM },
    },
  }
}

function updatedTurnDetection(
  current: TurnDetection | null,
  update: TurnDetection | null | undefined,
): TurnDetection | null {
  if (update === undefined) return current
  if (update === null) return null
  const base = current?.type === update.type ? current : TURN_DETECTION_DEFAULTS[update.type]
  return { ...base, ...withoutUndefined(update) }
}

function merged(
  current: Input['transcription'],
  update: Input['transcription'],
  defaults: Readonly<Record<string, null>>,
): Input['transcription'] {
  return update ? { ...defaults, ...current, ...withoutUndefined(update) } : update === null ? null : current
}

type Defined<Fields> = { [Name in keyof Fields]: Exclude<Fields[Name], undefined> }

function withoutUndefined<Fields extends object>(fields: Fields): Partial<Defined<Fields>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<
    Defined<Fields>
  >
}
