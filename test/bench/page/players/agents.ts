import { VoiceClient } from 'virtual:peer/agents/dist/voice/client.js'
import { FakeVoiceTransport } from '../fake-voice-transport.ts'
import type { PlayerFactory } from '../player.ts'

/** Cloudflare's voice client, on a line that is not there. */
export const adapter: PlayerFactory = () => {
  const transport = new FakeVoiceTransport(() => {})
  return {
    async open(wireRate) {
      // Not its microphone: only what it plays is measured here.
      const audioInput = { start: async () => {}, stop() {}, onAudioLevel: null, onAudioData: null }
      const client = new VoiceClient({ agent: 'bench', transport, audioInput })
      client.connect()
      await client.startCall()
      transport.receive(JSON.stringify({ type: 'audio_config', format: 'pcm16', sampleRate: wireRate }))
      transport.receive(JSON.stringify({ type: 'status', status: 'speaking' }))
    },
    write: (_itemId, pcm) => transport.receive(pcm.slice().buffer),
    async flush() {
      transport.receive(JSON.stringify({ type: 'playback_interrupt' }))
      return undefined
    },
  }
}
