import { RemoteVoice } from '../audio/remote-voice.ts'
import type { Speaker, SpeakerWorklet } from '../audio/speaker.ts'
import type { PeerLink, PeerSetup } from '../providers/peer-link.ts'
import { PeerConnection, type MakeError } from '../transport/peer-connection.ts'
import type { PeerStats } from '../transport/peer-stats.ts'

const STATS_INTERVAL_MS = 2000

/** What {@link PeerMedia} is opened with. */
export interface PeerMediaSetup {
  /** Opens the speaker with this worklet; it is closed with the media. `undefined`: nothing is played. */
  readonly openSpeaker: ((worklet: SpeakerWorklet) => Promise<Speaker>) | undefined
  readonly makeError: MakeError
  /** Called every 2 s while a connection is open. */
  readonly onStats: (stats: PeerStats) => void
}

/**
 * The page's sound for a model that speaks over WebRTC: its connections, and who speaks and listens there.
 * It imports nothing that the page has already: bundlers would split that off into a third file.
 */
export class PeerMedia {
  readonly #setup: PeerMediaSetup
  readonly #voice: RemoteVoice | undefined
  readonly #peers = new Set<PeerConnection>()
  #microphone: MediaStreamTrack | undefined
  #muted = false
  #closed = false

  private constructor(setup: PeerMediaSetup, voice: RemoteVoice | undefined) {
    this.#setup = setup
    this.#voice = voice
  }

  /** Opens the speaker. Call it from a user's gesture. Rejects as `openSpeaker` does. */
  static async open(setup: PeerMediaSetup): Promise<PeerMedia> {
    const { openSpeaker } = setup
    return new PeerMedia(setup, openSpeaker && (await RemoteVoice.open(openSpeaker)))
  }

  /** What plays the voice. */
  get speaker(): Speaker | undefined {
    return this.#voice?.speaker
  }

  /**
   * Sends the sound of a stream, or none; while muted the other side gets silence. The stream's track is
   * neither changed nor stopped.
   */
  send(stream: MediaStream | undefined, muted: boolean): void {
    this.#microphone = stream?.getAudioTracks()[0]
    this.#muted = muted
    for (const peer of this.#peers) {
      peer.muted = muted
      peer.setMicrophone(this.#microphone)
    }
  }

  /** Opens a connection; see {@link PeerLink}. The latest one's voice is heard. */
  async openPeer(setup: PeerSetup): Promise<PeerLink> {
    const { signal, onClose } = setup
    let interval: ReturnType<typeof setInterval> | undefined
    const forget = (): void => {
      clearInterval(interval)
      signal.removeEventListener('abort', forget)
      this.#peers.delete(peer)
    }
    const peer = await PeerConnection.open({
      ...setup,
      makeError: this.#setup.makeError,
      onClose: (error) => {
        forget()
        onClose(error)
      },
      onVoice: (stream) => this.#voice?.listen(stream),
    })
    if (this.#closed) peer.close()
    this.#peers.add(peer)
    signal.addEventListener('abort', forget)
    peer.muted = this.#muted
    peer.setMicrophone(this.#microphone)
    const tell = (): void => {
      if (!this.#peers.has(peer)) return clearInterval(interval)
      peer.stats().then(
        (stats) => this.#peers.has(peer) && this.#setup.onStats(stats),
        () => {},
      )
    }
    return {
      offer: peer.offer,
      get bufferedAmount() {
        return peer.bufferedAmount
      },
      get maxMessageBytes() {
        return peer.maxMessageBytes
      },
      send: (text) => peer.send(text),
      accept: async (answer) => {
        try {
          await peer.accept(answer)
          interval = setInterval(tell, STATS_INTERVAL_MS)
        } catch (error) {
          forget()
          throw error
        }
      },
    }
  }

  /** Ends every connection, and closes the speaker. Idempotent. */
  close(): void {
    this.#closed = true
    for (const peer of this.#peers) peer.close()
    this.#peers.clear()
    this.#voice?.close()
  }
}
