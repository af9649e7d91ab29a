import { setTimeout as delay } from 'node:timers/promises'
import { obfuscation, type WireMessage } from './wire.ts'

const WORD_INTERVAL_MS = 15

/** Turns a user's voice into text. PCM16 at 24 kHz. */
export type Transcribe = (pcm: Int16Array) => string | Promise<string>

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
}

/** Sends a user's words one by one, and then all of them. Gives the text; `undefined` if there is none. */
export async function transcribeItem(task: TranscriptionTask): Promise<string | undefined> {
  const { itemId, pcm, emit, signal } = task
  const content = { item_id: itemId, content_index: 0 }
  try {
    const transcript = await task.transcribe(pcm)
    for (const delta of transcript.match(/\s*\S+/g) ?? []) {
      await delay(WORD_INTERVAL_MS, undefined, { signal })
      emit({
        type: 'conversation.item.input_audio_transcription.delta',
        ...content,
        delta,
        obfuscation: obfuscation(delta),
      })
    }
    emit({
      type: 'conversation.item.input_audio_transcription.completed',
      ...content,
      transcript,
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
