import type { AudioError } from '../core/errors.ts'
import type { LevelReport } from '../shared/messages.ts'
import { trouble } from './trouble.ts'
import { keepRunning } from './unlock.ts'
import { loadWorklet, type WorkletUrls } from './worklet-loader.ts'

/**
 * A worklet in a context of its own, and the two ports to it: the node's, for the page, and one for the
 * engine. The context runs at the device's rate: another one switches Firefox's echo cancellation off.
 */
export class AudioThread {
  readonly context: AudioContext
  readonly #name: keyof WorkletUrls
  readonly #life = new AbortController()
  #node: AudioWorkletNode | undefined
  #level = 0

  /** Call it from a user's gesture: the context starts to run. */
  constructor(name: keyof WorkletUrls) {
    this.#name = name
    this.context = new AudioContext({ latencyHint: 'interactive' })
    keepRunning(this.context, this.#life.signal)
  }

  /** Aborts at `close()`. */
  get signal(): AbortSignal {
    return this.#life.signal
  }

  /** Root mean square of what passes, 0 to 1, as the worklet last told it. */
  get level(): number {
    return this.#level
  }

  /** Loads the worklet's code. Rejects with an `AudioError`. */
  async load(source: string, url: string | undefined): Promise<void> {
    return loadWorklet(this.context, this.#name, source, url)
  }

  /** Starts the worklet. */
  run(options: AudioWorkletNodeOptions, onError: (error: AudioError) => void): AudioWorkletNode {
    const node = new AudioWorkletNode(this.context, `vivavoce-${this.#name}`, options)
    node.onprocessorerror = () => void trouble('crashed', undefined, this.#name).then(onError)
    node.port.onmessage = ({ data }: MessageEvent<LevelReport>) => {
      this.#level = data.level
    }
    // Also the microphone's, whose output is silent: some engines only run what leads to the destination.
    node.connect(this.context.destination)
    this.#node = node
    return node
  }

  /** A port to the worklet, for an engine; the one before is deaf from now on. */
  connect(wireRate: number): MessagePort {
    const { port1, port2: port } = new MessageChannel()
    this.command({ type: 'connect', port, wireRate }, [port])
    return port1
  }

  /** Sends the worklet a command of the page's. */
  command(command: object, transfer: Transferable[] = []): void {
    this.#node?.port.postMessage(command, transfer)
  }

  /** Closes the context. Idempotent. */
  close(): void {
    this.#life.abort()
    this.#node?.port.close()
    if (this.context.state !== 'closed') void this.context.close()
  }
}
