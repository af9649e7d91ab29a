/** What the package has beside the standard; its own types leave the events open. */
interface Nonstandard {
  readonly RTCAudioSource: new () => AudioSource
  readonly RTCAudioSink: new (track: MediaStreamTrack) => AudioSink
}

/** A track's end in this process. */
export interface AudioSource {
  createTrack(): MediaStreamTrack
  onData(data: {
    readonly samples: Int16Array
    readonly sampleRate: number
    readonly bitsPerSample: 16
    readonly channelCount: 1
    readonly numberOfFrames: number
  }): void
}

/** Hears a track. */
export interface AudioSink {
  ondata: ((chunk: { samples: Int16Array; sampleRate: number; channelCount?: number }) => void) | null
  stop(): void
}

/** WebRTC for Node. */
export interface Wrtc {
  readonly RTCPeerConnection: typeof RTCPeerConnection
  readonly nonstandard: Nonstandard
}

let loading: Promise<Wrtc> | undefined

/** Loads the native library, which who only uses sockets never needs. */
export function loadWrtc(): Promise<Wrtc> {
  loading ??= import('@roamhq/wrtc').then((module) => {
    // Its finalizers crash when Node takes an environment down where an audio source was ever made.
    // `process.exit` ends the process without that.
    process.once('exit', (code) => process.exit(code))
    return (module as unknown as { readonly default: Wrtc }).default
  })
  return loading
}
