import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { OpenAISimulator } from '../../test/simulators/openai/index.ts'

/** Where the OpenAI simulator is, on the dev server itself. */
export const OPENAI_PATH = '/simulator/openai/v1'

/** A simulator that can be mounted on a server that exists already. */
type Simulator = Pick<OpenAISimulator, 'handleRequest' | 'close'> &
  Partial<Pick<OpenAISimulator, 'handleUpgrade'>>

/** Loads a simulator when it is first asked for. */
class LazySimulator {
  readonly #path: string
  readonly #make: () => Promise<Simulator>
  #simulator: Promise<Simulator> | undefined

  constructor(path: string, make: () => Promise<Simulator>) {
    this.#path = path
    this.#make = make
  }

  /** The simulator, if the address is one of its. */
  at(url: string | undefined): Promise<Simulator> | undefined {
    return url?.startsWith(this.#path) ? (this.#simulator ??= this.#make()) : undefined
  }

  async close(): Promise<void> {
    await (await this.#simulator)?.close()
  }
}

/** What a dev server does for its simulators. */
export interface SimulatorMount {
  /** Answers a request, if it is for a simulator; otherwise calls `next`. */
  handle(request: IncomingMessage, response: ServerResponse, next: () => void): void
}

/** Serves every provider's simulator on the dev server itself. */
export function mountSimulators(server: Server): SimulatorMount {
  const simulators = [
    new LazySimulator(`${OPENAI_PATH}/realtime`, loadOpenAI),
    new LazySimulator(`${OPENAI_PATH}/live`, loadLive),
  ]
  const find = (url: string | undefined): Promise<Simulator> | undefined => {
    for (const simulator of simulators) {
      const found = simulator.at(url)
      if (found) return found
    }
    return undefined
  }
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Vite's own upgrades come by here too, and are left alone.
    find(request.url)?.then(
      (simulator) => simulator.handleUpgrade?.(request, socket, head) || socket.destroy(),
      () => socket.destroy(),
    )
  })
  server.on('close', () => {
    for (const simulator of simulators) void simulator.close()
  })
  return {
    handle(request, response, next) {
      const found = find(request.url)
      if (found) void answer(found, request, response)
      else next()
    },
  }
}

async function answer(
  found: Promise<Simulator>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const known = await found.then(
    (simulator) => simulator.handleRequest(request, response),
    () => false,
  )
  if (!known) response.writeHead(404).end()
}

async function loadOpenAI(): Promise<Simulator> {
  const { createOpenAISimulator } = await import('../../test/simulators/openai/index.ts')
  return createOpenAISimulator({ path: `${OPENAI_PATH}/realtime`, record: false })
}

async function loadLive(): Promise<Simulator> {
  const { createLiveSimulator } = await import('../../test/simulators/openai-live/index.ts')
  return createLiveSimulator({ path: `${OPENAI_PATH}/live` })
}
