import { ConnectionError } from '../../../src/core/errors.ts'
import type { PeerLink, PeerSetup } from '../../../src/providers/peer-link.ts'
import { FRAME_MS, startFrameClock } from '../openai/webrtc/frame-clock.ts'
import type { AudioSource } from '../openai/webrtc/wrtc.ts'
import { loadWrtc } from '../openai/webrtc/wrtc.ts'
import { joinPcm } from '../pcm.ts'

const SAMPLE_RATE = 24_000
const FRAME_LENGTH = (SAMPLE_RATE * FRAME_MS) / 1000

/** A page's real peer connections, with a microphone that says what it is told to. */
export class LivePage {
  /** Takes what comes over RTP: 10 ms, mono. */
  onVoice: (samples: Float32Array, sampleRate: number) => void = () => {}
  readonly #closers: (() => void)[] = []
  // The library crashes if a part of it is collected while the connection lives.
  readonly #kept: unknown[] = []
  #speech: Int16Array = new Int16Array(0)

  /** See `ModelSession.openPeer`. */
  async openPeer({ channel, signal, onMessage, onClose }: PeerSetup): Promise<PeerLink> {
    const { RTCPeerConnection, nonstandard } = await loadWrtc()
    signal.throwIfAborted()
    const connection = new RTCPeerConnection()
    const data = connection.createDataChannel(channel)
    const source = new nonstandard.RTCAudioSource()
    const track = source.createTrack()
    this.#kept.push(connection.addTrack(track))
    const stopClock = startFrameClock(() => this.#send(source))
    connection.ontrack = ({ track, receiver }) => {
      const sink = new nonstandard.RTCAudioSink(track)
      sink.ondata = ({ samples, sampleRate }) => {
        this.onVoice(
          Float32Array.from(samples, (sample) => sample / 32_768),
          sampleRate,
        )
      }
      this.#kept.push(track, receiver)
      this.#closers.push(() => sink.stop())
    }
    const opened = new Promise<void>((resolve, reject) => {
      data.onopen = () => resolve()
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    opened.catch(() => {})
    data.onmessage = (event) => {
      if (!signal.aborted) onMessage(String(event.data))
    }
    const close = (): void => {
      stopClock()
      track.stop()
      connection.close()
    }
    data.onclose = () => {
      if (signal.aborted) return
      onClose(new ConnectionError('The connection broke.', { code: 'connection-lost', retryable: true }))
    }
    signal.addEventListener('abort', close)
    this.#closers.push(close)
    const gathered = new Promise<void>((resolve) => {
      connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState === 'complete') resolve()
      }
    })
    await connection.setLocalDescription(await connection.createOffer())
    await gathered
    return {
      offer: connection.localDescription?.sdp ?? '',
      get bufferedAmount() {
        return data.bufferedAmount
      },
      maxMessageBytes: 65_536,
      async accept(sdp) {
        await connection.setRemoteDescription({ type: 'answer', sdp })
        await opened
      },
      send(text) {
        if (data.readyState === 'open') data.send(text)
      },
    }
  }

  /** Speaks from now on. PCM16 at 24 kHz. */
  speak(pcm: Int16Array): void {
    this.#speech = joinPcm([this.#speech, pcm])
  }

  close(): void {
    for (const close of this.#closers.splice(0)) close()
  }

  #send(source: AudioSource): void {
    const samples = new Int16Array(FRAME_LENGTH)
    samples.set(this.#speech.subarray(0, FRAME_LENGTH))
    this.#speech = this.#speech.subarray(FRAME_LENGTH)
    source.onData({
      samples,
      sampleRate: SAMPLE_RATE,
      bitsPerSample: 16,
      channelCount: 1,
      numberOfFrames: FRAME_LENGTH,
    })
  }
}
