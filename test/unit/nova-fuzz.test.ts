import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { novaByHand } from './nova-hand.ts'

type Talk = Awaited<ReturnType<typeof novaByHand>>

const STOPS = ['PARTIAL_TURN', 'END_TURN', 'INTERRUPTED', 'TOOL_USE'] as const
const step = fc.oneof(
  fc.record({
    do: fc.constantFrom('user', 'speculate', 'audio', 'call', 'answer', 'play', 'type', 'interrupt'),
  }),
  fc.record({ do: fc.constantFrom('speculate', 'audio', 'play') }),
  fc.record({ do: fc.constant('sound'), at: fc.nat(3) }),
  fc.record({ do: fc.constant('stop'), at: fc.nat(3), reason: fc.constantFrom(...STOPS) }),
  fc.record({
    do: fc.constant('final'),
    reason: fc.constantFrom(...STOPS),
    text: fc.constantFrom('', 'So', 'Else'),
  }),
  fc.record({ do: fc.constantFrom('reply', 'echo') }),
  fc.record({ do: fc.constantFrom('marker', 'completionEnd', 'odd', 'again', 'wait', 'hush') }),
) as fc.Arbitrary<{ do: string; at?: number; reason?: (typeof STOPS)[number]; text?: string }>

const ODD = [
  {},
  { contentStart: null },
  { contentStart: { contentId: null, type: 7, role: {} } },
  { contentEnd: { contentId: 'nobody', stopReason: 'WHY' } },
  { textOutput: { contentId: 'nobody', content: 'So' } },
  { audioOutput: { contentId: 'nobody', content: 'AAAA' } },
  { toolUse: { toolUseId: null } },
  { usageEvent: { details: { delta: { input: 7, output: [] } } } },
  { somethingNew: [] },
]

/** Plays a conversation of any order, and keeps to its own account of what must not be heard. */
class Run {
  readonly #talk: Talk
  /** Audio blocks, each with the number that its samples have. */
  readonly #blocks: string[] = []
  readonly #calls: string[] = []
  /** How much had been written when a block was not to be heard any more. */
  readonly #dead = new Map<number, number>()
  #count = 0
  /** Whether an end that is told may be that of a turn that was cut before. */
  #owed = false
  /** Whether an answer is certainly under way. */
  #open = false
  /** Whether the application has interrupted it. */
  #muted = false
  /** The reply that is asked for, and those that began otherwise. */
  #asked: string | undefined
  readonly #wrong: string[] = []

