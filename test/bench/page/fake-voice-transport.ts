import type { VoiceTransport } from 'virtual:peer/agents/dist/voice/client.js'

/** A line that is always open and leads nowhere. */
export class FakeVoiceTransport implements VoiceTransport {
  readonly connected = true
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onerror: ((cause?: unknown) => void) | null = null
  onmessage: ((data: string | ArrayBuffer) => void) | null = null
  readonly #onBinary: (data: ArrayBuffer) => void

  /** @param onBinary Takes what the client sends of the microphone. */
  constructor(onBinary: (data: ArrayBuffer) => void) {
    this.#onBinary = onBinary
  }

  connect(): void {
    this.onopen?.()
  }

  disconnect(): void {}

  sendJSON(): void {}

  sendBinary(data: ArrayBuffer): void {
    this.#onBinary(data)
  }

  /** Gives something to the client as if it had come over the line. */
  receive(data: string | ArrayBuffer): void {
    this.onmessage?.(data)
  }
}
