import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Emitter } from '../../src/core/emitter.ts'
import { AudioError, OptionError } from '../../src/core/errors.ts'
import type { PipelineState } from '../../src/engine/messages.ts'
import {
  ambience,
  type Ambience,
  type AmbienceOptions,
  type AmbienceSource,
} from '../../src/pipeline/ambience.ts'
import { openSpeaker, pause, type SpeakerRig } from './support/speaker-rig.ts'
import { Voice } from './support/voice.ts'

/** Above all that a `Voice` is made of. */
const TONE_HZ = 6000

const connect = Reflect.get(AudioNode.prototype, 'connect') as (to: AudioNode) => AudioNode
let analyser: AnalyserNode | undefined
let rig: SpeakerRig
let ambient: Ambience | undefined

beforeEach(() => {
  // All that reaches a destination is heard here too. The tap of the rig is laid over it.
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]): AudioNode {
    if (args[0] instanceof AudioDestinationNode) {
      if (analyser?.context !== this.context) analyser = new AnalyserNode(this.context, { fftSize: 8192 })
      Reflect.apply(connect, this, [analyser])
    }
    return Reflect.apply(connect, this, args)
  }
})

afterEach(() => {
  ambient?.stop()
  ambient = undefined
  rig.speaker.close()
  vi.restoreAllMocks()
  AudioNode.prototype.connect = connect as typeof AudioNode.prototype.connect
})

/** A whole number of periods, so that it has no seam. */
function tone(seconds = 0.5, sampleRate = rig.speaker.context.sampleRate): AudioBuffer {
  const buffer = new AudioBuffer({ length: seconds * sampleRate, sampleRate })
  const samples = buffer.getChannelData(0)
  for (let i = 0; i < samples.length; i++) samples[i] = Math.sin((2 * Math.PI * TONE_HZ * i) / sampleRate)
  return buffer
}

function wav(buffer: AudioBuffer): ArrayBuffer {
  const pcm = Int16Array.from(buffer.getChannelData(0), (sample) => 32_767 * sample)
  const { sampleRate } = buffer
  const bytes = pcm.byteLength
  const file = new DataView(new ArrayBuffer(44 + bytes))
  const head = [0x46464952, 36 + bytes, 0x45564157, 0x20746d66, 16, 0x10001, sampleRate, 2 * sampleRate]
  for (const [i, word] of [...head, 0x100002, 0x61746164, bytes].entries()) file.setUint32(4 * i, word, true)
  new Int16Array(file.buffer, 44).set(pcm)
  return file.buffer
}

/** What the mix has of the tone, as its amplitude. */
function heard(): number {
  const samples = new Float32Array(8192)
  analyser?.getFloatTimeDomainData(samples)
  const { sampleRate = 48_000 } = analyser?.context ?? {}
  let [re, im] = [0, 0]
  for (const [i, sample] of samples.entries()) {
    const window = 1 - Math.cos((2 * Math.PI * i) / samples.length)
    const angle = (2 * Math.PI * TONE_HZ * i) / sampleRate
    re += sample * window * Math.cos(angle)
    im += sample * window * Math.sin(angle)
  }
  return (2 * Math.hypot(re, im)) / samples.length
}

function peak(): number {
  const samples = new Float32Array(8192)
  analyser?.getFloatTimeDomainData(samples)
  return Math.max(...samples.map(Math.abs))
}

async function open(): Promise<SpeakerRig> {
  rig = await openSpeaker()
  return rig
}

