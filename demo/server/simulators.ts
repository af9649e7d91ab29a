import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { NovaSonicSimulator } from '../../test/simulators/nova-sonic/index.ts'

/** Where the OpenAI simulators are, on the dev server itself. */
export const OPENAI_PATH = '/simulator/openai/v1'
/** Where the Nova simulator takes plain JSON. */
export const NOVA_BRIDGE_PATH = '/simulator/nova/bridge'

/** A simulator that can be mounted on a server that exists already. */
interface Simulator {
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  handleRequest?(request: IncomingMessage, response: ServerResponse): boolean
  close(): Promise<void>
}

/** A simulator that is loaded when it is first asked for. */
class Lazy<S extends Simulator> {
  readonly paths: readonly string[]
  readonly #make: () => Promise<S>
  #simulator: Promise<S> | undefined

  /** @param paths What the addresses that are its begin with. */
  constructor(paths: readonly string[], make: () => Promise<S>) {
    this.paths = paths
    this.#make = make
  }

  async load(): Promise<S> {
    return (this.#simulator ??= this.#make())
  }

  async close(): Promise<void> {
    await (await this.#simulator)?.close()
  }
}

/** What a dev server does for its simulators. */
export interface SimulatorMount {
  /** Answers a request, if it is for a simulator; otherwise calls `next`. */
  handle(request: IncomingMessage, response: ServerResponse, next: () => void): void
  /** The one that mints credentials no HTTP route gives. */
  nova(): Promise<NovaSonicSimulator>
}

/** Serves every provider's simulator on the dev server itself: Google's and AWS's where their clients expect them. */
export function mountSimulators(server: Server): SimulatorMount {
  const nova = new Lazy(['/model/', NOVA_BRIDGE_PATH], loadNova)
  const simulators: readonly Lazy<Simulator>[] = [
    new Lazy([`${OPENAI_PATH}/realtime`], loadOpenAI),
    new Lazy([`${OPENAI_PATH}/live`], loadLive),
    new Lazy(['/ws/google.ai.', '/v1alpha/'], loadGemini),
    nova,
  ]
  const find = (url = ''): Lazy<Simulator> | undefined =>
    simulators.find(({ paths }) => paths.some((path) => url.startsWith(path)))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Vite's own upgrades come by here too, and are left alone.
    find(request.url)
      ?.load()
      .then(
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
    nova: async () => nova.load(),
  }
}

async function answer(
  found: Lazy<Simulator>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isKnown = await found.load().then(
    (simulator) => simulator.handleRequest?.(request, response),
    () => false,
  )
  if (!isKnown) response.writeHead(404).end()
}

async function loadOpenAI(): Promise<Simulator> {
  const [{ createOpenAISimulator }, { replyOfOpenAI: reply }] = await Promise.all([
    import('../../test/simulators/openai/index.ts'),
    import('./replies.ts'),
  ])
  return createOpenAISimulator({ path: `${OPENAI_PATH}/realtime`, record: false, reply })
}

async function loadLive(): Promise<Simulator> {
  const { createLiveSimulator } = await import('../../test/simulators/openai-live/index.ts')
  return createLiveSimulator({ path: `${OPENAI_PATH}/live` })
}

async function loadGemini(): Promise<Simulator> {
  const [{ createGeminiSimulator }, { replyOfGemini: reply }] = await Promise.all([
    import('../../test/simulators/gemini/index.ts'),
    import('./replies.ts'),
  ])
  return createGeminiSimulator({ record: false, pace: 4, reply })
}

async function loadNova(): Promise<NovaSonicSimulator> {
  const [{ createNovaSonicSimulator }, { replyOfNova: reply }] = await Promise.all([
    import('../../test/simulators/nova-sonic/index.ts'),
    import('./replies.ts'),
  ])
  return createNovaSonicSimulator({ bridgePath: NOVA_BRIDGE_PATH, record: false, reply })
}
