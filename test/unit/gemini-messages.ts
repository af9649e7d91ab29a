import type { ServerMessage } from '../../src/providers/gemini/wire.ts'

const data = Buffer.from(new Int16Array(480).fill(9000).buffer).toString('base64')
/** A message of the conversation's. */
export const content = (serverContent: object): ServerMessage => ({ serverContent })
/** 20 ms of a voice. */
export const sound: ServerMessage = content({
  modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] },
})
const call = (...ids: string[]): ServerMessage => ({
  toolCall: { functionCalls: ids.map((id) => ({ id, name: 'weather', args: { city: 'Rome' } })) },
})
/** One of each kind that Gemini sends. */
export const messages: readonly ServerMessage[] = [
  sound,
  sound,
  content({}),
  content({ modelTurn: { parts: [{ text: 'Hm.', thought: true }] } }),
  content({ outputTranscription: { text: ' One two three' } }),
  content({ outputTranscription: { text: ' four' }, modelTurn: { parts: [] } }),
  content({ inputTranscription: { text: ' Hello' } }),
  content({ inputTranscription: { text: '.', finished: true } }),
  content({ interrupted: true }),
  content({ interrupted: true, turnComplete: true }),
  content({ generationComplete: true }),
  { ...content({ turnComplete: true }), usageMetadata: { totalTokenCount: 3 } },
  content({ turnComplete: true, turnCompleteReason: 'RESPONSE_REJECTED' }),
  { voiceActivity: { voiceActivityType: 'ACTIVITY_START' } },
  { voiceActivity: { voiceActivityType: 'ACTIVITY_END' } },
  call('a'),
  call('a', 'b'),
  call('c'),
  { toolCallCancellation: { ids: ['a', 'z'] } },
  { goAway: { timeLeft: '10s' }, sessionResumptionUpdate: {} },
]
