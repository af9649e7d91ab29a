import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ResponseQueue } from '../../src/providers/openai/response-queue.ts'

/** What happens, one step at a time; messages wait in both directions until they are delivered. */
type Step = 'request' | 'reply' | 'drop' | 'speak' | 'deliverToServer' | 'deliverToClient' | 'finish'

type ToClient =
  | { readonly type: 'speechStarted' | 'speechStopped' }
  | { readonly type: 'created'; readonly id: string; readonly createId: string | undefined }
  | { readonly type: 'done'; readonly id: string }
  | { readonly type: 'refused'; readonly createId: string }

/** A queue and OpenAI, with a network between them. */
class World {
  /** `echoes`: whether the server tells which request a response answers. */
  constructor(echoes: boolean) {
    this.#echoes = echoes
  }

  readonly #echoes: boolean
  readonly #toServer: string[] = []
  readonly #toClient: ToClient[] = []
  #active: { readonly id: string; readonly byClient: boolean } | undefined
  #count = 0
  #clock = 0
  #lastRequest = -1
  #lastReply = -1
  #lastDrop = -1
  #lastSpeech = -1
  /** When each request was sent, and whether its answer was wanted when it came. */
  readonly sentAt = new Map<string, number>()
  readonly wanted = new Map<string, boolean>()
  /** Which reply each request is for, and what became of each reply. */
  readonly #replies = new Map<string, string>()
  readonly replies = new Map<string, 'waiting' | 'dropped' | 'begun'>()
  requests = 0
  refusals = 0
  readonly mistakes: string[] = []

  readonly #queue = new ResponseQueue((event) => {
    const id = event.event_id ?? ''
    if (event.type !== 'response.create') return
    const { instructions: replyId } = event.response ?? {}
    if (replyId) this.#replies.set(id, replyId)
    if (Math.max(this.#lastRequest, this.#lastReply) <= this.#lastDrop)
      this.mistakes.push('asked for an answer that nobody wants')
    this.sentAt.set(id, this.#clock)
    this.#toServer.push(id)
  })

  step(step: Step): void {
    this.#clock++
    if (step === 'request') {
      this.requests++
      this.#lastRequest = this.#clock
      this.#queue.request()
    }
    if (step === 'reply') {
      const replyId = `P${++this.requests}`
      this.#lastReply = this.#clock
      this.replies.set(replyId, 'waiting')
      this.#queue.request({ replyId, response: () => ({ instructions: replyId }) })
    }
    if (step === 'drop') this.#drop()
    if (step === 'speak') this.#speak()
    if (step === 'finish') this.#finish()
    if (step === 'deliverToServer') this.#serve(this.#toServer.shift())
    if (step === 'deliverToClient') this.#receive(this.#toClient.shift())
  }

  /** Lets everything that is on its way arrive, and every answer end. */
  drain(): void {
    for (let i = 0; i < 200; i++) {
      for (const step of ['deliverToServer', 'deliverToClient', 'finish'] as const) this.step(step)
    }
  }

  /** Whether the last request, if it was not dropped since, was answered by an answer that was wanted. */
  get isServed(): boolean {
    if (this.#lastRequest <= this.#lastDrop) return true
    return [...this.sentAt].some(([id, at]) => at >= this.#lastRequest && this.wanted.get(id) === true)
  }

  #drop(): void {
    this.#lastDrop = this.#clock
    for (const [id, fate] of this.replies) if (fate === 'waiting') this.replies.set(id, 'dropped')
    this.#queue.drop()
  }

  #speak(): void {
    this.#toClient.push({ type: 'speechStarted' })
    this.#finish()
    this.#toClient.push({ type: 'speechStopped' })
    this.#begin(undefined)
  }

  #serve(createId: string | undefined): void {
    if (createId === undefined) return
    if (!this.#active) return this.#begin(createId)
    if (this.#active.byClient) this.mistakes.push('asked for an answer while its own was being made')
    this.refusals++
    this.#toClient.push({ type: 'refused', createId })
  }

  #begin(createId: string | undefined): void {
    const id = `R${++this.#count}`
    this.#active = { id, byClient: createId !== undefined }
    if (createId) this.#answers.set(id, createId)
    this.#toClient.push({ type: 'created', id, createId: this.#echoes ? createId : undefined })
  }

  #finish(): void {
    if (this.#active) this.#toClient.push({ type: 'done', id: this.#active.id })
    this.#active = undefined
  }

  readonly #answers = new Map<string, string>()

  #receive(message: ToClient | undefined): void {
    switch (message?.type) {
      case 'speechStarted':
        return this.#drop()
      case 'speechStopped':
        this.#lastSpeech = this.#clock
        return this.#queue.expect()
      case 'created': {
        const { id, createId } = message
        const metadata = createId ? { create_id: createId } : null
        const { wanted, replyId } = this.#queue.created({ id, metadata })
        const request = this.#answers.get(id)
        const expected = this.#replies.get(request ?? '')
        if (replyId !== expected) this.mistakes.push(`an answer is to ${replyId}, not ${expected}`)
        if (expected) {
          const fate = this.replies.get(expected)
          if (fate !== (wanted ? 'waiting' : 'dropped')) this.mistakes.push(`a ${fate} reply began`)
          this.replies.set(expected, 'begun')
        }
        if (request) this.wanted.set(request, wanted)
        const cause = request ? (this.sentAt.get(request) ?? 0) : this.#lastSpeech
        if (this.#echoes && wanted !== cause > this.#lastDrop) {
          this.mistakes.push(`an answer is ${wanted ? '' : 'not '}wanted`)
        }
        return
      }
      case 'done':
        return this.#queue.done(message.id)
      case 'refused':
        this.#queue.failed(message.createId, 'conversation_already_has_active_response')
    }
  }
}

