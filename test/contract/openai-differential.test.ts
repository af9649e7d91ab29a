import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { clientEventLines, type Divergence, divergences } from '../support/client-event-lines.ts'
import { type ClientSetup, type OpenAIClient, startOurs, startTheirs } from '../support/openai-clients.ts'
import { type Script, scripts, spoken } from '../support/openai-scripts.ts'

beforeAll(() => void vi.stubGlobal('WebSocket', WebSocket))
afterAll(() => void vi.unstubAllGlobals())

/** How far their clock is ahead of what is heard, ms. */
const LAG_MS = 400

interface Difference extends Divergence {
  readonly script: keyof typeof scripts
  /** Whether it is so in every script, and declared for one. */
  readonly everywhere?: true
  readonly because: string
}

const session = (field: string): string[] => [`session.update: ${field}`]
const RESPONSE_CREATE = 'response.create response.metadata.create_id=(its event_id)'

const differences: readonly Difference[] = [
  {
    script: 'a session is set up',
    theirs: session('audio.input.noise_reduction=null'),
    ours: [],
    because: 'It is what a session begins with; what nobody asked for is not said.',
  },
  {
    script: 'a session is set up',
    theirs: session('audio.input.transcription.model="gpt-4o-mini-transcribe"'),
    ours: session('audio.input.transcription.model="gpt-realtime-whisper"'),
    because: 'It is made to write while the user still speaks; theirs, for what is whole.',
  },
  {
    script: 'a session is set up',
    theirs: session('audio.input.turn_detection.type="semantic_vad"'),
    ours: session('audio.input.turn_detection.type="server_vad"'),
    because: 'It is the default of the service; semantic detection may wait for seconds, so it is an option.',
  },
  {
    script: 'a session is set up',
    theirs: [],
    ours: session('audio.input.turn_detection.create_response=true'),
    because: 'A token may carry a session that says otherwise, and turns would go unanswered.',
  },
  {
    script: 'a session is set up',
    theirs: [],
    ours: session('audio.input.turn_detection.interrupt_response=true'),
    because: 'A token may carry a session that says otherwise, and the server would not stop by itself.',
  },
  {
    script: 'a session is set up',
    theirs: session('audio.output.speed=1'),
    ours: [],
    because: 'It is what a session begins with, and a token that says otherwise is not overruled.',
  },
  {
    script: 'a session is set up',
    theirs: session('model="gpt-realtime-2.1"'),
    ours: [],
    because: 'The address has named it, and it cannot change.',
  },
  {
    script: 'a session is set up',
    theirs: ['session.update tracing="auto" type="realtime"'],
    ours: [],
    because: 'OpenAI keeps traces: that is for the application to ask for.',
  },
  {
    script: 'the user types',
    everywhere: true,
    theirs: ['response.create'],
    ours: [RESPONSE_CREATE],
    because: 'Only metadata tells the answer to a request from one that the server began by itself.',
  },
  {
    script: 'the user speaks',
    everywhere: true,
    theirs: ['conversation.item.retrieve item_id=user#1'],
    ours: [],
    because: 'The event has brought the text; the item would bring the audio back with it.',
  },
  {
    script: 'the user interrupts an answer',
    theirs: ['conversation.item.truncate audio_end_ms=700 content_index=0 item_id=assistant#1'],
    ours: ['conversation.item.truncate audio_end_ms=303 content_index=0 item_id=assistant#1'],
    because: 'The speaker knows what was heard (300 ms and the fade); the wall clock is ahead of it.',
  },
  {
    script: 'the user interrupts before anything was heard',
    theirs: ['conversation.item.truncate audio_end_ms=400 content_index=0 item_id=assistant#1'],
    ours: ['conversation.item.delete item_id=assistant#1'],
    because: 'An answer of which nothing was heard cannot be truncated; the model is not to remember it.',
  },
  {
    script: 'the application stops an answer',
    theirs: [
      'response.cancel',
      'conversation.item.truncate audio_end_ms=700 content_index=0 item_id=assistant#1',
    ],
    ours: [
      'response.cancel response_id=response#1',
      'conversation.item.truncate audio_end_ms=303 content_index=0 item_id=assistant#1',
    ],
    because: 'A cancellation that comes late must not stop the next answer; and the speaker knows again.',
  },
  {
    script: 'two tools are called at once, and one is slow',
    theirs: ['response.create'],
    ours: [],
    because: 'The model goes on once it has every output: else it answers without one, and then again.',
  },
  {
    script: 'the user types during an answer',
    theirs: [],
    ours: [
      'response.cancel response_id=response#1',
      'conversation.item.truncate audio_end_ms=303 content_index=0 item_id=assistant#1',
    ],
    because: 'A typed message interrupts like a spoken one; theirs is answered when the old answer is over.',
  },
  {
    script: 'the user types twice',
    theirs: [],
    ours: ['response.cancel response_id=response#1', 'conversation.item.delete item_id=assistant#1'],
    because: 'One answer serves both messages; that to the first alone is not wanted any more.',
  },
  {
    script: 'an answer that was over cannot be cancelled',
    theirs: ['(the application is told of an error)'],
    ours: [],
    because: 'It happens whenever an answer ends while it is being stopped: nothing is wrong.',
  },
  {
    script: 'the server closes the session',
    theirs: ['(the application is told of an error)'],
    ours: [
      '(connects again)',
      'conversation.item.create item.content.0.text="Hello" item.content.0.type="input_text" item.role="user" item.type="message"',
      'conversation.item.create item.content.0.text="One, two, three." item.content.0.type="output_text" item.role="assistant" item.type="message"',
      'conversation.item.create item.content.0.text="Are you there?" item.content.0.type="input_text" item.role="user" item.type="message"',
      RESPONSE_CREATE,
    ],
    because: 'The conversation survives its connection: another is made, and told what was said.',
  },
]

/** Lines of theirs, but for what is different in every script and declared for another. */
function withoutUsual(lines: readonly string[], name: string): readonly string[] {
  const typeOf = (line = ''): string => line.split(' ')[0] ?? ''
  const usual = differences.filter(({ script, everywhere }) => everywhere && script !== name)
  return lines.flatMap(
    (line) => usual.find(({ theirs: [their] }) => typeOf(their) === typeOf(line))?.ours ?? [line],
  )
}

it.each<[string, Script]>(Object.entries(scripts))('%s', async (name, script) => {
  const setup: ClientSetup = {
    serverVad: true,
    delayMs: 0,
    reply: () => spoken(400),
    weather: async (city) => `Sunny in ${city}.`,
    ...script,
  }
  const act = async (start: () => Promise<OpenAIClient>) => {
    const client = await start()
    await script.run(client)
    await client.quiet()
    const { connections, errors } = client
    const lines = clientEventLines(connections, script)
    lines.push(...errors.map(() => '(the application is told of an error)'))
    const audio = Buffer.concat(connections.map(({ audio }) => Buffer.from(audio.buffer)))
    const violations = connections.flatMap(({ violations }) => violations)
    return { lines, audio, violations }
  }
  const [theirs, ours] = await Promise.all([
    act(() => startTheirs(setup, LAG_MS)),
    act(() => startOurs(setup)),
  ])
  expect(ours.audio.equals(theirs.audio)).toBe(true)
  expect([theirs.violations, ours.violations]).toEqual([[], []])
  const declared = differences.filter(({ script }) => script === name)
  expect(divergences(withoutUsual(theirs.lines, name), ours.lines)).toEqual(
    declared.map(({ theirs, ours }) => ({ theirs: withoutUsual(theirs, name), ours })),
  )
})
