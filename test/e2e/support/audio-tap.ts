import type { Tab } from '../../support/tab.ts'

/** What went through one point of a page's audio graph. */
export interface Recording {
  readonly sampleRate: number
  readonly samples: Float32Array
  /** When the first sample passed, seconds of its context's clock. */
  readonly startTime: number
}

/** `microphone`: what the source node gives. `speaker`: what reaches the destination. */
export type TapName = 'microphone' | 'speaker'

interface RawTap {
  sampleRate: number
  /** `at`: when it passed, ms since 1970. */
  blocks: { frame: number; samples: Float32Array; at: number }[]
}

declare global {
  interface Window {
    audioTaps: Partial<Record<TapName, RawTap>>
  }
}

/**
 * Records what passes the microphone's source node and what reaches the speaker's destination, beside
 * the product's own nodes and without their knowledge. Call it before the page loads.
 */
export async function installTaps(page: Tab): Promise<void> {
  await page.addInitScript(() => {
    const tapSource = `registerProcessor('tap', class extends AudioWorkletProcessor {
      process([channels]) {
        const samples = channels[0] ? channels[0].slice() : new Float32Array(128)
        this.port.postMessage({ frame: currentFrame, samples, at: Date.now() }, [samples.buffer])
        return true
      }
    })`
    const tapUrl = URL.createObjectURL(new Blob([tapSource], { type: 'text/javascript' }))
    const connect = Reflect.get(AudioNode.prototype, 'connect') as (
      this: AudioNode,
      to: AudioNode,
    ) => AudioNode
    window.audioTaps = {}

    const tap = async (name: TapName, node: AudioNode): Promise<void> => {
      const { context } = node
      const raw: RawTap = { sampleRate: context.sampleRate, blocks: [] }
      window.audioTaps[name] = raw
      await context.audioWorklet.addModule(tapUrl)
      const recorder = new AudioWorkletNode(context, 'tap', { numberOfOutputs: 1 })
      recorder.port.onmessage = ({ data }: MessageEvent<RawTap['blocks'][number]>) => raw.blocks.push(data)
      connect.call(node, recorder)
      // Its output is silence; without it the engine may not run it.
      connect.call(recorder, context.destination)
    }
    const names = new WeakMap<AudioNode, string>()
    window.AudioWorkletNode = new Proxy(AudioWorkletNode, {
      construct(target, args: ConstructorParameters<typeof AudioWorkletNode>) {
        const node = new target(...args)
        names.set(node, args[1])
        return node
      },
    })
    // A voice that comes over WebRTC is a stream too.
    const microphones = new WeakSet<MediaStream>()
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await ask(constraints)
      microphones.add(stream)
      return stream
    }
    const isMicrophone = (node: AudioNode): boolean =>
      node instanceof MediaStreamAudioSourceNode && microphones.has(node.mediaStream)
    const tapped = function (this: AudioNode, ...args: unknown[]): unknown {
      if (isMicrophone(this)) void tap('microphone', this)
      else if (/playback|remote/.test(names.get(this) ?? '')) void tap('speaker', this)
      return Reflect.apply(connect, this, args)
    }
    Reflect.set(AudioNode.prototype, 'connect', tapped)
  })
}

/** Reads what was recorded so far. Blocks that the tap missed are silence. */
export async function readTap(page: Tab, name: TapName): Promise<Recording> {
  const { sampleRate, first, base64 } = await page.evaluate(async (tapName) => {
    const raw = window.audioTaps[tapName]
    if (!raw || raw.blocks.length === 0) throw new Error(`nothing passed the ${tapName}`)
    const first = raw.blocks[0]?.frame ?? 0
    const last = raw.blocks.at(-1)
    const samples = new Float32Array((last?.frame ?? 0) - first + (last?.samples.length ?? 0))
    for (const block of raw.blocks) samples.set(block.samples, block.frame - first)
    const url = await new Promise<string>((resolve) => {
      const reader = new FileReader()
      reader.onload = () => resolve(reader.result as string)
      reader.readAsDataURL(new Blob([samples]))
    })
    return { sampleRate: raw.sampleRate, first, base64: url.slice(url.indexOf(',') + 1) }
  }, name)
  const bytes = Buffer.from(base64, 'base64')
  const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  return { sampleRate, samples, startTime: first / sampleRate }
}
