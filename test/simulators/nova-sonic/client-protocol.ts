import {
  checkAudio,
  checkSessionStart,
  checkText,
  demand,
  InvalidEvent,
  readPrompt,
  textIn,
  type Prompt,
} from './prompt.ts'
import type { Payload, WireMessage } from './wire.ts'

/** Something that a client said, complete. */
export type ClientInput =
  | { readonly type: 'prompt'; readonly prompt: Prompt }
  | { readonly type: 'instructions'; readonly text: string }
  | { readonly type: 'history'; readonly role: 'USER' | 'ASSISTANT'; readonly text: string }
  | { readonly type: 'audioStart'; readonly sampleRate: number }
  /** Base64 of PCM16. */
  | { readonly type: 'audio'; readonly content: string }
  | { readonly type: 'audioEnd' }
  | { readonly type: 'typed'; readonly text: string }
  | { readonly type: 'toolResult'; readonly toolUseId: string; readonly content: string }
  | { readonly type: 'promptEnd' }
  | { readonly type: 'sessionEnd' }

interface OpenContent {
  readonly type: string
  readonly role: string
  readonly interactive: boolean
  readonly toolUseId: string
  text: string
}

type Phase = 'new' | 'session' | 'prompt' | 'promptEnded' | 'ended'

const MAX_INPUT_BYTES = 1024
const MAX_CONTENT_BYTES = 50 * 1024
const MAX_HISTORY_BYTES = 40 * 1024
const INPUTS: Readonly<Record<string, string>> = {
  textInput: 'TEXT',
  audioInput: 'AUDIO',
  toolResult: 'TOOL',
}

/** Holds a client to the order, the names and the sizes of its events. */
export class ClientProtocol {
  readonly #open = new Map<string, OpenContent>()
  readonly #names = new Set<string>()
  readonly #isCalled: (toolUseId: string) => boolean
  #phase: Phase = 'new'
  #promptName = ''
  #hasInstructions = false
  #hasVoice = false
  #historyBytes = 0
  #historyRole = 'ASSISTANT'

  /** @param isCalled Whether a tool call waits for its result. */
  constructor(isCalled: (toolUseId: string) => boolean) {
    this.#isCalled = isCalled
  }

  /** Whether the client has ended its session in order. */
  get ended(): boolean {
    return this.#phase === 'ended'
  }

