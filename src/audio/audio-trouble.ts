import type { ErrorCode } from '../core/errors.ts'

/* Loaded when something has failed: most pages never need these words. It imports nothing: see `trouble.ts`. */

/** What went wrong, what to do about it, its code, and whether the same call may then succeed. */
export type Trouble = readonly [message: string, code: ErrorCode, retryable?: boolean]

/** The troubles that have a name of their own; others have that of a `DOMException`. */
export type TroubleName =
  | 'noMicrophone'
  | 'insecure'
  | 'noAudio'
  | 'lost'
  | 'echo'
  | 'noWorklets'
  | 'blocked'
  | 'crashed'
  | 'noSinks'
  | 'noSpeaker'
  | 'silenced'

const denied: Trouble = [
  'The microphone is not allowed for this page: allow it in the address bar, then start again.',
  'microphone-denied',
]
const missing: Trouble = [
  'The microphone is not there: connect one, or choose another (microphone.deviceId), then start again.',
  'microphone-missing',
  true,
]
const busy: Trouble = [
  'The microphone is in use by another application: close that, then start again.',
  'microphone-busy',
  true,
]

const troubles: Readonly<Record<TroubleName | (string & {}), Trouble>> = {
  NotAllowedError: denied,
  SecurityError: denied,
  NotFoundError: missing,
  OverconstrainedError: missing,
  NotReadableError: busy,
  AbortError: busy,
  noMicrophone: ['No microphone in this browser: use a current one.', 'microphone-unsupported'],
  insecure: ['No microphone here: serve the page over HTTPS or from localhost.', 'microphone-insecure'],
  noAudio: ['The microphone is a MediaStream without audio.', 'microphone-missing'],
  lost: [
    'The microphone was disconnected: connect it again, or choose another (setMicrophone()).',
    'microphone-lost',
    true,
  ],
  echo: [
    'The microphone does not cancel echo: use headphones, or halfDuplex of localSpeech().',
    'echo-not-cancelled',
  ],
  noWorklets: ['No AudioWorklet here: serve the page over HTTPS or from localhost.', 'audio-unsupported'],
  blocked: [
    `The % worklet did not load (see cause): allow blob: in script-src of the page's ` +
      `Content-Security-Policy, or serve vivavoce/worklets/%.js and name it in workletUrls.%.`,
    'worklet-blocked',
  ],
  crashed: ['The % worklet crashed: close the pipeline and start again.', 'worklet-crashed', true],
  noSinks: ['Pages cannot choose the speaker here: leave speaker.deviceId out.', 'audio-unsupported'],
  noSpeaker: ['The speaker is not there: choose another (speaker.deviceId).', 'speaker-missing', true],
  silenced: [
    'The browser keeps the sound off: call start() from a click, or click the page.',
    'audio-blocked',
    true,
  ],
}

/** @param detail Stands in the place of each `%`. */
export function describeTrouble(name: string, detail = ''): Trouble {
  const [message, ...rest] =
    troubles[name] ??
    ([
      'The microphone could not be opened: see the cause of this error, then start again.',
      'microphone-unsupported',
    ] as const)
  return [message.replaceAll('%', detail), ...rest]
}
