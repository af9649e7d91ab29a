import { onTestFinished } from 'vitest'
import type { FaultPlan } from '../fault-plan.ts'
import type { GeminiConnection } from './connection.ts'
import { createGeminiSimulator, type GeminiSimulator } from './index.ts'
import type { GeminiSimulatorOptions } from './options.ts'
import { RawClient } from './raw-client.ts'
import type { Json } from './wire.ts'

/** A simulator with one client, both gone when the test ends. */
export interface RawConversation {
  readonly simulator: GeminiSimulator
  readonly url: string
  readonly client: RawClient
  readonly connection: GeminiConnection
  /** Connects one more client. */
  readonly connect: (
    setup?: Json,
    credential?: string,
  ) => Promise<Pick<RawConversation, 'client' | 'connection'>>
}

/** Starts a simulator, and connects a client that understands nothing. `setup: null` leaves that to the test. */
export async function startRawConversation(
  options: GeminiSimulatorOptions = {},
  setup: Json | null = {},
  plan: FaultPlan = {},
): Promise<RawConversation> {
  const simulator = createGeminiSimulator({ pace: 50, playback: 50, ...options })
  const { url } = await simulator.listen()
  const clients: RawClient[] = []
  onTestFinished(async () => {
    for (const client of clients) client.drop()
    await simulator.close()
  })
  const open = async (
    credential: string,
  ): Promise<{ readonly client: RawClient; readonly connection: GeminiConnection }> => {
    const client = new RawClient({ url, credential })
    clients.push(client)
    await client.opened()
    // Not the oldest unclaimed one: a test may have connected others on its own.
    const connection = simulator.connections.at(-1)
    if (!connection) throw new Error('The client was turned away.')
    return { client, connection }
  }
  const connect: RawConversation['connect'] = async (nextSetup = {}, credential = 'key') => {
    const opened = await open(credential)
    await opened.client.setUp(nextSetup)
    return opened
  }
  simulator.nextConnection(plan)
  const first = await open(simulator.mintToken({ uses: 0 }).token)
  if (setup) await first.client.setUp(setup)
  return { simulator, url, ...first, connect }
}
