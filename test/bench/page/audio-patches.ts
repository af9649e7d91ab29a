import { SyntheticMicrophone } from './synthetic-microphone.ts'
import { Tap } from './tap.ts'

/** What the patches of this page caught. */
export interface Caught {
  /** A tap on each context that the engine made. */
  readonly taps: Tap[]
  /** What `getUserMedia` gives. */
  microphone(): Promise<SyntheticMicrophone>
  /** Messages and audio events that came to the page from audio threads. */
  messages: number
}

/** How the patched page behaves. */
export interface Patch {
  /** Rate of a context that asks for none, Hz. */
  readonly deviceRate: number
  /** Whether contexts are tapped. */
  readonly tap: boolean
}

export const caught: Caught = { taps: [], microphone, messages: 0 }

let opening: Promise<SyntheticMicrophone> | undefined

async function microphone(): Promise<SyntheticMicrophone> {
  return (opening ??= SyntheticMicrophone.open(NativeContext))
}

const NativeContext = window.AudioContext

/** Puts taps, a synthetic microphone and counters under the feet of whatever is loaded after it. */
export function installPatches({ deviceRate, tap }: Patch): void {
  window.AudioContext = class extends NativeContext {
    constructor(options: AudioContextOptions = {}) {
      super({ ...options, sampleRate: options.sampleRate ?? deviceRate })
      if (tap) caught.taps.push(new Tap(this))
    }
  }
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (...args: unknown[]) => unknown
  Reflect.set(AudioNode.prototype, 'connect', function (this: AudioNode, ...args: unknown[]) {
    const [to] = args
    if (to instanceof AudioDestinationNode || to instanceof MediaStreamAudioDestinationNode) {
      caught.taps.find(({ context }) => context === this.context)?.add(this)
    }
    return Reflect.apply(connect, this, args)
  })
  navigator.mediaDevices.getUserMedia = async () => (await microphone()).newStream()
  countMessages()
}

/** Counts what audio threads say to the page, whichever way it listens. */
function countMessages(): void {
  const counted = new WeakSet<EventTarget>()
  const listen = Reflect.get(EventTarget.prototype, 'addEventListener')
  const count = (target: EventTarget, type: string): void => {
    if (counted.has(target)) return
    counted.add(target)
    listen.call(target, type, () => caught.messages++)
  }
  for (const [prototype, name, type] of [
    [MessagePort.prototype, 'onmessage', 'message'],
    [ScriptProcessorNode.prototype, 'onaudioprocess', 'audioprocess'],
  ] as const) {
    const property = Object.getOwnPropertyDescriptor(prototype, name)
    Object.defineProperty(prototype, name, {
      ...property,
      set(this: EventTarget, listener: unknown) {
        count(this, type)
        property?.set?.call(this, listener)
      },
    })
  }
  MessagePort.prototype.addEventListener = function (this: MessagePort, ...args: unknown[]) {
    count(this, 'message')
    return Reflect.apply(listen, this, args)
  }
}
