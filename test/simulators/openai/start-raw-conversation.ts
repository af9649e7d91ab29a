import { onTestFinished } from 'vitest'
import type { ConnectionPlan, OpenAIConnection } from './connection.ts'
import { TOKEN_PROTOCOLS } from './handshake.ts'
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
  plan: ConnectionPlan = {},
): Promise<RawConversation> {
  const simulator = createOpenAISimulator({ pace: 50, ...options })
  const { url } = await simulator.listen()
  simulator.nextConnection(plan)
  const { token } = simulator.mintToken()
  const protocols = options.dialect === 'xai' ? { protocols: [`${TOKEN_PROTOCOLS.xai}${token}`] } : {}
  const client = new RawClient({ url, token, ...protocols })
  onTestFinished(async () => {
    client.close()
    await simulator.close()
  })
  return { simulator, client, connection: await simulator.connection() }
}
