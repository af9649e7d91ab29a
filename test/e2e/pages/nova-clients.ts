/*
 * Two clients of the same wire in one page: AWS's own, in the build that browsers get, and ours. Each says
 * what it is told to, in steps; a step begins once the event that it waits for has come.
 */
import {
  BedrockRuntimeClient,
  InvokeModelWithBidirectionalStreamCommand,
} from '@aws-sdk/client-bedrock-runtime'
import { isVivaVoceError } from '../../../src/core/errors.ts'
import { openAwsSocket } from '../../../src/providers/nova-sonic/aws-socket.ts'
import type { ClientEvent, ServerEvent } from '../../../src/providers/nova-sonic/wire.ts'

/** Where to connect, as whom, and what to say. */
export interface NovaRun {
  /** `ws://…` */
  readonly url: string
  readonly region: string
  readonly modelId: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken: string
  }
  readonly steps: readonly { readonly after?: keyof ServerEvent; readonly events: readonly ClientEvent[] }[]
}

/** What came of it. */
export interface NovaOutcome {
  /** Names of the events that came. */
  readonly events: string[]
  /** The name of what went wrong. */
  failure?: string
}

declare global {
  interface Window {
    runAws(run: NovaRun): Promise<NovaOutcome>
    runOurs(run: NovaRun): Promise<NovaOutcome>
  }
}

/** AWS's client insists on TLS. The signature knows nothing of it: only the scheme is another. */
const NativeWebSocket = WebSocket
globalThis.WebSocket = class extends NativeWebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(String(url).replace(/^wss:/, 'ws:'), protocols)
  }
}

/** Says when events come. */
class Arrivals {
  readonly names: string[] = []
  #wake: (() => void)[] = []
  #over = false

  add(event: object): void {
    this.names.push(...Object.keys(event))
    this.#wakeAll()
  }

  end(): void {
    this.#over = true
    this.#wakeAll()
  }

  async until(name: string | undefined): Promise<void> {
    if (name === undefined || this.#over || this.names.includes(name)) return
    await new Promise<void>((resolve) => void this.#wake.push(resolve))
    await this.until(name)
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

window.runAws = async ({ url, region, modelId, credentials, steps }) => {
  const arrivals = new Arrivals()
  const utf8 = new TextEncoder()
  async function* body() {
    for (const { after, events } of steps) {
      await arrivals.until(after)
      for (const event of events) yield { chunk: { bytes: utf8.encode(JSON.stringify({ event })) } }
    }
  }
  const endpoint = url.replace(/^ws:/, 'http:')
  const client = new BedrockRuntimeClient({ region, credentials, endpoint })
  const outcome: NovaOutcome = { events: arrivals.names }
  try {
    const command = new InvokeModelWithBidirectionalStreamCommand({ modelId, body: body() })
    const response = await client.send(command)
    for await (const { chunk } of response.body ?? []) {
      const text = new TextDecoder().decode(chunk?.bytes)
      arrivals.add((JSON.parse(text) as { event: object }).event)
    }
  } catch (error) {
    outcome.failure = error instanceof Error ? error.name : JSON.stringify(error)
  }
  arrivals.end()
  return outcome
}

window.runOurs = async ({ steps, ...where }) => {
  const arrivals = new Arrivals()
  const outcome: NovaOutcome = { events: arrivals.names }
  const fail = (error: unknown): void => {
    const { providerCode, code } = error as { providerCode?: string; code?: string }
    outcome.failure ??= isVivaVoceError(error) ? (providerCode ?? code ?? '') : String(error)
  }
  try {
    const socket = await openAwsSocket({
      ...where,
      signal: new AbortController().signal,
      timeoutMs: 10_000,
      onEvent: (event) => arrivals.add(event),
      onException: fail,
      onMalformed: fail,
      onClose: (error) => {
        fail(error)
        arrivals.end()
      },
    })
    for (const { after, events } of steps) {
      await arrivals.until(after)
      for (const event of events) socket.send(event)
    }
    socket.close()
  } catch (error) {
    fail(error)
  }
  return outcome
}
