import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { askGuide } from '../simulators/guide.ts'
import { decodePcm, encodePcm, joinPcm, PcmRecording } from '../simulators/pcm.ts'
import { resample } from '../simulators/resample.ts'
import { speak, synthesize } from '../simulators/speech.ts'
import { callsTo, chooseCalls } from '../simulators/tool-choice.ts'
import { VoiceDetector, type VoiceEdge } from '../simulators/voice-detector.ts'
import { encodeWav } from '../simulators/wav.ts'

vi.setConfig({ testTimeout: 30_000 })

const samples = fc.int16Array({ maxLength: 300 })

function tone(hz: number, sampleRate: number, seconds: number): Int16Array {
  const step = (2 * Math.PI * hz) / sampleRate
  return Int16Array.from({ length: seconds * sampleRate }, (_, index) => 10_000 * Math.sin(step * index))
}

function level(pcm: Int16Array): number {
  return Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length)
}

describe('speech', () => {
  test('is audible, has its words in order, and has the length of its text', async () => {
    const { pcm, words } = await speak('First Rome, then Naples and 3 days of rest.', { sampleRate: 24_000 })
    expect(words.map(({ text }) => text).join('')).toBe('First Rome, then Naples and 3 days of rest.')
    const starts = words.map(({ startMs }) => startMs)
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
    expect(new Set(starts).size).toBe(starts.length)
    expect(starts.at(-1)).toBeLessThan(pcm.length / 24)
    expect(level(pcm)).toBeGreaterThan(500)
  })

  test('lasts as long at every rate, and is not shared', async () => {
    const [high, low] = await Promise.all([
      synthesize('Good morning', { sampleRate: 48_000 }),
      synthesize('Good morning', { sampleRate: 16_000 }),
    ])
    expect(high.length / 48_000).toBeCloseTo(low.length / 16_000, 0)
    high.fill(0)
    expect(level(await synthesize('Good morning', { sampleRate: 48_000 }))).toBeGreaterThan(500)
  })
})

describe('resampling', () => {
  test.each([
    [22_050, 24_000],
    [22_050, 16_000],
    [22_050, 48_000],
  ])('%i to %i Hz keeps a tone as it is', (from, to) => {
    const expected = tone(1000, to, 0.2)
    const actual = resample(tone(1000, from, 0.2), from, to)
    const middle = actual.subarray(1000, actual.length - 1000)
    const error = middle.map((sample, index) => sample - (expected[index + 1000] ?? 0))
    expect(level(error)).toBeLessThan(level(expected) / 3000)
  })

  test('removes what the lower rate cannot carry', () => {
    const actual = resample(tone(10_000, 22_050, 0.2), 22_050, 16_000)
    expect(level(actual.subarray(500, -500))).toBeLessThan(5)
  })
})

describe('PCM', () => {
  test('survives base64', () => {
    const run = fc.property(samples, (pcm) => {
      expect(decodePcm(encodePcm(pcm))).toEqual(pcm)
    })
    fc.assert(run)
  })

  test('is recorded whole, however it is cut, and forgotten from its beginning only', () => {
    const run = fc.property(fc.array(samples), fc.nat(1000), (parts, forgotten) => {
      const recording = new PcmRecording()
      for (const part of parts) recording.append(part)
      const all = joinPcm(parts)
      expect(recording.slice()).toEqual(all)
      recording.forget(forgotten)
      expect(recording.length).toBe(all.length)
      expect(recording.slice(forgotten, forgotten + 10)).toEqual(all.slice(forgotten, forgotten + 10))
    })
    fc.assert(run)
  })

  test('makes a WAV file that says its rate and length', () => {
    const file = new DataView(encodeWav(new Int16Array([1, -2]), 24_000).slice().buffer)
    expect(file.byteLength).toBe(48)
    expect(file.getUint32(4, true)).toBe(40)
    expect(file.getUint32(24, true)).toBe(24_000)
    expect(file.getUint32(40, true)).toBe(4)
    expect(file.getInt16(46, true)).toBe(-2)
  })
})

