import type { ErrorCode } from '../../src/core/errors.ts'

/** What a conversation is held with. */
export type Provider = 'openai' | 'openai-webrtc' | 'gemini' | 'nova-sonic'

export const providers = {
  openai: 'OpenAI, WebSocket',
  'openai-webrtc': 'OpenAI, WebRTC',
  gemini: 'Gemini Live',
  'nova-sonic': 'Nova 2 Sonic',
} as const satisfies Record<Provider, string>

/** How a provider has a feature. */
export type Support =
  | 'supported'
  /** Asking for it is an `OptionError` with this code and option. */
  | { readonly refused: string; readonly code: ErrorCode; readonly option: string }
  /** Nobody can ask for it. */
  | { readonly lacks: string }

/** Who has a feature. */
export type Row = Readonly<Record<Provider, Support>>

const all: Row = {
  openai: 'supported',
  'openai-webrtc': 'supported',
  gemini: 'supported',
  'nova-sonic': 'supported',
}

const refused = (refused: string, option: string): Support => ({
  refused,
  option,
  code: 'option-unsupported',
})

/** Every feature of an agent, and who has it: the README's table, and what the tests hold against it. */
export const features = {
  tools: {
    'a call with typed arguments': all,
    'wrong arguments, told to the model': all,
    'parallel calls, one answer': all,
    'a time limit': all,
    'cancelled when the user interrupts, or not': all,
    'cancelled by the service': {
      openai: { lacks: 'takes no call back' },
      'openai-webrtc': { lacks: 'takes no call back' },
      gemini: 'supported',
      'nova-sonic': { lacks: 'takes no call back' },
    },
    'approval by the user': all,
    'progress that the agent speaks while the tool runs': {
      ...all,
      'nova-sonic': { lacks: 'would break its answer off for it, and speaks when the tool is done' },
    },
    'a result with images': {
      ...all,
      'nova-sonic': refused('sees no images', 'images of toolResult()'),
    },
    'a call that is repeated runs once': all,
  },
  agents: {
    'instructions as a function': all,
    'updateInstructions()': all,
    'updateTools()': all,
    'a handoff, by a tool that returns an agent': all,
    'a handoff with filterHistory': all,
    'onEnter and onExit': all,
  },
  speaking: {
    'say(text)': all,
    'say(recording)': { ...all, 'openai-webrtc': refused('speaks by a track', 'say(recording)') },
    'what a recording said, told to the model': {
      ...all,
      'openai-webrtc': refused('speaks by a track', 'say(recording)'),
      'nova-sonic': { lacks: 'cannot be told of something without answering; the next connection is' },
    },
    'generateReply()': all,
    'a speech that cannot be interrupted': {
      ...all,
      'openai-webrtc': refused('hears by a track, of which nothing can be kept', 'interruptible: false'),
    },
    'hangUp() with a farewell': all,
    'wakeUp()': all,
    'captions()': all,
    'outputGuard()': { ...all, 'openai-webrtc': refused('speaks by a track', 'outputGuard') },
  },
  turns: {
    'push-to-talk': {
      ...all,
      'nova-sonic': refused('finds the turns itself', 'startTurn()'),
    },
    'an interruption, and what was heard of the answer': all,
    'the service forgets what was not heard': {
      openai: 'supported',
      'openai-webrtc': 'supported',
      gemini: { lacks: 'cannot be told' },
      'nova-sonic': { lacks: 'cannot be told' },
    },
    'confirmInterruptions()': {
      openai: 'supported',
      'openai-webrtc': refused('breaks off by itself', 'confirmInterruptions'),
      gemini: refused('breaks off by itself', 'confirmInterruptions'),
      'nova-sonic': refused('breaks off by itself', 'confirmInterruptions'),
    },
  },
  conversation: {
    'a typed message': all,
    'images in a message': {
      ...all,
      'nova-sonic': refused('sees no images', 'images of sendMessage()'),
    },
    'export, and import into another conversation': all,
    'a connection that is lost': all,
    'changeModel() to the others': all,
  },
} as const satisfies Record<string, Record<string, Row>>
