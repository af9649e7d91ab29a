import type { MessagePortLike, PlaybackInput, PlaybackReport } from '../../src/shared/messages.ts'

type Receive = (event: { readonly data: PlaybackReport }) => void

/** What goes through the port of a speaker. */
export class SpeakerLog {
  /** What was asked of the speaker, in order. */
  readonly entries: string[] = []
  /** Items of which something was written after they were cut. */
  readonly late: string[] = []
  /** Items that are not heard to their end. */
  readonly #open = new Set<string>()
  readonly #cut = new Set<string>()

  constructor(port: MessagePortLike) {
    const post = port.postMessage.bind(port)
    port.postMessage = (message: unknown) => {
      this.#note(message as PlaybackInput)
      post(message)
    }
    let receive: Receive | null = null
    Object.defineProperty(port, 'onmessage', {
      get: (): Receive => (event) => {
        if (event.data.type === 'ended') this.#open.delete(event.data.itemId)
        receive?.(event)
      },
      set: (listener: Receive | null) => {
        receive = listener
      },
    })
  }

  #note(input: PlaybackInput): void {
    const bytes = input.type === 'audio' ? ` ${input.pcm.byteLength}` : ''
    this.entries.push('itemId' in input ? `${input.type} ${input.itemId}${bytes}` : input.type)
    if (input.type === 'audio') {
      if (this.#cut.has(input.itemId)) this.late.push(input.itemId)
      this.#open.add(input.itemId)
    } else if (input.type === 'flush') {
      for (const itemId of this.#open) this.#cut.add(itemId)
      this.#open.clear()
    }
  }
}