  /** Takes an event; gives what is complete with it. Throws {@link InvalidEvent}. */
  take({ type, payload }: WireMessage): ClientInput | undefined {
    if (type === 'sessionStart') {
      this.#expect('new', type)
      checkSessionStart(payload)
      this.#phase = 'session'
      return undefined
    }
    if (type === 'promptStart') {
      this.#expect('session', type)
      const prompt = readPrompt(payload)
      this.#promptName = prompt.name
      this.#phase = 'prompt'
      return { type: 'prompt', prompt }
    }
    if (type === 'sessionEnd') {
      this.#expect('promptEnded', type)
      this.#phase = 'ended'
      return { type }
    }
    this.#expect('prompt', type)
    demand(textIn(payload, 'promptName') === this.#promptName, 'There is no prompt of that name.')
    if (type === 'promptEnd') {
      demand(this.#open.size === 0, `Contents are still open: ${[...this.#open.keys()].join(', ')}.`)
      this.#phase = 'promptEnded'
      return { type }
    }
    const name = textIn(payload, 'contentName')
    if (type === 'contentStart') return this.#start(name, payload)
    const content = this.#open.get(name)
    demand(content !== undefined, 'There is no open content of that name.')
    if (type === 'contentEnd') {
      this.#open.delete(name)
      return this.#complete(content)
    }
    demand(Object.hasOwn(INPUTS, type), `There is no event "${type}".`)
    demand(INPUTS[type] === content.type, `${type} does not belong in a content of type ${content.type}.`)
    return this.#fill(content, payload)
  }

  #expect(phase: Phase, type: string): void {
    if (this.#phase !== phase) throw new InvalidEvent(`${type} is out of order (${this.#phase}).`)
  }

  #start(name: string, payload: Payload): ClientInput | undefined {
    demand(!this.#names.has(name), 'The name of a content must be unique.')
    const { type, role, interactive, toolResultInputConfiguration } = payload
    demand(typeof interactive === 'boolean', 'interactive must be a boolean.')
    const content = { type: String(type), role: String(role), interactive, toolUseId: '', text: '' }
    let input: ClientInput | undefined
    if (type === 'AUDIO') {
      demand(role === 'USER' && interactive, 'Audio is the interactive content of the USER.')
      demand(![...this.#open.values()].some((other) => other.type === 'AUDIO'), 'Audio is open already.')
      input = { type: 'audioStart', sampleRate: checkAudio(payload.audioInputConfiguration) }
      this.#hasVoice = true
    } else if (type === 'TOOL') {
      demand(role === 'TOOL' && !interactive, 'The result of a tool is of the role TOOL, not interactive.')
      const configuration = (toolResultInputConfiguration ?? {}) as Payload
      demand(configuration.type === 'TEXT', 'toolResultInputConfiguration.type is TEXT.')
      checkText(configuration.textInputConfiguration)
      content.toolUseId = textIn(configuration, 'toolUseId')
      demand(this.#isCalled(content.toolUseId), 'No tool call of that toolUseId waits for its result.')
    } else {
      demand(type === 'TEXT', 'type is TEXT, AUDIO or TOOL.')
      checkText(payload.textInputConfiguration)
      this.#checkTextRole(content)
    }
    demand(this.#hasInstructions || role === 'SYSTEM', 'The first content is the SYSTEM text.')
    this.#hasInstructions = true
    this.#names.add(name)
    this.#open.set(name, content)
    return input
  }

  #checkTextRole({ role, interactive }: OpenContent): void {
    if (interactive) {
      demand(role === 'USER', 'Only the USER types.')
    } else {
      demand(['SYSTEM', 'USER', 'ASSISTANT'].includes(role), `A text cannot be of the role ${role}.`)
      demand(role !== 'SYSTEM' || !this.#hasInstructions, 'There is one SYSTEM text.')
      demand(!this.#hasVoice, 'History comes before audio.')
    }
  }

  #fill(content: OpenContent, payload: Payload): ClientInput | undefined {
    const { content: text } = payload
    demand(typeof text === 'string', 'content must be a string.')
    if (content.type === 'AUDIO') {
      demand(/^[\d+/A-Za-z]*={0,2}$/.test(text), 'Audio must be base64.')
      demand(Buffer.from(text, 'base64').length % 2 === 0, 'A sample of audio has 16 bits.')
      return { type: 'audio', content: text }
    }
    const isLong = content.type === 'TEXT' && Buffer.byteLength(text) > MAX_INPUT_BYTES
    demand(!isLong, 'A textInput has at most 1 KB.')
    content.text += text
    demand(Buffer.byteLength(content.text) <= MAX_CONTENT_BYTES, 'A text has at most 50 KB.')
    return undefined
  }

  #complete({ type, role, interactive, toolUseId, text }: OpenContent): ClientInput {
    if (type === 'AUDIO') return { type: 'audioEnd' }
    demand(text !== '', 'A content must not be empty.')
    if (type === 'TOOL') return { type: 'toolResult', toolUseId, content: text }
    if (interactive) return { type: 'typed', text }
    if (role === 'SYSTEM') return { type: 'instructions', text }
    demand(role !== this.#historyRole, 'In the history both sides take turns, and the USER begins.')
    this.#historyRole = role
    this.#historyBytes += Buffer.byteLength(text)
    demand(this.#historyBytes <= MAX_HISTORY_BYTES, 'The history has at most 40 KB.')
    return { type: 'history', role: role as 'USER' | 'ASSISTANT', text }
  }
}
