import type { EngineErrand } from '../engine/messages.ts'
import type { ReplyRequest } from '../providers/model.ts'
import { type AudioClip, pcmOf } from './audio-clip.ts'
import type { Session } from './session.ts'

export type { AudioClip } from './audio-clip.ts'

/** How something is said. */
export interface SayOptions {
  /**
   * Whether the user may interrupt it by speaking. If not, what the user says meanwhile is kept, 10 s of it,
   * and heard afterwards. Default `true`.
   */
  readonly interruptible?: boolean
  /** What a recording says, for the transcript, and for the model to know. Default: nothing. */
  readonly text?: string
}

/** What the agent is to speak about. */
export interface ReplyOptions extends Pick<SayOptions, 'interruptible'> {
  /** For the model, beside the agent's instructions: `'Greet the user by name: Ada.'` */
  readonly instructions: string
}

/** How a conversation is ended. */
export interface Farewell {
  /** What is said before, word for word as far as the model obeys. It cannot be interrupted, where that can be had. */
  readonly farewell?: string
}

/** Something that the agent was made to say. */
export interface Speech {
  /** Comes back with `replyStarted`; of a recording, the `id` of its transcript. */
  readonly id: string
  /**
   * Resolves when it is over: heard to its end, interrupted, or not said at all. `text`: what was heard.
   * Rejects with what the model refused.
   */
  readonly heard: Promise<{ readonly text: string; readonly interrupted: boolean }>
  /** Silences it, or takes it back before it is said. */
  interrupt(): void
}

/** See `RealTimePipeline.say`. */
export async function say(
  session: Session,
  what: string | AudioClip,
  { text = '', interruptible = true }: SayOptions = {},
): Promise<Speech> {
  if (typeof what === 'string') {
    if (!what.trim()) throw session.kit.invalidOption('say()', 'text', 'something to say')
    return reply(session, 'say()', { text: what }, interruptible)
  }
  if (session.model.capabilities.media === 'track') {
    throw session.kit.unsupported(
      session.model,
      'say(recording)',
      'play recordings, since its voice comes as a track',
      "use transport: 'websocket', or play it through speakerContext",
    )
  }
  const pcm = await pcmOf(
    what,
    session.model.capabilities.outputRate,
    session.audio.speakerContext,
    session.kit.invalidOption,
  )
  return speak(session, interruptible, (request, itemId) => ({ type: 'play', request, itemId, pcm, text }))
}

/** See `RealTimePipeline.generateReply`. */
export async function generateReply(
  session: Session,
  { instructions, interruptible = true }: ReplyOptions,
): Promise<Speech> {
  if (!instructions)
    throw session.kit.invalidOption('generateReply()', 'instructions', 'a string, for the model')
  return reply(session, 'generateReply()', { instructions }, interruptible)
}

/** Says goodbye; resolves when that was heard, or nobody can say it. */
export async function bid(session: Session, { farewell }: Farewell): Promise<void> {
  if (!farewell) return
  const { media } = session.model.capabilities
  const speech = await say(session, farewell, { interruptible: media === 'track' })
  await speech.heard
}

function reply(
  session: Session,
  call: string,
  words: Pick<ReplyRequest, 'text' | 'instructions'>,
  interruptible: boolean,
): Speech {
  const { model } = session
  if (!model.capabilities.reply) {
    throw session.kit.unsupported(model, call, 'be made to speak', 'play a recording with say()')
  }
  return speak(session, interruptible, (request, replyId) => ({
    type: 'reply',
    request,
    reply: { replyId, ...words },
  }))
}

function speak(
  session: Session,
  interruptible: boolean,
  errand: (request: number, id: string) => EngineErrand,
): Speech {
  const { emitter, model, pipeline } = session
  if (!interruptible && model.capabilities.media === 'track') {
    throw session.kit.unsupported(
      model,
      'interruptible: false',
      'keep what the user says meanwhile, since the voice goes out as a track',
      "use transport: 'websocket', or leave it out",
    )
  }
  const id = crypto.randomUUID()
  const over = new AbortController()
  const { signal } = over
  const items = new Map<string, { readonly text: string; readonly heardText: string }>()
  /** Whether the model has been asked for it. */
  let sent = false
  let began = false
  let interrupted = false
  let revoke = (): void => {}
  const hold = (on: boolean): void => {
    if (!interruptible) session.engine.handle({ type: 'holdMicrophone', on })
  }
  const heard = new Promise<Awaited<Speech['heard']>>((resolve, reject) => {
    const end = (): void => {
      if (signal.aborted) return
      over.abort()
      if (sent) hold(false)
      const said = [...items.values()]
      const text = said
        .map(({ heardText }) => heardText)
        .join(' ')
        .trim()
      const cut = said.some((item) => item.heardText !== item.text)
      resolve({ text, interrupted: interrupted || cut || !began })
    }
    emitter.on('replyStarted', ({ replyId }) => void (began ||= replyId === id), { signal })
    emitter.on(
      'transcript',
      (transcript) => {
        if (transcript.role === 'agent' && began) items.set(transcript.id, transcript)
      },
      { signal },
    )
    emitter.on('interrupted', () => void (interrupted ||= began), { signal })
    emitter.on(
      'stateChanged',
      ({ state }) => {
        if (/idle|closed/.test(state) || (state === 'listening' && sent)) end()
      },
      { signal },
    )
    session
      .request((request) => errand(request, id))
      .then(
        () => {
          sent = !signal.aborted
          if (!sent) return
          hold(true)
          // It may have come to nothing at once.
          if (session.state === 'listening') end()
        },
        (error: unknown) => {
          over.abort()
          reject(error)
        },
      )
    revoke = (): void => {
      if (signal.aborted) return
      if (sent) return pipeline.interrupt()
      session.engine.handle({ type: 'withdraw', replyId: id })
      end()
    }
  })
  // Nobody has to wait for it.
  heard.catch(() => {})
  return { id, heard, interrupt: () => revoke() }
}
