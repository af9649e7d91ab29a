import stopwatchSource from './worklets/stopwatch.worklet.ts?worklet'

/** What to time. */
export interface StopwatchOrder {
  /** How often to take the time, and of how many calls of `process` each time. */
  readonly bursts: number
  readonly quanta: number
}

/** What it took. */
export interface StopwatchReading {
  readonly quanta: number
  readonly ms: number
}

type AddModule = (this: AudioWorklet, url: string) => Promise<void>

const contexts: BaseAudioContext[] = []

/** From now on worklets are loaded behind a stopwatch. */
export function armStopwatch(): void {
  const addModule: AddModule = Reflect.get(AudioWorklet.prototype, 'addModule')
  const armed = new WeakMap<AudioWorklet, Promise<void>>()
  AudioWorklet.prototype.addModule = async function (this: AudioWorklet, url: string | URL) {
    let ready = armed.get(this)
    if (!ready) {
      ready = addModule.call(this, `data:text/javascript,${encodeURIComponent(stopwatchSource)}`)
      armed.set(this, ready)
    }
    await ready
    await addModule.call(this, String(url))
  }
  window.AudioContext = class extends window.AudioContext {
    constructor(options?: AudioContextOptions) {
      super(options)
      contexts.push(this)
    }
  }
}

/** Times the engine's processor; gives microseconds for 128 frames at 48 kHz. */
export async function timeProcessor(order: StopwatchOrder): Promise<number> {
  const [context] = contexts
  if (!context) throw new Error('the engine made no AudioContext')
  const { port } = new AudioWorkletNode(context, 'bench-stopwatch', { numberOfInputs: 0 })
  port.postMessage(order)
  for (;;) {
    const reading = await new Promise<StopwatchReading>((resolve) => {
      port.onmessage = ({ data }: MessageEvent<StopwatchReading>) => resolve(data)
      setTimeout(() => port.postMessage(null), 100)
    })
    if (reading.quanta < order.bursts * order.quanta) continue
    // Who captures at a lower rate has fewer quanta in the same time.
    return ((reading.ms * 1000) / reading.quanta) * (context.sampleRate / 48_000)
  }
}
