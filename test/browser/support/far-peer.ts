/** The other side of a peer connection, in the same page. */
export interface FarPeer {
  /** Answers an offer, with its own candidates in the answer. */
  answer(offer: string): Promise<string>
  /** The data channel, once it is open. */
  readonly channel: Promise<RTCDataChannel>
  /** Loudest sample of what it hears now. */
  peak(): number
  close(): void
}

/** @param voice What it says: its first track. */
export function farPeer(voice: MediaStream, context: AudioContext): FarPeer {
  const connection = new RTCPeerConnection()
  const analyser = new AnalyserNode(context, { fftSize: 2048 })
  const samples = new Float32Array(analyser.fftSize)
  const element = new Audio()
  element.muted = true
  connection.ontrack = ({ track }) => {
    const stream = new MediaStream([track])
    element.srcObject = stream
    context.createMediaStreamSource(stream).connect(analyser)
  }
  const channel = new Promise<RTCDataChannel>((resolve) => {
    connection.ondatachannel = ({ channel }) => {
      if (channel.readyState === 'open') resolve(channel)
      channel.onopen = () => resolve(channel)
    }
  })
  return {
    async answer(sdp) {
      await connection.setRemoteDescription({ type: 'offer', sdp })
      for (const track of voice.getAudioTracks()) connection.addTrack(track, voice)
      await connection.setLocalDescription()
      await new Promise<void>((resolve) => {
        const check = (): void => {
          if (connection.iceGatheringState === 'complete') resolve()
        }
        connection.onicegatheringstatechange = check
        check()
      })
      return connection.localDescription?.sdp ?? ''
    },
    channel,
    peak() {
      analyser.getFloatTimeDomainData(samples)
      return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    },
    close: () => connection.close(),
  }
}
