import { vi } from 'vitest'

/**
 * A message that crossed the port between the engine and a worklet, or between two worklets (`'speech'`,
 * which has nothing but a type), stamped on the audio thread.
 */
export interface StampedMessage {
  /** `in`: the worklet handled it. `out`: the worklet posted it. */
  readonly direction: 'in' | 'out'
  readonly type: string
  readonly epoch: number
  readonly itemId: string
  /** Frames that the message tells, at the wire rate. */
  readonly frames: number
  /** The recording's first sample of the quantum that was being rendered then, or was the next to be. */
  readonly at: number
}

/**
 * What went through one point of an audio graph. Quanta that the graph left out, as it may while it is
 * built, resumed or starved, are not in it: a node beside the tap did not get them either.
 */
export interface Recording {
  readonly sampleRate: number
  readonly samples: Float32Array
  /** Frames of a render quantum. */
  readonly quantum: number
  readonly messages: readonly StampedMessage[]
}

/** Records what passes, until its context is closed. */
export interface AudioTap {
  /** All that has passed so far. */
  read(): Promise<Recording>
}

/*
 * Runs on the audio thread of the product's context. It is loaded before the product's own worklet, so
 * that the ports of the latter are stamped as well.
 */
function tapModule(): void {
  const scope = globalThis as unknown as {
    sampleRate: number
    AudioWorkletProcessor: new () => { readonly port: MessagePort }
    registerProcessor(name: string, processor: unknown): void
  }
  const messages: object[] = []
  const blocks: Float32Array[] = []
  const now = (): number => blocks.length * (blocks[0]?.length ?? 0)
  const stamp = (direction: string, data: unknown): void => {
    if (data === 'speech') messages.push({ direction, type: data, at: now() })
    if (typeof data !== 'object' || data === null || !('epoch' in data)) return
    const { type, epoch, itemId = '', frames = 0 } = data as Record<string, unknown>
    messages.push({ direction, type, epoch, itemId, frames, at: now() })
  }
  const postMessage = Reflect.get(MessagePort.prototype, 'postMessage') as (message: unknown) => void
  const listening = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage')
  Object.defineProperty(MessagePort.prototype, 'onmessage', {
    set(listener: (event: MessageEvent) => void) {
      listening?.set?.call(this, (event: MessageEvent) => {
        stamp('in', event.data)
        listener(event)
      })
    },
  })
  MessagePort.prototype.postMessage = function (this: MessagePort, ...args: [unknown]) {
    stamp('out', args[0])
    return Reflect.apply(postMessage, this, args)
  }

  class Tap extends scope.AudioWorkletProcessor {
    #running = false

    constructor() {
      super()
      this.port.onmessage = () => {
        const quantum = blocks[0]?.length ?? 0
        const samples = new Float32Array(now())
        for (const [i, block] of blocks.entries()) samples.set(block, i * quantum)
        this.port.postMessage({ sampleRate: scope.sampleRate, samples, quantum, messages })
      }
    }

    process([channels]: Float32Array[][]): boolean {
      if (!this.#running) this.port.postMessage('running')
      this.#running = true
      const samples = channels?.[0]?.slice()
      if (samples) blocks.push(samples)
      return true
    }
  }
  scope.registerProcessor('tap', Tap)
}

/**
 * Taps the next context that is made: what reaches its destination from a node without inputs
 * (`'speaker'`) or with one (`'remote'`), or what a microphone gives (`'microphone'`). The product's nodes
 * stay as they are; a microphone is connected to them as soon as the tap runs, so that neither gets a
 * sample more. `vi.restoreAllMocks()` takes the patches away.
 */
export function installTap(where: 'speaker' | 'remote' | 'microphone'): AudioTap {
  let node: AudioWorkletNode | undefined
  let running: Promise<void> = Promise.resolve()
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (to: AudioNode) => AudioNode
  const addModule = AudioWorklet.prototype['addModule']
  const url = URL.createObjectURL(new Blob([`(${tapModule.toString()})()`], { type: 'text/javascript' }))

  vi.spyOn(AudioWorklet.prototype, 'addModule').mockImplementation(async function (
    this: AudioWorklet,
    ...args
  ) {
    await addModule.call(this, url)
    return addModule.apply(this, args)
  })
  const tapIn = (context: BaseAudioContext): AudioWorkletNode => {
    const tap = new AudioWorkletNode(context, 'tap')
    running = new Promise((resolve) => {
      tap.port.onmessage = () => resolve()
    })
    // Its output is silence; a node that leads nowhere may not run.
    Reflect.apply(connect, tap, [context.destination])
    return tap
  }
  const tapped = function (this: AudioNode, ...args: unknown[]): unknown {
    const passes =
      where === 'microphone'
        ? args[0] instanceof AudioWorkletNode
        : args[0] instanceof AudioDestinationNode && this.numberOfInputs === (where === 'speaker' ? 0 : 1)
    if (!passes) return Reflect.apply(connect, this, args)
    const tap = (node ??= tapIn(this.context))
    if (where === 'microphone') {
      void running.then(() => {
        Reflect.apply(connect, this, [tap])
        Reflect.apply(connect, this, args)
      })
      return args[0]
    }
    Reflect.apply(connect, this, [tap])
    return Reflect.apply(connect, this, args)
  }
  vi.spyOn(AudioNode.prototype, 'connect').mockImplementation(tapped)

  return {
    async read() {
      if (!node) throw new Error('nothing was connected')
      const { port } = node
      await running
      return new Promise((resolve) => {
        port.onmessage = ({ data }: MessageEvent<Recording>) => resolve(data)
        port.postMessage('read')
      })
    },
  }
}
