import type { Engine } from './engine.ts'
import type { EngineErrand } from './messages.ts'

type Waiting = Extract<EngineErrand, { type: 'reply' | 'play' | 'recall' }>

/** What few conversations need, and a page loads only then. */
export class Errands {
  readonly #engine: Engine
  /** What is to be done as soon as nobody speaks. */
  #waiting: Waiting[] = []
  /** What is being played, of which the model does not know. */
  #played: string | undefined

  constructor(engine: Engine) {
    this.#engine = engine
    engine.onQuiet = () => this.#advance()
  }

  run(errand: EngineErrand): void {
    const engine = this.#engine
    switch (errand.type) {
      case 'reply':
      case 'play':
        this.#waiting.push(errand)
        return this.#advance()
      case 'withdraw':
        this.#waiting = this.#waiting.filter((one) => idOf(one) !== errand.replyId)
        return
      case 'holdMicrophone':
        engine.input.held = errand.on
        return
      case 'updateAgent':
        if (errand.history) engine.history.begin(errand.history)
        engine.become(errand.agent, errand.history !== undefined)
        return engine.settle(errand.request)
      case 'recall':
        if (!errand.whenQuiet) return this.#carryOut(errand)
        this.#waiting.push(errand)
        return this.#advance()
    }
  }

  #advance(): void {
    const { isQuiet, isWorking, model, history, output } = this.#engine
    // While a tool works the agent may say so, if the model does not take that for the end of its answer.
    const isBeside = isWorking && !output.busy && model.capabilities.clientInterrupt
    if (!isQuiet && !(isBeside && this.#waiting[0]?.type === 'reply')) return
    if (this.#played) {
      const item = history.items.get(this.#played)
      this.#played = undefined
      if (item?.type === 'message' && item.text && model.capabilities.context)
        model.addMessage('agent', item.text)
    }
    const next = this.#waiting.shift()
    if (next) this.#carryOut(next)
  }

  #carryOut(errand: Waiting): void {
    const engine = this.#engine
    try {
      if (errand.type === 'recall') return engine.settle(errand.request, undefined, engine.history.recall())
      if (errand.type === 'reply') {
        if (engine.isQuiet) engine.take('messageSent')
        engine.model.reply(errand.reply)
      } else this.#play(errand)
      engine.settle(errand.request)
    } catch (thrown) {
      engine.take('responseDone')
      engine.settle(errand.request, engine.errorOf(thrown, 'The agent does not speak'))
    }
  }

  #play({ itemId, pcm, text }: Extract<Waiting, { type: 'play' }>): void {
    const engine = this.#engine
    const { output, transcripts, history } = engine
    engine.report({ type: 'replyStarted', payload: { replyId: itemId } })
    engine.take('responseStarted')
    history.place(itemId, 'agent')
    output.admit()
    output.write(itemId, pcm)
    output.end(itemId)
    transcripts.write({ id: itemId, role: 'agent', text, final: true })
    this.#played = itemId
    engine.take('responseQueued')
  }
}

function idOf(one: Waiting): string | undefined {
  return one.type === 'reply' ? one.reply.replyId : one.type === 'play' ? one.itemId : undefined
}
