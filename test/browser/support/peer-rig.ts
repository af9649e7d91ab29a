import { silentSpeaker } from '../../../src/audio/silent-speaker.ts'
import { Speaker } from '../../../src/audio/speaker.ts'
import { ConnectionError, type VivaVoceError } from '../../../src/core/errors.ts'
import { PeerMedia } from '../../../src/pipeline/peer-media.ts'
import type { PlaybackInput, PlaybackReport } from '../../../src/shared/messages.ts'
import type { PeerStats } from '../../../src/transport/peer-stats.ts'
import { farPeer } from './far-peer.ts'
import { toneStream } from './opened-microphone.ts'

/** Rate that frames are counted at, Hz. */
const WIRE_RATE = 24_000

/** The page's media, connected to a peer in the same page that says a tone. Ended by `close()`. */
export async function connectedMedia({ speaker = true } = {}) {
  const sound = await toneStream()
  const far = farPeer(sound.stream, sound.context)
  const abort = new AbortController()
  const { signal } = abort
  const stats: PeerStats[] = []
  const errors: VivaVoceError[] = []
  const reports: PlaybackReport[] = []
  const onError = (error: VivaVoceError): void => void errors.push(error)
  const setup = {
    deviceId: undefined,
    wireRate: WIRE_RATE,
    onLocalSpeech: 'off',
    workletUrl: undefined,
    signal,
    onError,
  } as const
  const media = await PeerMedia.open({
    openSpeaker: speaker ? async (worklet) => Speaker.open({ ...setup, worklet }) : undefined,
    makeError: (message, details) => new ConnectionError(message, details),
    onStats: (latest) => stats.push(latest),
  })
  const port = media.speaker?.connect(WIRE_RATE) ?? silentSpeaker()
  port.onmessage = ({ data }: MessageEvent<PlaybackReport>) => reports.push(data)
  const link = await media.openPeer({ channel: 'events', signal, onMessage: () => {}, onClose: onError })
  await link.accept(await far.answer(link.offer))
  const close = (): void => {
    abort.abort()
    media.close()
    far.close()
  }
  const send = (message: PlaybackInput): void => port.postMessage(message)
  const told = (type: PlaybackReport['type']): string[] =>
    reports.filter((report) => report.type === type).map(({ itemId }) => itemId)
  return { media, link, far, gain: sound.gain, stats, errors, reports, send, told, close }
}
