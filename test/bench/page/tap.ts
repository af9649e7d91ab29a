import tapSource from './worklets/tap.worklet.ts?worklet'

/** What reached the destination of one context. */
export interface Recording {
  readonly sampleRate: number
  readonly samples: Float32Array
  /** Frame of the context's clock at which `samples` begins. */
  readonly first: number
  /** The first sound; `frame` is −1 if there was none. */
  readonly sound: {
    readonly frame: number
    /** First frame of the batch it was rendered in, and when that was, ms of the wall clock. */
    readonly batchFrame: number
    readonly batchMs: number
  }
}

const connect = Reflect.get(AudioNode.prototype, 'connect') as (this: AudioNode, to: AudioNode) => AudioNode

/** Records, beside an engine's own nodes and without their knowledge, what they send to the destination. */
export class Tap {
  readonly context: AudioContext
  /** Fulfils when it records. */
  readonly ready: Promise<void>
  readonly #bus: GainNode
  #node: AudioWorkletNode | undefined

  constructor(context: AudioContext) {
    this.context = context
    this.#bus = new GainNode(context, { channelCount: 1, channelCountMode: 'explicit' })
    this.ready = this.#start()
  }

  /** Listens to a node. */
  add(node: AudioNode): void {
    connect.call(node, this.#bus)
  }

  /** What was recorded so far. */
  async read(): Promise<Recording> {
    const { port } = this.#node ?? fail()
    const { sampleRate } = this.context
    return new Promise((resolve) => {
      port.onmessage = ({ data }: MessageEvent<Omit<Recording, 'sampleRate'>>) =>
        resolve({ sampleRate, ...data })
      port.postMessage('read')
    })
  }

  async #start(): Promise<void> {
    await this.context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(tapSource)}`)
    this.#node = new AudioWorkletNode(this.context, 'bench-tap')
    connect.call(this.#bus, this.#node)
    // Its output is silence; without it the browser may not run it.
    connect.call(this.#node, this.context.destination)
  }
}

function fail(): never {
  throw new Error('The tap does not record yet.')
}
