import { afterEach, describe, expect, it, vi } from 'vitest'
import { outputGuard } from '../../../src/extensions/output-guard.ts'
import { RealtimeModel, type ModelEvents, type ModelSession } from '../../../src/providers/model.ts'
import type { Recording } from '../support/audio-tap.ts'
import { largestStep, voicedRuns } from '../support/rendered-voice.ts'
import { openSpeaker, pause, WIRE_RATE, type SpeakerRig } from '../support/speaker-rig.ts'

const WORDS = ['alpha', 'bravo', 'delta', 'hotel', 'india', 'secret', 'oscar', 'romeo']
const SECRET = WORDS.indexOf('secret')
/** 17 letters a second. */
const WORD_MS = 300
const FREQUENCIES = WORDS.map((_, i) => (i === SECRET ? 5200 : 500 + 300 * i))
const AMPLITUDE = 0.3
/** More than the fade of another tone leaves of this one. */
const NOTHING = AMPLITUDE / 300

class ToneModel extends RealtimeModel {
  readonly capabilities = { inputRate: WIRE_RATE, outputRate: WIRE_RATE }
  /** Words whose tone was generated. */
  readonly generated: string[] = []
  session: ModelSession | undefined

  override async connect(session: ModelSession): Promise<void> {
    this.session = session
  }
  override handleAudioInput(): void {}
  override close(): void {}

  say<Name extends keyof ModelEvents>(event: Name, payload: ModelEvents[Name]): void {
    this.emit(event, payload)
  }
  write(index: number): void {
    const step = (2 * Math.PI * (FREQUENCIES[index] ?? 0)) / WIRE_RATE
    const tone = (_: unknown, i: number): number => 32_767 * AMPLITUDE * Math.sin(step * i)
    const pcm = Int16Array.from({ length: (WORD_MS * WIRE_RATE) / 1000 }, tone)
    this.session?.output.write('a', pcm)
    this.generated.push(WORDS[index] ?? '')
  }
  tell(words: number): void {
    const text = WORDS.slice(0, words).join(' ')
    this.emit('transcript', { id: 'a', role: 'agent', text, final: words === WORDS.length })
  }
}

/** How loud a tone is where it is loudest, as an amplitude. */
function loudest({ samples, sampleRate }: Recording, frequency: number): number {
  const length = Math.round(0.04 * sampleRate)
  let most = 0
  for (let from = 0; from + length <= samples.length; from += length / 4) {
    let [real, imaginary] = [0, 0]
    for (let i = 0; i < length; i++) {
      const window = 1 - Math.cos((2 * Math.PI * (i + 0.5)) / length)
      const phase = (2 * Math.PI * frequency * i) / sampleRate
      real += (samples[Math.round(from) + i] ?? 0) * window * Math.cos(phase)
      imaginary += (samples[Math.round(from) + i] ?? 0) * window * Math.sin(phase)
    }
    most = Math.max(most, (2 * Math.hypot(real, imaginary)) / length)
  }
  return most
}

let rig: SpeakerRig | undefined

afterEach(() => {
  rig?.speaker.close()
  vi.restoreAllMocks()
})

const all = [...WORDS.keys()]

async function aLittleAhead(model: ToneModel): Promise<void> {
  for (const i of all) {
    model.tell(Math.min(WORDS.length, i + 3))
    await pause(20)
    model.write(i)
  }
}

async function alongWithIt(model: ToneModel): Promise<void> {
  for (const i of all) {
    model.tell(i + 1)
    model.write(i)
    await pause(20)
  }
}

async function aLittleAfter(model: ToneModel): Promise<void> {
  for (const i of all) {
    model.write(i)
    await pause(20)
    model.tell(i + 1)
  }
}

async function whenAllIsThere(model: ToneModel): Promise<void> {
  all.forEach((i) => model.write(i))
  for (const i of all) {
    await pause(20)
    model.tell(i + 1)
  }
}

/** Says all words, and gives what was rendered. */
async function rendered(order: (model: ToneModel) => Promise<void>, forbidden: string) {
  rig = await openSpeaker()
  const { output, tap } = rig
  const model = new ToneModel()
  const guard = outputGuard({
    check: (text) => (text.includes(forbidden) ? { reason: 'forbidden' } : undefined),
  })
  const guarded = guard.wrap(model)
  const reasons: string[] = []
  guarded.on('notice', ({ payload }) => 'reason' in payload && reasons.push(payload.reason))
  await guarded.connect({ output } as unknown as ModelSession)
  const drained = rig.drained()
  model.say('responseStarted', { responseId: 'r' })
  await order(model)
  model.session?.output.end('a')
  model.say('responseDone', { responseId: 'r', status: 'completed', continues: false })
  await drained
  await rig.rendered(100)
  return { model, reasons, recording: await tap.read() }
}

describe('a guarded voice, as it is rendered', () => {
  it.each([
    { when: 'a little ahead of it', order: aLittleAhead },
    { when: 'along with it', order: alongWithIt },
    { when: 'a little after it', order: aLittleAfter },
    { when: 'when all of it is there', order: whenAllIsThere },
  ])('has no trace of the word if its text comes $when', async ({ order }) => {
    const { model, reasons, recording } = await rendered(order, 'secret')
    expect(model.generated).toContain('secret')
    expect(reasons).toEqual(['forbidden'])
    for (const [i, frequency] of FREQUENCIES.entries()) {
      const level = loudest(recording, frequency)
      if (i < 2) expect(level).toBeGreaterThan(AMPLITUDE * 0.9)
      if (i >= SECRET) expect(level).toBeLessThan(NOTHING)
    }
    // It ends in a fade.
    const { to = 0 } = voicedRuns(recording).at(-1) ?? {}
    expect(largestStep(recording.samples, to - 3, to)).toBeLessThan(AMPLITUDE / 20)
  })

  it('has every word if none of them is guarded', async () => {
    const { reasons, recording } = await rendered(alongWithIt, 'nothing like it')
    expect(reasons).toEqual([])
    for (const frequency of FREQUENCIES)
      expect(loudest(recording, frequency)).toBeGreaterThan(AMPLITUDE * 0.9)
  })
})