async function play(options: AmbienceOptions, initial: PipelineState = 'listening') {
  const emitter = new Emitter<AmbienceSource>()
  let state = initial
  ambient = await ambience(
    {
      on: emitter.on.bind(emitter),
      get state() {
        return state
      },
      get speakerContext() {
        return rig.speaker.context
      },
    },
    options,
  )
  const become = (next: PipelineState): void => {
    state = next
    emitter.emit('stateChanged', { state })
  }
  return { emitter, become, ambient }
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('ambience', () => {
  it('mixes the background with the voice, more softly while the agent speaks', async () => {
    await open()
    const { become, ambient } = await play({ background: { source: tone(), volume: 0.4 } }, 'connecting')
    expect(heard()).toBeLessThan(0.001)
    become('listening')
    await expect.poll(heard).toBeGreaterThan(0.39)
    become('speaking')
    const voice = new Voice({ bias: 0 })
    // Longer than a busy machine takes to find it.
    rig.write('a', voice, 0, 150_000)
    await rig.started('a')
    await expect.poll(heard).toBeCloseTo(0.2, 2)
    expect(peak()).toBeGreaterThan(0.25)
    become('listening')
    await expect.poll(heard).toBeCloseTo(0.4, 2)
    ambient.setVolume('background', 0.1)
    await expect.poll(heard).toBeCloseTo(0.1, 2)
    ambient.stop()
    await expect.poll(heard).toBeLessThan(0.001)
  })

  it('leaves the voice and its clock as they are', async () => {
    const voice = new Voice()
    const runs = []
    for (const isAmbient of [false, true]) {
      const { output, tap, told, speaker, ...rig } = await open()
      if (isAmbient) {
        const { become } = await play({ background: { source: tone(), volume: 1 } })
        await expect.poll(heard).toBeGreaterThan(0.9)
        become('speaking')
      }
      const over = rig.drained()
      rig.write('a', voice, 0, 600)
      output.end('a')
      await over
      await rig.rendered(50)
      const { samples, messages } = await tap.read()
      const first = samples.findIndex((sample) => sample !== 0)
      const last = samples.findLastIndex((sample) => sample !== 0)
      runs.push({
        voice: samples.slice(first, last + 1),
        heardMs: told.map(({ heardMs }) => heardMs),
        positions: messages
          .filter(({ direction }) => direction === 'out')
          .map(({ type, frames }) => [type, frames]),
      })
      ambient?.stop()
      speaker.close()
      vi.restoreAllMocks()
    }
    const [alone, mixed] = runs
    expect(alone?.heardMs.at(-1)).toBe(600)
    expect(mixed?.heardMs).toEqual(alone?.heardMs)
    expect(mixed?.positions).toEqual(alone?.positions)
    expect(mixed?.voice.length).toBe(alone?.voice.length)
    expect(mixed?.voice.every((sample, i) => sample === alone?.voice[i])).toBe(true)
  })

  it('is heard while the user waits for a tool that takes its time', async () => {
    await open()
    const { become, emitter } = await play({ thinking: { source: tone(), volume: 0.5 } })
    const loudest = async (): Promise<number> => {
      let loudest = 0
      for (let i = 0; i < 12; i++) {
        await pause(50)
        loudest = Math.max(loudest, heard())
      }
      return loudest
    }
    emitter.emit('toolCalled', { callId: 'a' })
    expect(await loudest()).toBeLessThan(0.001)
    emitter.emit('toolFinished', { callId: 'a' })
    become('thinking')
    emitter.emit('toolCalled', { callId: 'b' })
    emitter.emit('toolFinished', { callId: 'b' })
    expect(await loudest()).toBeLessThan(0.001)
    emitter.emit('toolCalled', { callId: 'c' })
    emitter.emit('toolCalled', { callId: 'd' })
    emitter.emit('toolFinished', { callId: 'c' })
    await expect.poll(heard).toBeGreaterThan(0.49)
    emitter.emit('toolFinished', { callId: 'd' })
    await expect.poll(heard).toBeLessThan(0.001)
    emitter.emit('toolCalled', { callId: 'e' })
    await expect.poll(heard).toBeGreaterThan(0.49)
    become('speaking')
    await expect.poll(heard).toBeLessThan(0.001)
  })

  it('ticks by itself, and ends with its signal', async () => {
    await open()
    const controller = new AbortController()
    const { emitter } = await play({ thinking: true, signal: controller.signal }, 'thinking')
    emitter.emit('toolCalled', { callId: 'a' })
    await expect.poll(peak).toBeGreaterThan(0.05)
    controller.abort()
    await expect.poll(peak).toBeLessThan(0.001)
  })

  it('decodes a file, and one at a URL, and takes nothing away', async () => {
    await open()
    const file = wav(tone(0.5, 48_000))
    await play({ background: { source: file, volume: 0.5 } })
    await expect.poll(heard).toBeCloseTo(0.5, 2)
    expect(file.byteLength).toBeGreaterThan(40_000)
    ambient?.stop()
    await expect.poll(heard).toBeLessThan(0.001)
    await play({ background: { source: URL.createObjectURL(new Blob([file])), volume: 0.5 } })
    await expect.poll(heard).toBeCloseTo(0.5, 2)
  })

  it('plays what is not to be repeated once', async () => {
    await open()
    await play({ background: { source: tone(3), volume: 0.5, loop: false } })
    await expect.poll(heard).toBeGreaterThan(0.49)
    await expect.poll(heard).toBeLessThan(0.001)
  })

  it('says which sound cannot be had', async () => {
    await open()
    const broken = await failure(play({ background: { source: new ArrayBuffer(8) } }))
    expect(broken).toBeInstanceOf(AudioError)
    expect(broken).toMatchObject({ code: 'audio-unsupported', retryable: false })
    expect((broken as Error).message).toContain('background.source')
    const missing = await failure(play({ thinking: { source: '/none/such.mp3?404' } }))
    expect((missing as Error).message).toContain('thinking.source')
    const refused = await failure(play({ background: { source: 'blob:nothing' } }))
    expect(refused).toMatchObject({ code: 'audio-unsupported', retryable: true })
    const loud = await failure(play({ background: { source: tone(), volume: 2 } }))
    expect(loud).toBeInstanceOf(OptionError)
    expect(loud).toMatchObject({ option: 'background.volume' })
    const odd = await failure(play({ background: { source: 5 as unknown as string } }))
    expect(odd).toMatchObject({ option: 'background.source', code: 'option-invalid' })
  })
})
