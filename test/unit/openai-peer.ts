import { onTestFinished } from 'vitest'
import { ConnectionError } from '../../src/core/errors.ts'
import type { PeerLink, PeerSetup } from '../../src/providers/peer-link.ts'
import { loadWrtc } from '../simulators/openai/webrtc/wrtc.ts'

/** Opens a real peer connection as a page does, with a microphone that is silent. Gone when the test ends. */
export async function openWrtcPeer({ channel, signal, onMessage, onClose }: PeerSetup): Promise<PeerLink> {
  const { RTCPeerConnection, nonstandard } = await loadWrtc()
  signal.throwIfAborted()
  const connection = new RTCPeerConnection()
  const data = connection.createDataChannel(channel)
  const track = new nonstandard.RTCAudioSource().createTrack()
  const kept: unknown[] = [connection.addTrack(track)]
  connection.ontrack = ({ track, receiver }) => void kept.push(track, receiver)
  const opened = new Promise<void>((resolve, reject) => {
    data.onopen = () => resolve()
    signal.addEventListener('abort', () => reject(signal.reason))
  })
  opened.catch(() => {})
  data.onmessage = ({ data }) => {
    if (!signal.aborted) onMessage(String(data))
  }
  data.onclose = () => {
    if (!signal.aborted)
      onClose(new ConnectionError('It broke.', { code: 'connection-lost', retryable: true }))
  }
  const close = (): void => {
    track.stop()
    connection.close()
  }
  signal.addEventListener('abort', close)
  onTestFinished(close)
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
