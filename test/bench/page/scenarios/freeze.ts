import type { LiveOrder, LiveReport } from '../../lab/live-protocol.ts'
import { caught } from '../audio-patches.ts'
import type { Host, HostFactory } from '../our-host.ts'
import type { PlayerFactory } from '../player.ts'
import { silenceInsideMs, soundIn } from '../rendered.ts'
import type { Recording, Tap } from '../tap.ts'
import { blockPage, sleep } from '../timing.ts'
import { openedPlayer } from './opened-player.ts'
import type { Scenario } from './scenario.ts'

const SHORT_MS = 300
const LONG_MS = 1000

/** A player that is fed by a real socket on the page, which is blocked twice. */
export const frozenPlayer: Scenario<PlayerFactory> = async ({ adapter }, { port = 0 }) => {
  const { player, tap } = await openedPlayer(adapter)
  const socket = await openSocket(port, 'pcm')
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => player.write('a', new Int16Array(data))
  await heard(tap)
  const liveGapMs = await blockTwice(tap)
  socket.close()
  return { liveGapMs }
}

/** The same with a whole conversation. */
export const frozenHost: Scenario<HostFactory> = async ({ adapter }, { port = 0 }) => {
  const host = adapter()
  const tap = await answering(host, port)
  const liveGapMs = await blockTwice(tap)
  await host.close()
  return { liveGapMs }
}

/** A conversation in which the user begins to speak while the page is blocked for a second. */
export const frozenBargeIn: Scenario<HostFactory> = async ({ adapter }, { port = 0 }) => {
  const host = adapter()
  const tap = await answering(host, port)
  const control = await Control.open(port)
  await sleep(300)
  control.give({ order: 'interrupt', inMs: LONG_MS / 2 })
  const from = Date.now()
  blockPage(LONG_MS)
  const to = Date.now()
  await sleep(300)
  const recording = await tap.read()
  const report = await control.report()
  await host.close()
  const { begin, end } = soundIn(recording)
  const playedMs = ((end - begin) * 1000) / recording.sampleRate - silenceInsideMs(recording)
  const frames = [from, ...report.framesAt.filter((at) => at > from && at < to), to]
  const silentAfterMs = wallMs(recording, end) - report.speechAt
  return {
    // A voice that the blocked page no longer feeds has run dry by then: that is no interruption.
    ...(silentAfterMs >= 0 && { frozenFlushMs: silentAfterMs }),
    frozenTruncateMs: report.truncatedAt - report.speechAt,
    frozenHeardErrorMs: Math.abs(playedMs - report.heardMs),
    micGapMs: Math.max(...frames.slice(1).map((at, i) => at - (frames[i] ?? at))),
  }
}

/** A conversation whose agent calls a tool, while the page is blocked for a second if it is `frozen`. */
export const toolAnswer: Scenario<HostFactory> = async ({ adapter }, { port = 0, frozen = 0 }) => {
  const host = adapter()
  await opened(host, port, 'tool')
  const control = await Control.open(port)
  await sleep(300)
  control.give({ order: 'callTool', inMs: LONG_MS / 2 })
  if (frozen) blockPage(LONG_MS)
  const recording = await (await speaker()).read()
  const { calledAt, outputAt } = await control.report()
  await host.close()
  const answerMs = wallMs(recording, recording.sound.frame - recording.first) - calledAt
  return frozen
    ? { frozenToolMs: outputAt - calledAt, frozenToolAnswerMs: answerMs }
    : { toolAnswerMs: answerMs }
}

async function answering(host: Host, port: number): Promise<Tap> {
  await opened(host, port, 'realtime')
  const tap = await speaker()
  await heard(tap)
  return tap
}

async function opened(host: Host, port: number, path: string): Promise<void> {
  ;(await caught.microphone()).play({ type: 'silence' })
  await host.open(`${serverAt(port)}/${path}`)
}

/** The tap of the context that plays: a pipeline has another one, for its microphone. */
async function speaker(): Promise<Tap> {
  for (;;) {
    for (const tap of caught.taps) {
      await tap.ready
      if ((await tap.read()).sound.frame >= 0) return tap
    }
    await sleep(20)
  }
}

async function heard(tap: Tap): Promise<void> {
  while ((await tap.read()).sound.frame < 0) await sleep(20)
}

async function blockTwice(tap: Tap): Promise<number> {
  for (let block = 0; block < 2; block++) {
    await sleep(SHORT_MS)
    blockPage(SHORT_MS)
  }
  await sleep(SHORT_MS)
  return silenceInsideMs(await tap.read())
}

/** A line to the server besides the conversation's. */
class Control {
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  static async open(port: number): Promise<Control> {
    return new Control(await openSocket(port, 'control'))
  }

  give(order: LiveOrder): void {
    this.#socket.send(JSON.stringify(order))
  }

  async report(): Promise<LiveReport> {
    this.give({ order: 'report' })
    return new Promise((resolve) => {
      this.#socket.onmessage = ({ data }: MessageEvent<string>) => resolve(JSON.parse(data) as LiveReport)
    })
  }
}

async function openSocket(port: number, path: string): Promise<WebSocket> {
  const socket = new WebSocket(`${serverAt(port)}/${path}`)
  socket.binaryType = 'arraybuffer'
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  return socket
}

function serverAt(port: number): string {
  return `ws://127.0.0.1:${port}`
}

/** When a frame of a recording was rendered, ms since 1970. */
function wallMs({ first, sampleRate, sound }: Recording, frame: number): number {
  return sound.batchMs + ((first + frame - sound.batchFrame) * 1000) / sampleRate
}
