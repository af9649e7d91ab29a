import { existsSync, readFileSync } from 'node:fs'
import type { Reply, ReplyItem, Turn } from '../simulators/openai/index.ts'
import { joinPcm } from '../simulators/pcm.ts'
import { synthesize } from '../simulators/speech.ts'
import type { ClientSetup, OpenAIClient } from './openai-clients.ts'

/** A short conversation: what the user and the server do, and how the client is set up if not as usual. */
export interface Script extends Partial<ClientSetup> {
  /** Whether what is sent to set the session up is compared too. */
  readonly setup?: true
  readonly run: (client: OpenAIClient) => Promise<void>
}

/** The conversations that both clients have, by what happens in them. */
export const scripts = {
  'a session is set up': {
    setup: true,
    serverVad: false,
    // Theirs does not wait for the session: this way it is not left to chance which comes first.
    delayMs: 30,
    run: async () => {},
  },
  'the user types': {
    run: async (client) => {
      client.type('Hello')
      await client.handled('response.done')
    },
  },
  'the user speaks': {
    run: async (client) => {
      await client.speak(joinPcm([new Int16Array(12_000), await voice(), new Int16Array(48_000)]))
      await client.handled('response.done')
      await client.handled('conversation.item.input_audio_transcription.completed')
    },
  },
  'the user interrupts an answer': {
    reply: longAndThenShort,
    run: async (client) => {
      await beginToAnswer(client)
      await client.hear(300)
      await interrupt(client)
    },
  },
  'the user interrupts before anything was heard': {
    reply: longAndThenShort,
    run: async (client) => {
      await beginToAnswer(client)
      await client.hear(0)
      await interrupt(client)
    },
  },
  'the application stops an answer': {
    reply: longAndThenShort,
    run: async (client) => {
      await beginToAnswer(client)
      await client.hear(300)
      client.interrupt()
      await client.fade()
      await client.handled('response.done')
    },
  },
  'the user speaks again when the answer was heard': {
    run: async (client) => {
      client.type('Hello')
      await client.handled('response.done')
      await client.hear(500)
      await interrupt(client)
    },
  },
  'a tool is called': {
    reply: callsFirst('Rome'),
    run: async (client) => {
      client.type('The weather in Rome?')
      await client.handled('response.done', 2)
    },
  },
  'two tools are called at once': {
    reply: callsFirst('Rome', 'Oslo'),
    run: async (client) => {
      client.type('The weather in Rome and in Oslo?')
      await client.handled('response.done', 2)
    },
  },
  'two tools are called at once, and one is slow': {
    reply: callsFirst('Rome', 'Oslo'),
    weather: async (city, client) => {
      if (city === 'Oslo') {
        await client.handled('response.done')
        await client.quiet()
      }
      return `Sunny in ${city}.`
    },
    run: async (client) => {
      client.type('The weather in Rome and in Oslo?')
      await client.handled('response.done', 2)
    },
  },
  'the user speaks while a tool runs': {
    reply: (turn) => (turn.items.filter(isUsers).length > 1 ? spoken(400) : callsFirst('Rome')(turn)),
    weather: async (city, client) => {
      await client.handled('response.done', 2)
      return `Sunny in ${city}.`
    },
    run: async (client) => {
      client.type('The weather in Rome?')
      await client.handled('response.done')
      await client.hear(500)
      await interrupt(client)
    },
  },
  'the user types during an answer': {
    reply: longAndThenShort,
    run: async (client) => {
      await beginToAnswer(client)
      await client.hear(300)
      client.type('Stop')
      await client.fade()
      await client.handled('response.done', 2)
    },
  },
  'the user types twice': {
    // What was typed first is not being answered yet, wherever the client runs.
    delayMs: 100,
    run: async (client) => {
      client.type('Hello')
      client.type('Are you there?')
      await client.handled('response.done', 2)
    },
  },
  'an answer that was over cannot be cancelled': {
    run: async (client) => {
      const error = { type: 'invalid_request_error', code: 'response_cancel_not_active', message: 'None.' }
      client.connections[0]?.send({ type: 'error', error: { ...error, param: null, event_id: null } })
      await client.handled('error')
      client.type('Hello')
      await client.handled('response.done')
    },
  },
  'the server closes the session': {
    run: async (client) => {
      client.type('Hello')
      await client.handled('response.done')
      await client.hear(500)
      client.connections[0]?.close(1001, 'going away')
      // One for each connection of ours, and two for theirs.
      await client.handled('session.updated', 2)
      await client.quiet()
      client.type('Are you there?')
    },
  },
} satisfies Readonly<Record<string, Script>>

/** An answer of so many ms. */
export function spoken(ms: number): Reply {
  const pcm = Int16Array.from({ length: ms * 24 }, (_, i) => 8000 * Math.sin(i / 10))
  return { items: [{ type: 'message', text: 'One, two, three.', speakText: false, pcm }] }
}

function longAndThenShort({ items }: Turn): Reply {
  return spoken(items.filter(isUsers).length > 1 ? 400 : 4000)
}

function isUsers({ wire }: Turn['items'][number]): boolean {
  return wire.type === 'message' && wire.role === 'user'
}

/** Asks for the weather first, and answers when it knows that of one city. */
function callsFirst(...cities: readonly string[]): (turn: Turn) => Reply {
  const calls = cities.map((city): ReplyItem => ({
    type: 'function_call',
    name: 'weather',
    arguments: JSON.stringify({ city }),
  }))
  // What it says besides keeps the response open until fast tools are done.
  return ({ items }) =>
    items.some(({ wire }) => wire.type === 'function_call_output')
      ? spoken(400)
      : { items: [...calls, ...spoken(400).items] }
}

async function beginToAnswer(client: OpenAIClient): Promise<void> {
  client.type('Count')
  await client.handled('response.output_audio.delta', 8)
}

async function interrupt(client: OpenAIClient): Promise<void> {
  const [connection] = client.connections
  connection?.startSpeech()
  await client.handled('input_audio_buffer.speech_started')
  await client.fade()
  await client.handled('response.done')
  connection?.stopSpeech()
  await client.handled('response.done', 2)
}

async function voice(): Promise<Int16Array> {
  const file = new URL('../../../shared/conformance/audio/marcelo_24khz.pcm', import.meta.url)
  if (!existsSync(file)) return synthesize('Tell me about Rome', { sampleRate: 24_000, voice: 'en-us+f3' })
  const bytes = readFileSync(file)
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1)
}
