import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocketLink } from '../../src/providers/openai/web-socket-link.ts'
import { Talk } from './openai-server.ts'

const FRAME_MS = 20
/** What a frame is on the wire. */
const FRAME_BYTES = 1326
const FULL_BYTES = 12_800

describe('audio on its way to a socket', () => {
  it('goes out at once while the network keeps up', () => {
    const { link, socket, time } = newLink()
    for (let i = 0; i < 200; i++) {
      time.pass(FRAME_MS)
      link.sendAudio(frame(i))
      expect(socket.sent.at(-1)).toBe(i)
      socket.take(FRAME_BYTES)
    }
  })

  it('is kept for a second while the network does not keep up, and then the oldest is dropped', () => {
    const { link, socket, time, dropped } = newLink()
    for (let i = 0; i < 100; i++) {
      time.pass(FRAME_MS)
      link.sendAudio(frame(i))
    }
    const taken = socket.sent.length
    expect(socket.bufferedAmount).toBeLessThan(FULL_BYTES + FRAME_BYTES)
    expect(dropped()).toBeGreaterThan(0)
    socket.take(Infinity)
    time.pass(FRAME_MS)
    link.sendAudio(frame(100))
    const next = socket.sent[taken] as number
    expect(next).toBe(taken + dropped())
    expect((101 - next) * FRAME_MS).toBeLessThanOrEqual(1000 + 2 * FRAME_MS)
  })

  it('is not dropped only because much of it comes at once', () => {
    const { link, socket, time, dropped } = newLink()
    for (let i = 0; i < 500; i++) link.sendAudio(frame(i))
    for (let i = 500; i < 560; i++) {
      socket.take(Infinity)
      time.pass(FRAME_MS)
      link.sendAudio(frame(i))
    }
    expect(dropped()).toBe(0)
    expect(socket.sent).toEqual(Array.from({ length: 560 }, (_, i) => i))
  })

  it('is not dropped because the page slept', () => {
    const { link, socket, time, dropped, stuck } = newLink()
    for (let i = 0; i < 30; i++) link.sendAudio(frame(i))
    time.pass(3_600_000)
    socket.take(Infinity)
    for (let i = 30; i < 60; i++) link.sendAudio(frame(i))
    expect(dropped()).toBe(0)
    expect(stuck()).toBe(0)
  })

  it('goes out before the commit of its turn, and not at all before a clear', () => {
    const { link, socket } = newLink()
    for (let i = 0; i < 30; i++) link.sendAudio(frame(i))
    link.send({ type: 'input_audio_buffer.commit' })
    expect(socket.sent).toEqual([...Array.from({ length: 30 }, (_, i) => i), 'input_audio_buffer.commit'])
    for (let i = 30; i < 40; i++) link.sendAudio(frame(i))
    link.send({ type: 'input_audio_buffer.clear' })
    socket.take(Infinity)
    link.sendAudio(frame(40))
    expect(socket.sent.slice(31)).toEqual(['input_audio_buffer.clear', 40])
  })
})

describe('any mixture of audio, messages and network', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant({ do: 'audio' as const }) },
    { weight: 1, arbitrary: fc.constantFrom({ do: 'message' as const }, { do: 'commit' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), bytes: fc.nat(20_000) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(2000) }) },
  )

  it('loses no message, keeps the order of both, and drops the oldest audio only', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const { link, socket, time, dropped } = newLink()
        let frames = 0
        const messages: string[] = []
        for (const step of steps) {
          if (step.do === 'take') socket.take(step.bytes)
          else if (step.do === 'pass') time.pass(step.ms)
          else if (step.do === 'audio') {
            time.pass(FRAME_MS)
            link.sendAudio(frame(frames++))
          } else {
            const type = step.do === 'commit' ? 'input_audio_buffer.commit' : `message ${messages.length}`
            messages.push(type)
            link.send({ type })
            expect(socket.sent.at(-1)).toBe(type)
            if (step.do === 'commit') expect(audioOf(socket).length).toBe(frames - dropped())
          }
        }
        const audio = audioOf(socket)
        expect(audio).toEqual([...new Set(audio)].toSorted((a, b) => a - b))
        expect(socket.sent.filter((one) => typeof one === 'string')).toEqual(messages)
        expect(audio.length + dropped()).toBeLessThanOrEqual(frames)
      }),
    )
  })
})

describe('a socket that takes nothing more', () => {
  it('is given up after ten seconds', () => {
    const { link, time, stuck } = newLink()
    let ms = 0
    for (; !stuck() && ms < 60_000; ms += FRAME_MS) {
      time.pass(FRAME_MS)
      link.sendAudio(frame(0))
    }
    expect(ms).toBeGreaterThan(10_000)
    expect(ms).toBeLessThan(11_000)
  })

  it('is not given up while it takes a little, or when there is nothing to send', () => {
    const { link, socket, time, stuck } = newLink()
    for (let ms = 0; ms < 60_000; ms += FRAME_MS) {
      time.pass(FRAME_MS)
      link.sendAudio(frame(0))
      if (ms % 5000 === 0) socket.take(1)
    }
    time.pass(60_000)
    expect(stuck()).toBe(0)
  })

  it('ends the session with an error that a new connection may mend', async () => {
    const talk = await Talk.start()
    let now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    onTestFinished(() => clock.mockRestore())
    talk.peer.pause()
    const long = new Int16Array(24_000)
    for (let i = 0; i < 5000 && talk.log.all('closed').length === 0; i++) {
      now += 50
      talk.model.handleAudioInput(long)
    }
    expect(talk.log.all('closed')).toMatchObject([{ code: 'connection-lost', retryable: true }])
    expect(talk.log.all('error')).toEqual([])
    expect(talk.model.send({ type: 'response.create' })).toBe(false)
    talk.peer.resume()
    expect([1000, 1005, 1006]).toContain(await talk.peer.closed)
  })
})

/** A frame that says which one it is. */
function frame(index: number): Int16Array {
  return new Int16Array(480).fill(index)
}

function audioOf(socket: { readonly sent: readonly (string | number)[] }): number[] {
  return socket.sent.filter((one) => typeof one === 'number')
}

/** A link on a socket whose network is under the test's control. */
function newLink() {
  let now = 0
  let dropped = 0
  let stuck = 0
  const socket = {
    bufferedAmount: 0,
    /** The number of each frame, the type of each message. */
    sent: [] as (string | number)[],
    send(data: string | Uint8Array) {
      const { type, audio } = JSON.parse(String(data)) as { type: string; audio?: string }
      this.sent.push(audio === undefined ? type : Buffer.from(audio, 'base64').readInt16LE())
      this.bufferedAmount += data.length
    },
    take(bytes: number) {
      this.bufferedAmount -= Math.min(bytes, this.bufferedAmount)
    },
  }
  const link = new WebSocketLink(socket, {
    onDrop: () => dropped++,
    onStuck: () => stuck++,
    now: () => now,
  })
  const time = { pass: (ms: number) => void (now += ms) }
  return { link, socket, time, dropped: () => dropped, stuck: () => stuck }
}
