// As much of the peers' types as the bench uses, so that it compiles where they are not installed.

declare module 'virtual:peer/wavtools' {
  interface Position {
    readonly trackId: string | null
    readonly offset: number
    readonly currentTime: number
  }
  export class WavStreamPlayer {
    constructor(options: { sampleRate: number })
    connect(): Promise<true>
    add16BitPCM(pcm: Int16Array, trackId: string): unknown
    interrupt(): Promise<Position | null>
  }
  export class WavRecorder {
    constructor(options: { sampleRate: number })
    begin(): Promise<true>
    record(onChunk: (data: { mono: ArrayBuffer }) => void, chunkBytes?: number): Promise<true>
  }
  export const WavPacker: { floatTo16BitPCM(samples: Float32Array): ArrayBuffer }
}

declare module 'virtual:peer/@elevenlabs/client/dist/platform/web/output.js' {
  export class MediaDeviceOutput {
    static create(options: { sampleRate: number; format: 'pcm' }): Promise<MediaDeviceOutput>
    playAudio(chunk: ArrayBuffer): void
    interrupt(): void
  }
}

declare module 'virtual:peer/@elevenlabs/client/dist/platform/web/input.js' {
  export class MediaDeviceInput {
    static create(options: {
      sampleRate: number
      format: 'pcm'
      libsampleratePath?: string
    }): Promise<MediaDeviceInput>
    addListener(listener: (event: { data: [Int16Array, number] }) => void): void
  }
}

declare module 'virtual:peer/@elevenlabs/client/dist/utils/audio.js' {
  export function arrayBufferToBase64(buffer: ArrayBuffer): string
  export function base64ToArrayBuffer(text: string): ArrayBuffer
}

declare module 'virtual:peer/ai/src/realtime/browser-realtime-audio.ts' {
  export class BrowserRealtimeAudio {
    constructor(options: {
      captureSampleRate: number
      playbackSampleRate: number
      onAudio: (base64Audio: string) => void
      onPlayingChange: (isPlaying: boolean) => void
      onCapturingChange: (isCapturing: boolean) => void
    })
    resumePlayback(): Promise<void>
    startCapture(stream: MediaStream): void
    playAudio(base64Audio: string): void
    stopPlayback(): void
    getPlaybackOffsetMs(): number
  }
}

declare module 'virtual:peer/ai/src/realtime/audio-utils.ts' {
  export function encodeRealtimeAudio(samples: Float32Array): string
  export function decodeRealtimeAudio(text: string): Float32Array
  export function resampleAudio(input: Float32Array, inputRate: number, outputRate: number): Float32Array
}

declare module 'virtual:peer/@tanstack/ai-gemini/src/realtime/utils.ts' {
  interface Client {
    readonly isSetupComplete: boolean
    sendAudioMessage(base64Audio: string): void
  }
  export class AudioPlayer {
    init(): Promise<void>
    play(pcm: ArrayBuffer): Promise<void>
    interrupt(): void
  }
  export class AudioStreamer {
    constructor(client: Client)
    start(): Promise<void>
  }
  export function base64ToArrayBuffer(text: string): ArrayBuffer
}

declare module 'virtual:peer/agents/dist/voice/client.js' {
  export interface VoiceTransport {
    readonly connected: boolean
    onopen: (() => void) | null
    onclose: (() => void) | null
    onerror: ((cause?: unknown) => void) | null
    onmessage: ((data: string | ArrayBuffer) => void) | null
    connect(): void
    disconnect(): void
    sendJSON(data: unknown): void
    sendBinary(data: ArrayBuffer): void
  }
  interface AudioInput {
    start(): Promise<void>
    stop(): void
    onAudioLevel: ((rms: number) => void) | null
    onAudioData: ((pcm: ArrayBuffer) => void) | null
  }
  export class VoiceClient {
    constructor(options: { agent: string; transport: VoiceTransport; audioInput?: AudioInput })
    connect(): void
    startCall(): Promise<void>
  }
}

declare module 'virtual:peer/@alexanderolsen/libsamplerate-js' {
  export interface Src {
    full(input: Float32Array): Float32Array
    destroy(): void
  }
  export const ConverterType: Readonly<
    Record<'SRC_SINC_FASTEST' | 'SRC_SINC_MEDIUM_QUALITY' | 'SRC_SINC_BEST_QUALITY', number>
  >
  export function create(
    channels: number,
    inputRate: number,
    outputRate: number,
    options: { converterType: number },
  ): Promise<Src>
}
