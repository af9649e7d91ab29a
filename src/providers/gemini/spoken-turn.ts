import { PcmDecoder } from '../../shared/pcm-decoder.ts'
import type { ModelSession } from '../model.ts'
import type { Emit } from './events.ts'

/** What a {@link SpokenTurn} works with. */
export interface SpokenTurnHost {
  readonly session: Pick<ModelSession, 'output'>
  readonly emit: Emit
  readonly newId: (kind: 'turn' | 'agent') => string
}

/** One spoken piece of an answer: all of it, or what comes before or after a tool. */
interface Item {
  readonly id: string
  text: string
  readonly decoder: PcmDecoder
}

/** A turn of the model's. It has no name on the wire: it is whatever comes until `turnComplete`. */
export class SpokenTurn {
  readonly id: string
  /** It was interrupted: what still comes of it is dropped. */
  dead: boolean
  /** All of it has come. */
  generated = false
  /** All of it was heard, whatever the service thinks. */
  heard = false
  /** Some of it is to be heard. */
  spoke = false
  readonly #host: SpokenTurnHost
  #item: Item | undefined

  constructor(host: SpokenTurnHost, dead: boolean) {
    this.#host = host
    this.id = host.newId('turn')
    this.dead = dead
  }

  /** Whether the client is done with it, and it is another one that can be stopped. */
  get isOver(): boolean {
    return this.dead || this.heard
  }

  /** The piece that is being spoken. */
  get itemId(): string | undefined {
    return this.#item?.id
  }

  /** Takes the next words. */
  write(text: string): void {
    const item = this.#open()
    item.text += text
    this.#tell(item, this.generated)
  }

  /** Takes the next sound: PCM16, base64. */
  play(data: string): void {
    this.spoke = true
    const item = this.#open()
    this.#host.session.output.write(item.id, item.decoder.decode(data))
  }

  /** What was said so far is complete: it is heard to its end while a tool runs. */
  closeItem(): void {
    const item = this.#item
    if (!item) return
    if (!this.generated) this.#item = undefined
    this.#host.session.output.end(item.id)
    if (item.text) this.#tell(item, true)
  }

  #open(): Item {
    return (this.#item ??= { id: this.#host.newId('agent'), text: '', decoder: new PcmDecoder() })
  }

  #tell({ id, text }: Item, final: boolean): void {
    this.#host.emit('transcript', { id, role: 'agent', text: text.trimStart(), final })
  }
}