const steps = fc.array(
  fc.constantFrom<Step>('request', 'reply', 'drop', 'speak', 'deliverToServer', 'deliverToClient', 'finish'),
  { maxLength: 60 },
)

describe('asking for answers', () => {
  it('serves the last request, wants no answer that was dropped, and never asks twice at once', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const world = new World(true)
        for (const step of steps) world.step(step)
        world.drain()
        expect(world.mistakes).toEqual([])
        expect(world.isServed).toBe(true)
        expect([...world.replies.values()]).not.toContain('waiting')
        expect(world.sentAt.size).toBeLessThanOrEqual(world.requests + world.refusals)
      }),
      { numRuns: 2000 },
    )
  })

  it('serves the last request where a server does not say which answer is whose', () => {
    const withoutDrop = steps.map((steps) => steps.filter((step) => step !== 'drop' && step !== 'speak'))
    fc.assert(
      fc.property(withoutDrop, (steps) => {
        const world = new World(false)
        for (const step of steps) world.step(step)
        world.drain()
        expect(world.mistakes).toEqual([])
        expect(world.isServed).toBe(true)
        expect([...world.replies.values()]).not.toContain('waiting')
      }),
      { numRuns: 500 },
    )
  })

  it('makes one request of all that wait, but for replies', () => {
    const world = new World(true)
    for (const step of ['request', 'request', 'reply', 'request', 'reply'] as const) world.step(step)
    world.drain()
    expect(world.sentAt.size).toBe(4)
  })

  it('goes on after a request that failed for good, and says that its answer is lost', () => {
    const sent: (string | undefined)[] = []
    const queue = new ResponseQueue((event) => sent.push(event.event_id))
    queue.request()
    queue.request()
    expect(queue.failed('somebody else', 'server_error')).toBeUndefined()
    expect(queue.failed(sent[0] ?? '', 'server_error')).toEqual({})
    expect(sent).toHaveLength(2)
    expect(queue.failed(sent[0] ?? '', 'server_error')).toBeUndefined()
  })

  it('waits for the end of the answer that is being made, not of another', () => {
    const sent: unknown[] = []
    const queue = new ResponseQueue((event) => sent.push(event))
    queue.created({ id: 'R1' })
    queue.created({ id: 'R2' })
    queue.request()
    queue.done('R1')
    expect(sent).toHaveLength(0)
    queue.done('R2')
    expect(sent).toHaveLength(1)
  })

  it('does not call an answer lost that nobody wants', () => {
    const sent: (string | undefined)[] = []
    const queue = new ResponseQueue((event) => sent.push(event.event_id))
    queue.request()
    queue.drop()
    expect(queue.failed(sent[0] ?? '', 'server_error')).toBe(false)
  })

  it('wants the answer to a request after one that was dropped, and then failed', () => {
    const sent: (string | undefined)[] = []
    const queue = new ResponseQueue((event) => sent.push(event.event_id), false)
    queue.request()
    queue.drop()
    queue.failed(sent[0] ?? '', 'server_error')
    queue.request()
    expect(queue.created({ id: 'R' })).toMatchObject({ wanted: true })
  })

  it('takes no answer for a reply that somebody else has asked for', () => {
    const sent: (string | undefined)[] = []
    const queue = new ResponseQueue((event) => sent.push(event.event_id))
    queue.request()
    queue.created({ id: 'R1', metadata: { create_id: sent[0] ?? '' } })
    queue.done('R1')
    queue.request({ replyId: 'P' })
    expect(queue.created({ id: 'R2' }).replyId).toBeUndefined()
    expect(queue.failed(sent[1] ?? '', 'conversation_already_has_active_response')).toBe(false)
    queue.done('R2')
    expect(queue.created({ id: 'R3', metadata: { create_id: sent[2] ?? '' } }).replyId).toBe('P')
  })

  it('asks again after an answer that OpenAI has begun and not yet told of', () => {
    const sent: (string | undefined)[] = []
    const queue = new ResponseQueue((event) => sent.push(event.event_id))
    queue.request({ replyId: 'P' })
    queue.expect()
    expect(queue.failed(sent[0] ?? '', 'conversation_already_has_active_response')).toBe(false)
    expect(sent).toHaveLength(1)
    queue.created({ id: 'R1' })
    queue.done('R1')
    expect(sent).toHaveLength(2)
    expect(queue.created({ id: 'R2', metadata: { create_id: sent[1] ?? '' } }).replyId).toBe('P')
  })

  it('asks for what OpenAI could not answer by itself, because an answer was under way', () => {
    const sent: (string | undefined)[] = []
    const queue = new ResponseQueue((event) => sent.push(event.event_id))
    queue.request()
    queue.created({ id: 'R1', metadata: { create_id: sent[0] ?? '' } })
    queue.expect()
    expect(queue.failed('', 'conversation_already_has_active_response')).toBe(false)
    expect(sent).toHaveLength(1)
    queue.done('R1')
    expect(sent).toHaveLength(2)
  })
})