describe('voice detection', () => {
  const settings = { threshold: 0.5, silenceMs: 300 }

  function edges(pcm: Int16Array, cuts: readonly number[] = []): readonly VoiceEdge[] {
    const detector = new VoiceDetector(24_000, settings)
    const found: VoiceEdge[] = []
    let offset = 0
    for (const cut of cuts) {
      found.push(...detector.push(pcm.subarray(offset, offset + cut)))
      offset += cut
    }
    return [...found, ...detector.push(pcm.subarray(offset))]
  }

  function noise(seconds: number, amplitude: number): Int16Array {
    let state = 1
    return Int16Array.from({ length: seconds * 24_000 }, () => {
      state = (state * 48_271) % 2_147_483_647
      return amplitude * (state / 1_073_741_824 - 1)
    })
  }

  test('finds the same turns however the audio is cut', async () => {
    const pause = new Int16Array(12_000)
    const pcm = joinPcm([pause, await synthesize('One', { sampleRate: 24_000 }), pause, pause])
    const expected = edges(pcm)
    expect(expected.map(({ type }) => type)).toEqual(['started', 'stopped'])
    const run = fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 20 }), (cuts) => {
      expect(edges(pcm, cuts)).toEqual(expected)
    })
    fc.assert(run, { numRuns: 20 })
  })

  test('hears speech over the noise of a room, and not the noise', async () => {
    const voice = await synthesize('Is there anybody in this room?', { sampleRate: 24_000 })
    const room = noise(3 + voice.length / 24_000, 150)
    expect(edges(room)).toEqual([])
    room.set(
      voice.map((sample, index) => sample / 2 + (room[48_000 + index] ?? 0)),
      48_000,
    )
    const [started, stopped, ...more] = edges(room)
    expect([started?.type, stopped?.type, ...more]).toEqual(['started', 'stopped'])
    expect(Math.abs((started?.position ?? 0) - 48_000)).toBeLessThan(4800)
  })

  test('takes a click for no speech, and learns to bear a steady noise', () => {
    const click = new Int16Array(48_000)
    click.fill(20_000, 24_000, 24_240)
    expect(edges(click)).toEqual([])
    expect(edges(noise(20, 1500)).at(-1)?.type).toBe('stopped')
  })

  const recording = new URL('../../../shared/conformance/audio/marcelo_24khz.pcm', import.meta.url)
  test.skipIf(!existsSync(recording))('agrees with the service on a real voice', () => {
    const bytes = readFileSync(recording)
    const pcm = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
    const detector = new VoiceDetector(24_000, { threshold: 0.5, silenceMs: 200 })
    const found = detector.push(pcm).map(({ type, position }) => [type, position / 24] as const)
    expect(found.map(([type]) => type)).toEqual(['started', 'stopped'])
    // The service said 1460 and 4256 ms, 300 ms of padding included.
    expect(Math.abs((found[0]?.[1] ?? 0) - 300 - 1460)).toBeLessThan(150)
    expect(Math.abs((found[1]?.[1] ?? 0) - 4256)).toBeLessThan(150)
  })
})

describe('the guide', () => {
  const string = { type: 'string' }
  const weather = {
    name: 'get_weather',
    description: 'Current conditions',
    parameters: { type: 'object', properties: { city: string } },
  }
  const convert = { name: 'convertCurrency', description: 'Converts an amount of money' }

  test.each([
    ['What is the weather in Rome?', 'get_weather', { city: 'Rome' }],
    ['How hot is it in New York today?', 'get_weather', { city: 'New York' }],
    ['weather paris', 'get_weather', { city: 'paris' }],
  ])('calls the tool that fits "%s"', (text, name, args) => {
    expect(chooseCalls(text, [convert, weather])).toEqual([{ name, arguments: args }])
  })

  test('finds a tool by its description, and none by empty words', () => {
    expect(chooseCalls('I need money', [weather, convert]).map(({ name }) => name)).toEqual([
      'convertCurrency',
    ])
    expect(chooseCalls('What can you tell me about it?', [weather, convert])).toEqual([])
  })

  test('fills every kind of argument', () => {
    const parameters = {
      type: 'object',
      required: ['to', 'count', 'unit', 'fast', 'days', 'who', 'kind'],
      properties: {
        to: string,
        count: { type: 'integer', minimum: 1, maximum: 5 },
        unit: { enum: ['km', 'miles'] },
        fast: { type: 'boolean' },
        days: { type: 'array', items: { type: 'number' } },
        who: { type: 'object', properties: { name: string } },
        kind: { const: 'trip' },
        unused: string,
      },
    }
    expect(callsTo({ name: 'route', parameters }, 'Show 7 miles to Naples')).toEqual([
      {
        name: 'route',
        arguments: {
          to: 'Naples',
          count: 5,
          unit: 'miles',
          fast: true,
          days: [7],
          who: { name: 'Naples' },
          kind: 'trip',
        },
      },
    ])
  })

  test.each([
    ['text', 'It is foggy.', 'It is foggy.'],
    ['JSON', '{"city":"Rome","degrees":21}', 'city Rome, degrees 21'],
  ])('says what a tool returned as %s', (_kind, output, said) => {
    const question = { text: 'x', wording: undefined, tools: [weather], toolChoice: 'auto' }
    expect(askGuide({ ...question, outputs: [output] })).toEqual({ text: `Here is what I found: ${said}` })
  })

  test('keeps to the choice of tool, and knows some things itself', () => {
    const ask = (toolChoice: string): ReturnType<typeof askGuide> =>
      askGuide({ text: 'Weather in Rome?', wording: undefined, tools: [weather], toolChoice, outputs: [] })
    expect(ask('auto')).toHaveProperty('calls')
    expect(ask('none')).toMatchObject({ text: expect.stringContaining('Colosseum') as string })
    const hello = { text: 'Hello', wording: undefined, tools: [weather], outputs: [] }
    expect(askGuide({ ...hello, toolChoice: 'auto' })).toHaveProperty('text')
    expect(askGuide({ ...hello, toolChoice: 'required' })).toHaveProperty('calls')
  })
})
