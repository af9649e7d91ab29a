import { VoiceClient } from 'virtual:peer/agents/dist/voice/client.js'
import { FakeVoiceTransport } from '../fake-voice-transport.ts'
import type { RecorderFactory } from '../recorder.ts'

/** Cloudflare's voice client, on a line that is not there. */
export const adapter: RecorderFactory = () => ({
  async open(_wireRate, onChunk) {
    const transport = new FakeVoiceTransport((data) => onChunk(new Int16Array(data)))
    const client = new VoiceClient({ agent: 'bench', transport })
    client.connect()
    await client.startCall()
  },
})
