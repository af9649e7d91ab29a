import type { LiveReport } from '../../lab/live-server.ts'
import { caught } from '../audio-patches.ts'
import type { HostFactory } from '../our-host.ts'
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
  const socket = await opened(port, 'pcm')
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
  const control = await opened(port, 'report')
  await sleep(300)
  control.send(String(LONG_MS / 2))
  const from = Date.now()
  blockPage(LONG_MS)
  const to = Date.now()
  await sleep(300)
  const recording = await tap.read()
  control.send('0')
  const report = await new Promise<LiveReport>((resolve) => {
    control.onmessage = ({ data }: MessageEvent<string>) => resolve(JSON.parse(data) as LiveReport)
  })
  await host.close()
  const { begin, end } = soundIn(recording)
  const playedMs = ((end - begin) * 1000) / recording.sampleRate
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

async function answering(host: ReturnType<HostFactory>, port: number): Promise<Tap> {
  ;(await caught.microphone()).play({ type: 'silence' })
  await host.open(`ws://127.0.0.1:${port}/realtime`)
  const tap = await speaker()
  await heard(tap)
  return tap
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

async function opened(port: number, path: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${path}`)
  socket.binaryType = 'arraybuffer'
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  return socket
}

/** When a frame of a recording was rendered, ms since 1970. */
function wallMs({ first, sampleRate, sound }: Recording, frame: number): number {
  return sound.batchMs + ((first + frame - sound.batchFrame) * 1000) / sampleRate
}
