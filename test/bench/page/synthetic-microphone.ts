import type { Signal } from './signal.ts'
import signalSource from './worklets/signal.worklet.ts?worklet'

/** A microphone that hears what it is told to, rendered in a context of its own. */
export class SyntheticMicrophone {
  /** When each click came into being, ms of the wall clock. */
  readonly clicks: number[] = []
  readonly #node: AudioWorkletNode
  readonly #stream: MediaStream

  private constructor(node: AudioWorkletNode, stream: MediaStream) {
    this.#node = node
    this.#stream = stream
    // By property, a port counts as one that the engine listens to.
    EventTarget.prototype.addEventListener.call(node.port, 'message', (event) =>
      this.clicks.push((event as MessageEvent<number>).data),
    )
    node.port.start()
  }

  /** @param Context The class to make its context of. */
  static async open(Context: typeof AudioContext, sampleRate = 48_000): Promise<SyntheticMicrophone> {
    const context = new Context({ sampleRate })
    await context.audioWorklet.addModule(`data:text/javascript,${encodeURIComponent(signalSource)}`)
    const node = new AudioWorkletNode(context, 'bench-signal', { numberOfInputs: 0 })
    const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 })
    node.connect(destination)
    return new SyntheticMicrophone(node, destination.stream)
  }

  play(signal: Signal): void {
    this.#node.port.postMessage(signal)
  }

  /** A stream that its taker may stop. */
  newStream(): MediaStream {
    return this.#stream.clone()
  }
}
