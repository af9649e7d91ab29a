import { setTimeout as delay } from 'node:timers/promises'
import { obfuscation, type WireMessage } from './wire.ts'

const WORD_INTERVAL_MS = 15

/** What one person says in a recording of several. */
export interface TranscriptSegment {
  readonly speaker: string
  readonly text: string
  readonly startMs: number
  readonly endMs: number
}

/** A transcript that says who spoke. */
export interface DiarizedTranscript {
  readonly text: string
  readonly segments: readonly TranscriptSegment[]
}

type Transcript = string | DiarizedTranscript

/** Turns a user's voice into text. PCM16 at 24 kHz. */
export type Transcribe = (pcm: Int16Array) => Transcript | Promise<Transcript>

/** There is no speech recognition here: says so, and how long it was. */
export function describeSpeech(pcm: Int16Array): string {
  return `(speech, ${(pcm.length / 24_000).toFixed(1)} s)`
}

/** What a transcription works on. */
export interface TranscriptionTask {
  readonly itemId: string
  readonly pcm: Int16Array
  readonly transcribe: Transcribe
  readonly emit: (event: WireMessage) => void
  readonly signal: AbortSignal
  /** Whether the session asked for log probabilities. */
  readonly logprobs: boolean
  /** What its end waits for. */
  readonly until?: Promise<void> | undefined
}

/** Sends a user's words one by one, and then all of them. Gives the text; `undefined` if there is none. */
export async function transcribeItem(task: TranscriptionTask): Promise<string | undefined> {
  const { itemId, pcm, emit, signal } = task
  const probabilities = (text: string): object => (task.logprobs ? { logprobs: logprobsOf(text) } : {})
  const content = { item_id: itemId, content_index: 0 }
  try {
    const result = await task.transcribe(pcm)
    const { text: transcript, segments } =
      typeof result === 'string' ? { text: result, segments: [] } : result
    for (const delta of transcript.match(/\s*\S+/g) ?? []) {
      await delay(WORD_INTERVAL_MS, undefined, { signal })
      emit({
        type: 'conversation.item.input_audio_transcription.delta',
        ...content,
        delta,
        obfuscation: obfuscation(delta),
        ...probabilities(delta),
      })
    }
    await task.until
    for (const [index, { speaker, text, startMs, endMs }] of segments.entries()) {
      emit({
        type: 'conversation.item.input_audio_transcription.segment',
        ...content,
        id: `seg_${index}`,
        speaker,
        text,
        start: startMs / 1000,
        end: endMs / 1000,
      })
    }
    emit({
      type: 'conversation.item.input_audio_transcription.completed',
      ...content,
      transcript,
      ...probabilities(transcript),
      usage: { type: 'duration', seconds: Math.ceil(pcm.length / 24_000) },
    })
    return transcript
  } catch {
    if (signal.aborted) return undefined
    emit({
      type: 'conversation.item.input_audio_transcription.failed',
      ...content,
      error: {
        type: 'server_error',
        code: 'audio_unintelligible',
        message: 'The audio could not be transcribed.',
        param: null,
      },
    })
    return undefined
  }
}

function logprobsOf(text: string): readonly object[] {
  const tokens = text.match(/\s*\S+/g) ?? []
  return tokens.map((token) => ({ token, logprob: -0.01, bytes: [...Buffer.from(token)] }))
}
