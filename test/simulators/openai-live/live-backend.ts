import { askGuide } from '../guide.ts'
import type { OfferedTool } from '../tool-choice.ts'
import { newCallId, newId } from '../openai/wire.ts'
import type { LiveSessionConfig } from './session-schema.ts'

type Backend = Extract<NonNullable<LiveSessionConfig['delegation']>, { type: 'responses' }>['responses']
type Item = Readonly<Record<string, unknown>> & { readonly type: string }

/** What a {@link LiveBackend} works with. */
export interface LiveBackendHost {
  readonly backend: Backend
  /** Sends an event of the Responses API in its envelope. */
  readonly emit: (delegationId: string, event: Readonly<Record<string, unknown>>) => void
  /** An answer that the voice is to say. */
  readonly answer: (text: string) => void
}

/** The Responses model that works for the voice: a guide with a dozen rules, which calls tools. */
export class LiveBackend {
  readonly #host: LiveBackendHost
  #delegationId = ''
  #question = ''
  /** Calls that are not answered. */
  readonly #open = new Set<string>()
  #outputs: string[] = []
  #waiting = false

  constructor(host: LiveBackendHost) {
    this.#host = host
  }

  /** Works on a question. Gives the id of the first response. */
  begin(delegationId: string, question: string): string {
    this.#delegationId = delegationId
    this.#question = question
    this.#outputs = []
    this.#open.clear()
    const id = newId('resp')
    queueMicrotask(() => this.#respond(id))
    return id
  }

  /** Takes an item. Gives what is wrong with it. */
  add(item: Item): string | undefined {
    if (item.type !== 'function_call_output') return undefined
    if (!this.#open.delete(String(item.call_id)))
      return `No tool call found with call_id '${String(item.call_id)}'.`
    this.#outputs.push(String(item.output))
    return undefined
  }

  /** Goes on. Gives what is wrong with that. */
  create(): string | undefined {
    if (this.#open.size > 0) return `No tool output found for function call ${[...this.#open].join(', ')}.`
    this.#waiting = false
    this.#respond(newId('resp'))
    return undefined
  }

  /** Whether calls were made that nobody has gone on from. */
  get waiting(): boolean {
    return this.#waiting
  }

  #respond(id: string): void {
    const { backend, answer } = this.#host
    const tools = (backend.tools ?? []).filter(({ type }) => type === 'function') as unknown as OfferedTool[]
    const emit = (event: Readonly<Record<string, unknown>>): void =>
      this.#host.emit(this.#delegationId, event)
    const response = { id, object: 'response', model: backend.model, output: [], tools: [] }
    emit({ type: 'response.created', response: { ...response, status: 'in_progress' } })
    const toolChoice = typeof backend.tool_choice === 'string' ? backend.tool_choice : 'auto'
    const question = { text: this.#question, wording: undefined, tools, toolChoice, outputs: this.#outputs }
    const given = askGuide(question)
    emit({ type: 'response.output_item.done', output_index: 0, item: { type: 'reasoning', summary: [] } })
    if ('calls' in given) {
      this.#waiting = true
      for (const [index, call] of given.calls.entries()) {
        const callId = newCallId()
        this.#open.add(callId)
        const item = { type: 'function_call', id: `fc_${callId}`, call_id: callId, name: call.name }
        const at = { output_index: index + 1 }
        emit({
          type: 'response.output_item.added',
          ...at,
          item: { ...item, arguments: '', status: 'in_progress' },
        })
        const json = JSON.stringify(call.arguments)
        emit({
          type: 'response.output_item.done',
          ...at,
          item: { ...item, arguments: json, status: 'completed' },
        })
      }
    } else {
      emit({ type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: given.text })
      emit({ type: 'response.output_text.done', output_index: 1, content_index: 0, text: given.text })
      answer(given.text)
    }
    const usage = { input_tokens: 20, output_tokens: 10, total_tokens: 30 }
    emit({ type: 'response.completed', response: { ...response, status: 'completed', usage } })
  }
}