  constructor(talk: Talk) {
    this.#talk = talk
    talk.model.on('responseStarted', ({ replyId }) => {
      if (replyId === undefined) return
      if (replyId !== this.#asked) this.#wrong.push(replyId)
      this.#asked = undefined
    })
    // Whatever the user does first, there is no reply any more.
    talk.model.on('speechStarted', () => (this.#asked = undefined))
  }

  async take(taken: {
    do: string
    at?: number
    reason?: (typeof STOPS)[number]
    text?: string
  }): Promise<void> {
    const { do: what, at = 0, reason = 'PARTIAL_TURN', text = '' } = taken
    const talk = this.#talk
    const id = `${what} ${++this.#count}`
    const block = this.#blocks.length - 1 - at
    const blockId = this.#blocks[block]
    const isBusy = talk.state() !== 'listening'
    if (what === 'type' || (what === 'interrupt' && isBusy)) this.#asked = undefined
    const ends = /END_TURN|INTERRUPTED/.test(reason) || /marker|completionEnd|user|type/.test(what)
    if (ends) this.#open = this.#muted = false
    if (what === 'reply') {
      // The engine asks only then.
      if (isBusy) return
      talk.engine.here?.take('messageSent')
      talk.model.reply({ replyId: (this.#asked = id), instructions: 'Speak.' })
    } else if (what === 'echo') {
      talk.user(id, '[Instruction to you, not said by the user, and not to be mentioned: Speak.]')
    } else if (what === 'user') {
      this.#kill()
      this.#owed = false
      talk.user(id, 'Hm')
    } else if (what === 'speculate') {
      this.#open = true
      talk.speculate(id, `So it is ${id}.`)
    } else if (what === 'audio') {
      this.#blocks.push(id)
      if (this.#muted) this.#kill()
      talk.start(id, 'AUDIO', 'ASSISTANT')
      talk.sound(id, this.#blocks.length)
    } else if (what === 'sound' && blockId) talk.sound(blockId, block + 1)
    else if (what === 'stop' && blockId) {
      talk.stop(blockId, reason)
    } else if (what === 'final' || what === 'marker') {
      const ended = what === 'marker' ? 'INTERRUPTED' : reason
      if (what === 'final') talk.final(id, text, reason as 'END_TURN')
      else talk.final(id, '{ "interrupted" : true }', 'PARTIAL_TURN')
      // Who is meant is certain if there was only one answer.
      if (ended === 'INTERRUPTED' && !this.#owed && talk.state() === 'listening') this.#kill()
    } else if (what === 'call') {
      this.#calls.push(id)
      talk.call(id)
    } else if (what === 'answer' && this.#calls[0]) talk.answer(this.#calls.shift() ?? '')
    else if (what === 'play') await talk.speaker.play(120)
    else if (what === 'type') {
      this.#owed = true
      talk.type('Hm')
      await talk.settle()
      this.#kill()
    } else if (what === 'interrupt') {
      talk.engine.handle({ type: 'interrupt' })
      await talk.settle()
      if (isBusy) this.#kill()
      this.#muted ||= isBusy && this.#open
      this.#owed = true
    } else if (what === 'completionEnd') talk.say({ completionEnd: { stopReason: 'END_TURN' } })
    else if (what === 'odd') talk.say(ODD[this.#count % ODD.length] as never)
    else if (what === 'again') talk.call('call 1')
    else if (what === 'wait') await talk.settle()
    else if (what === 'hush') {
      for (const each of ['speculate', 'interrupt', 'play', 'speculate', 'audio'])
        await this.take({ do: each })
    }
  }

  /** The last turn is as it should be, and everything is answered. */
  async finish(): Promise<void> {
    const talk = this.#talk
    this.#kill()
    talk.user('last question', 'Well?')
    talk.speculate('last words', 'Well then.')
    talk.start('last audio', 'AUDIO', 'ASSISTANT')
    talk.sound('last audio', 9999)
    talk.stop('last audio', 'END_TURN')
    talk.final('last final', 'Well then.', 'END_TURN')
    for (const call of [...this.#calls, 'call 1']) talk.answer(call)
    await talk.speaker.play(400)
  }

  /** What is not as it must be. */
  faults(): string[] {
    const talk = this.#talk
    const dead = talk.written.filter(({ value }, index) => index >= (this.#dead.get(value) ?? Infinity))
    const ids = talk.sent.flatMap((event) =>
      'contentStart' in event && event.contentStart.type === 'TOOL'
        ? [event.contentStart.toolResultInputConfiguration.toolUseId]
        : [],
    )
    const asked = talk.of('runTool').map(({ call }) => call.callId)
    const last = talk.heard().find(({ id }) => id === 'last words')
    const rules = {
      'what was cut is not heard': dead.length === 0,
      'the last answer is heard': last?.heardText === 'Well then.' && last.final,
      'it listens again': talk.state() === 'listening',
      'nothing failed': talk.of('error').length === 0,
      'each call is answered once': asked.toSorted().join() === ids.toSorted().join(),
      'no call is made twice': new Set(asked).size === asked.length,
      'a reply is what was asked for': this.#wrong.length === 0,
      'an instruction is no text': talk.heard().every(({ text }) => !text.includes('Instruction')),
      'the marker is no text': talk.heard().every(({ text }) => !text.includes('interrupted')),
    }
    return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [rule]))
  }

  #kill(): void {
    for (let value = 1; value <= this.#blocks.length; value++) {
      if (!this.#dead.has(value)) this.#dead.set(value, this.#talk.written.length)
    }
  }
}

describe('a conversation in any order of events', () => {
  it('plays nothing that was interrupted, answers each call once, and listens again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const talk = await novaByHand()
        try {
          const run = new Run(talk)
          for (const taken of steps) await run.take(taken)
          await run.finish()
          expect(run.faults()).toEqual([])
        } finally {
          await talk.end()
        }
      }),
      { numRuns: 150 },
    )
  })
})
