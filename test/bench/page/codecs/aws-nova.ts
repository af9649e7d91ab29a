import {
  BedrockRuntimeClient,
  InvokeModelWithBidirectionalStreamCommand,
} from '@aws-sdk/client-bedrock-runtime'
import { frameSigningMs, nobody } from '../frame-signing.ts'

export const signMs = (): Promise<number> =>
  frameSigningMs(async () => {
    const utf8 = new TextEncoder()
    const waiting: string[] = []
    let wake = (): void => {}
    async function* body() {
      for (;;) {
        const event = waiting.shift()
        if (event !== undefined) yield { chunk: { bytes: utf8.encode(event) } }
        else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    }
    const client = new BedrockRuntimeClient({ region: 'us-east-1', credentials: nobody })
    const modelId = 'amazon.nova-2-sonic-v1:0'
    // Nothing comes back, so it does not return.
    void client.send(new InvokeModelWithBidirectionalStreamCommand({ modelId, body: body() }))
    return Promise.resolve({
      send: (event) => {
        waiting.push(event)
        wake()
      },
    })
  })
