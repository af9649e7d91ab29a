import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { OpenAISimulator } from '../../test/simulators/openai/index.ts'
import { MintError, type TokenSource } from './token-source.ts'

const PATH = '/simulator/openai/v1/realtime'

/** Serves the simulator on this very server, and mints its tokens. It is loaded when it is first asked for. */
export function createSimulatorTokens(server: Server | null, model: string): TokenSource {
  let loading: Promise<OpenAISimulator> | undefined
  const load = (): Promise<OpenAISimulator> => (loading ??= loadSimulator())

  server?.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Vite's own upgrades come by here too, and are left alone.
    if (!request.url?.startsWith(PATH)) return
    void load().then(
      (simulator) => simulator.handleUpgrade(request, socket, head) || socket.destroy(),
      () => socket.destroy(),
    )
  })
  server?.on('close', () => void loading?.then((simulator) => simulator.close()))

  return {
    config: { service: 'simulator', model, url: PATH },
    async mint() {
      if (!server) throw new MintError('Vite runs as a middleware here: the simulator needs its own server.')
      return (await load()).mintToken()
    },
  }
}

async function loadSimulator(): Promise<OpenAISimulator> {
  const { createOpenAISimulator } = await import('../../test/simulators/openai/index.ts')
  return createOpenAISimulator({ path: PATH, record: false })
}
