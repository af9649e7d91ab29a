import { onTestFinished } from 'vitest'
import type { FaultPlan } from '../fault-plan.ts'
import type { OpenAIConnection } from './connection.ts'
import { createOpenAISimulator, type OpenAISimulator } from './index.ts'
import type { OpenAISimulatorOptions } from './options.ts'
import { RawClient } from './raw-client.ts'

/** A simulator with one client, both gone when the test ends. */
export interface RawConversation {
  readonly simulator: OpenAISimulator
  readonly client: RawClient
  readonly connection: OpenAIConnection
}

/** Starts a simulator, and connects a client that understands nothing. */
export async function startRawConversation(
  options: OpenAISimulatorOptions = {},
  plan: FaultPlan = {},
): Promise<RawConversation> {
  const simulator = createOpenAISimulator({ pace: 50, ...options })
  const { url } = await simulator.listen()
  simulator.nextConnection(plan)
  const client = new RawClient({ url, token: simulator.mintToken().token })
  onTestFinished(async () => {
    client.close()
    await simulator.close()
  })
  return { simulator, client, connection: await simulator.connection() }
}
