import { AsyncLocalStorage } from 'node:async_hooks'
import { vi } from 'vitest'
import { WebSocket } from 'ws'
import { Microphone } from '../../src/audio/microphone.ts'
import { RemoteVoice } from '../../src/audio/remote-voice.ts'
import { Speaker } from '../../src/audio/speaker.ts'
import type { MessagePortLike, PlaybackInput } from '../../src/shared/messages.ts'
import { microphoneFrame } from '../../src/shared/microphone-frame.ts'
import { bridge, endWorkers, host, workersSettled } from './engine-host.ts'
import { CallSound } from './feature-call.ts'
import { NodeWorker } from './node-worker.ts'
import { VirtualSpeaker } from './virtual-audio.ts'

/** Rate of every voice here, Hz. */
const OUTPUT_RATE = 24_000
/** How much faster than in life the speaker plays. */
export const SPEED = 30
const TICK_MS = 5
const LONG_SILENCE_TICKS = 10
/** A one-pixel JPEG would do as well: nobody looks at it. */
const JPEG = new Blob([new Uint8Array([0xff, 0xd8, 0xff, 0xd9])], { type: 'image/jpeg' })

/** A piece of an agent's voice that was given to the speaker. */
export interface Written {
  readonly itemId: string
  readonly ms: number
}

/** A page's sound, without a page: the real player behind the speaker's port, and a port of a microphone. */
export class Page {
  /** How much faster than in life the speaker plays; at 0 only `hear` lets it. */
  speed = SPEED
  /** What was given to the speakers, in order. */
  readonly written: Written[] = []
  /** How often a microphone was opened. */
  microphones = 0
  call: CallSound | undefined
  /** Where its engines run, if not here. */
  readonly workers: NodeWorker[] = []
  #speaker: VirtualSpeaker | undefined
  #microphone: MessagePortLike | undefined
  #inputRate = 0
  #over = false
  #silentTicks = 0

  openSpeaker(): object {
    const context = { state: 'running' }
    return { context, level: 0, latency: 0, connect: () => this.#connectSpeaker(), close: () => {} }
  }

  #connectSpeaker(): MessagePortLike {
    const speaker = (this.#speaker = new VirtualSpeaker(OUTPUT_RATE, this.settled))
    const { port } = speaker
    const post = port.postMessage.bind(port)
    port.postMessage = (message: unknown) => {
      const input = message as PlaybackInput
      if (input.type === 'audio') {
        this.written.push({ itemId: input.itemId, ms: input.pcm.byteLength / 2 / (OUTPUT_RATE / 1000) })
      }
      post(message)
      this.#silentTicks = 0
    }
    void this.#run(speaker)
    return reachable(port)
  }

  openRemoteVoice(): object {
    return this.call?.openVoice() ?? {}
  }

  openMicrophone(): object {
    this.microphones++
    return {
      level: 0,
      stream: this.call?.stream,
      connect: (rate: number) => {
        this.#inputRate = rate
        this.#microphone = { onmessage: undefined, postMessage: () => {}, close: () => {} }
        return reachable(this.#microphone)
      },
      command: () => {},
      close: () => {},
    }
  }

  /** Rate of the frames that are wanted, Hz. */
  get inputRate(): number {
    return this.#inputRate
  }

  /** How much of the agent's voice has come, ms; in a call it comes as it is heard. */
  get suppliedMs(): number {
    if (this.call?.inUse) return this.call.sounding ? Infinity : 0
    return this.written.reduce((sum, { ms }) => sum + ms, 0)
  }

  /** Resolves when the engine has handled all that it was told and given. */
  readonly settled = async (): Promise<void> => workersSettled(this.workers)

  /** The user says something: PCM16 at {@link Page.inputRate}. Resolves when it is sent. */
  async speak(pcm: Int16Array): Promise<void> {
    if (this.call?.inUse) return this.call.speak(pcm)
    // Commands take another way than sound does.
    await this.settled()
    const length = this.#inputRate / 50
    for (let at = 0; at < pcm.length; at += length) {
      const frame = microphoneFrame(length)
      frame.samples.set(pcm.subarray(at, at + length))
      const take = this.#microphone?.onmessage as ((event: { data: ArrayBuffer }) => void) | undefined
      take?.({ data: frame.buffer })
    }
    await this.settled()
  }

  /** The speaker plays for a while, ms. */
  async hear(ms: number): Promise<void> {
    if (this.call?.inUse) await new Promise((resolve) => setTimeout(resolve, ms))
    else await this.#speaker?.play(ms)
  }

  /** Has sound travel by WebRTC too. */
  async prepareCall(): Promise<void> {
    this.call ??= await CallSound.open()
  }

  async close(): Promise<void> {
    this.#over = true
    this.call?.close()
    await endWorkers(this.workers)
  }

  async #run(speaker: VirtualSpeaker): Promise<void> {
    let at = performance.now()
    while (!this.#over && speaker === this.#speaker) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
      const now = performance.now()
      const ms = Math.min(400, Math.ceil((now - at) * this.speed))
      // One that has nothing to play would only keep the machine from the others.
      if (ms > 0 && this.#silentTicks < LONG_SILENCE_TICKS) {
        const loudest = await speaker.play(ms, false)
        this.#silentTicks = loudest > 0 ? 0 : this.#silentTicks + 1
      }
      at = now
    }
  }
}

/** Each test has its own, though several run at a time. */
const pages = new AsyncLocalStorage<Page>()

/** What a browser has, and Node has not: for all tests of a file. */
export function installPages(): void {
  vi.stubGlobal('WebSocket', WebSocket)
  // What JPEGs are made with.
  vi.stubGlobal('createImageBitmap', async () => ({ width: 8, height: 8, close: () => {} }))
  vi.stubGlobal('OffscreenCanvas', FakeCanvas)
  vi.stubGlobal('FileReader', FakeReader)
  vi.spyOn(Microphone, 'open').mockImplementation(async () => here().openMicrophone() as Microphone)
  vi.spyOn(Speaker, 'open').mockImplementation(async () => here().openSpeaker() as Speaker)
  vi.spyOn(RemoteVoice, 'open').mockImplementation(async () => here().openRemoteVoice() as RemoteVoice)
}

/** Puts a page under the test that calls this. */
export function openPage(): Page {
  const page = new Page()
  pages.enterWith(page)
  NodeWorker.crew.enterWith(page.workers)
  return page
}

function reachable(port: MessagePortLike): MessagePortLike {
  return host === 'worker' ? bridge(port) : port
}

function here(): Page {
  const page = pages.getStore()
  if (!page) throw new Error('There is no page.')
  return page
}

class FakeCanvas {
  getContext(): object {
    return { fillRect: () => {}, drawImage: () => {} }
  }
  async convertToBlob(): Promise<Blob> {
    return JPEG
  }
}

class FakeReader {
  onload: (() => void) | undefined
  result = ''
  readAsDataURL(blob: Blob): void {
    void blob.arrayBuffer().then((bytes) => {
      this.result = `data:${blob.type};base64,${Buffer.from(bytes).toString('base64')}`
      this.onload?.()
    })
  }
}
