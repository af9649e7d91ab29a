/** What eSpeak NG tells beside the audio. */
export interface EspeakEvent {
  readonly type: string
  /** Counted from 1. */
  readonly text_position: number
  /** ms. */
  readonly audio_position: number
}

/** A synthesiser that says the same text the same way, whenever it does, and whatever it has said before. */
export interface Espeak {
  /** Of its audio, Hz. */
  readonly sampleRate: number
  /** Returns when all of the audio was handed over, PCM16 mono. */
  synthesize(
    text: string,
    voice: string,
    onAudio: (pcm: Int16Array, events: readonly EspeakEvent[]) => void,
  ): void
}

interface EspeakWorker {
  set_voice(name: string): number
  get_samplerate(): number
  /** Stops when `onAudio` returns true. */
  synthesize(text: string, onAudio: (pcm: Int16Array, events: readonly EspeakEvent[]) => boolean): void
}

interface EspeakModule {
  readonly eSpeakNGWorker: new () => EspeakWorker
  /** All of its memory. */
  readonly HEAPU8: Uint8Array
}

/** Longer than any text that is spoken. */
const LONG_TEXT = 'word '.repeat(2000)

/** Loads eSpeak NG, which takes some tenths of a second. */
export async function loadEspeak(): Promise<Espeak> {
  // @ts-expect-error -- the package has no types
  const { default: create } = await import('@echogarden/espeak-ng-emscripten')
  const espeak = (await (create as () => Promise<EspeakModule>)()) satisfies EspeakModule
  const worker = seededByNothing(() => new espeak.eSpeakNGWorker())
  // Its bindings keep a buffer for texts, and grow it at the call after a longer one. They must not do so
  // once the memory is put back: they would not know that the buffer is gone.
  for (let call = 0; call < 2; call++) worker.synthesize(LONG_TEXT, () => true)
  const asNew = espeak.HEAPU8.slice()
  return {
    sampleRate: worker.get_samplerate(),
    synthesize(text, voice, onAudio) {
      if (text.length > LONG_TEXT.length) throw new Error('The text is too long for one utterance.')
      // Otherwise the noise of its consonants goes on where the last text left it, and so does its pitch.
      espeak.HEAPU8.fill(0, asNew.length)
      espeak.HEAPU8.set(asNew)
      if (worker.set_voice(voice) !== 0) throw new Error(`eSpeak NG has no voice "${voice}".`)
      worker.synthesize(text, (pcm, events) => {
        onAudio(pcm, events)
        return false
      })
    },
  }
}

/** eSpeak NG draws the noise of its voices from the time at which it was made. */
function seededByNothing<T>(make: () => T): T {
  const now = Date.now
  Date.now = () => 0
  try {
    return make()
  } finally {
    Date.now = now
  }
}
