import { setTimeout as delay } from 'node:timers/promises'
import { Pacer } from '../openai/pacer.ts'
import { encodePcm, joinPcm } from '../pcm.ts'
import { speak, type SpokenWord } from '../speech.ts'
import { INTERRUPTED_MARKER, type BlockWriter } from './blocks.ts'
import type { SimulatorSettings } from './options.ts'
import type { Reply } from './reply.ts'

/** What an answer needs of its session. */
export interface AnswerHost {
  readonly settings: SimulatorSettings
  readonly blocks: BlockWriter
  /** Rate of the voice, Hz. */
  readonly outputRate: number
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal
  /** What is to be said next, given what tools have returned in this turn. */
  ask(outputs: readonly string[]): Reply | Promise<Reply>
  /** Calls a tool, and waits for its result. */
  callTool(name: string, args: string): Promise<string>
  /** A sentence was said, as far as it was heard. */
  said(text: string): void
}

/** A sentence that is being said. */
interface Sentence {
  readonly text: string
  readonly pcm: Int16Array
  readonly words: readonly SpokenWord[]
  readonly ending: 'END_TURN' | 'PARTIAL_TURN'
  /** When it begins to be heard, by `performance.now()`. */
  startsAt: number
  sentMs: number
}

/** One answer, from the first block to the moment when all of it must have been heard. */
export class Answer {
  readonly #host: AnswerHost
  readonly #pacer = new Pacer()
  readonly #interruption = new AbortController()
  /** Sentences that were begun, and not yet told to have been said. */
  readonly #unheard: Sentence[] = []
  #playsUntil = 0

  constructor(host: AnswerHost) {
    this.#host = host
  }

  /** Stops it. What is on its way still comes. */
  interrupt(): void {
    this.#interruption.abort()
    this.#pacer.hurry()
  }

  async run(): Promise<void> {
    const { blocks, settings, signal } = this.#host
    const stop = AbortSignal.any([signal, this.#interruption.signal])
    try {
      if (settings.thinkingMs > 0) await delay(settings.thinkingMs, undefined, { signal: stop })
      const outputs: string[] = []
      for (;;) {
        const reply = await this.#host.ask(outputs)
        const calls = reply.filter((item) => item.type === 'tool')
        for (const item of reply) {
          if (item.type === 'message') await this.#say(item.text, item.pcm, calls.length === 0)
        }
        stop.throwIfAborted()
        if (calls.length === 0) break
        const results = calls.map((call) => this.#host.callTool(call.name, call.arguments))
        outputs.push(...(await orAbort(Promise.all(results), stop)))
      }
      while (this.#unheard.length > 0) await this.#hear(stop)
      blocks.usage(40, 60)
    } catch (error) {
      if (signal.aborted) return
      if (!this.#interruption.signal.aborted) throw error
      this.#tellInterruption()
    }
  }

  async #say(text: string, pcm: Int16Array | undefined, last: boolean): Promise<void> {
    const { blocks, settings, outputRate } = this.#host
    const sentences = text.match(/.+?(?:[.!?]+(?=\s|$)|$)/gs) ?? [text]
    this.#pacer.restart()
    for (const [index, sentence] of sentences.entries()) {
      if (this.#interruption.signal.aborted) return
      const ends = index === sentences.length - 1
      const speech = await speak(sentence.trim(), { sampleRate: outputRate })
      const said: Sentence = {
        text: sentence.trim(),
        pcm: ends && pcm ? joinPcm([speech.pcm, pcm]) : speech.pcm,
        words: speech.words,
        ending: ends && last ? 'END_TURN' : 'PARTIAL_TURN',
        startsAt: Math.max(performance.now(), this.#playsUntil),
        sentMs: 0,
      }
      this.#playsUntil = said.startsAt + (said.pcm.length * 1000) / outputRate
      blocks.text('ASSISTANT', 'SPECULATIVE', said.text, 'PARTIAL_TURN')
      this.#unheard.push(said)
      await this.#voice(said)
      if (settings.finals === 'sent' && !this.#interruption.signal.aborted) this.#final()
    }
  }

  async #voice(sentence: Sentence): Promise<void> {
    const { blocks, settings, outputRate, signal } = this.#host
    const contentId = blocks.startAudio(outputRate)
    const samples = Math.round((settings.chunkMs * outputRate) / 1000)
    let late = 0
    for (let at = 0; at < sentence.pcm.length; at += samples) {
      if (this.#interruption.signal.aborted && late++ === settings.lateChunks) break
      signal.throwIfAborted()
      blocks.audio(contentId, encodePcm(sentence.pcm.subarray(at, at + samples)))
      sentence.sentMs += settings.chunkMs
      await this.#pacer.spend(settings.chunkMs / settings.pace)
    }
    const interrupted = this.#interruption.signal.aborted
    const told = settings.interruption === 'audio' ? 'INTERRUPTED' : 'END_TURN'
    blocks.end('AUDIO', contentId, interrupted ? told : sentence.ending)
  }

  /** Waits until the first of the sentences must have been heard. */
  async #hear(signal: AbortSignal): Promise<void> {
    const [sentence] = this.#unheard
    if (!sentence) return
    const endsAt = sentence.startsAt + (sentence.pcm.length * 1000) / this.#host.outputRate
    await delay(Math.max(0, endsAt - performance.now()), undefined, { signal })
    this.#final()
  }

  #final(): void {
    const sentence = this.#unheard.shift()
    if (!sentence) return
    this.#host.blocks.text('ASSISTANT', 'FINAL', sentence.text, sentence.ending)
    this.#host.said(sentence.text)
  }

  #tellInterruption(): void {
    const { blocks, settings } = this.#host
    const now = performance.now()
    // Sentences that were over while the next ones were being sent.
    while (settings.finals === 'heard' && (this.#unheard[1]?.startsAt ?? Infinity) < now) this.#final()
    const [sentence] = this.#unheard
    if (!sentence) return
    const heardMs = settings.finals === 'heard' ? now - sentence.startsAt : sentence.sentMs
    const heard = sentence.words.filter(({ startMs }) => startMs < heardMs)
    const text = heard.map((word) => word.text).join('')
    if (settings.interruption === 'marker') {
      if (text !== '') blocks.text('ASSISTANT', 'FINAL', text, 'PARTIAL_TURN')
      blocks.text('ASSISTANT', 'FINAL', INTERRUPTED_MARKER, 'PARTIAL_TURN')
    } else {
      blocks.text('ASSISTANT', 'FINAL', text, 'INTERRUPTED')
    }
    if (text !== '') this.#host.said(text)
  }
}

function orAbort<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject)
  })
}
