import { decodeBase64 } from '../../shared/base64.ts'
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
  /** Half a sample, if a chunk ended in the middle of one. */
  carry: number | undefined
}

/** A turn of the model's. It has no name on the wire: it is whatever comes until `turnComplete`. */
export class SpokenTurn {
  readonly id: string
  /** It was interrupted: what still comes of it is dropped. */
  dead: boolean
  /** All of it has come. */
  generated = false
  /** Some of it is to be heard. */
  spoke = false
  readonly #host: SpokenTurnHost
  #item: Item | undefined

  constructor(host: SpokenTurnHost, dead: boolean) {
    this.#host = host
    this.id = host.newId('turn')
    this.dead = dead
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
    this.#host.session.output.write(item.id, decodePcm(item, data))
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
    return (this.#item ??= { id: this.#host.newId('agent'), text: '', carry: undefined })
  }

  #tell({ id, text }: Item, final: boolean): void {
    this.#host.emit('transcript', { id, role: 'agent', text: text.trimStart(), final })
  }
}

/** The whole samples of the next chunk of an item. */
function decodePcm(item: Item, base64: string): Int16Array {
  const bytes = new Uint8Array(base64.length + 1)
  let length = 0
  if (item.carry !== undefined) bytes[length++] = item.carry
  length += decodeBase64(base64, bytes.subarray(length))
  item.carry = length % 2 ? bytes[length - 1] : undefined
  return new Int16Array(bytes.buffer, 0, length >> 1)
}
