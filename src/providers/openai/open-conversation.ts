import { isVivaVoceError } from '../../core/errors.ts'
import { connectionError } from '../../transport/web-socket.ts'
import { type Auth, obtainToken } from '../credential.ts'
import type { AgentUpdate, ModelSession } from '../model.ts'
import { Conversation } from './conversation.ts'
import { decode, malformed } from './decode.ts'
import type { DialectRules, EmitModelEvent } from './dialect.ts'
import { agentOf, sessionUpdate } from './encode.ts'
import { type OpenAIRealtimeEvents, type RawEvent, rateLimitsOf } from './events.ts'
import { errorMakers, modelError } from './failures.ts'
import type * as Diagnosis from './diagnose.ts'
import type { Link, LinkSetup } from './link.ts'
import type { OpenAIRealtimeOptions } from './options.ts'
import { checkToken } from './token.ts'
import type { Traits } from './traits.ts'
import { openWebSocketLink } from './web-socket-link.ts'
import type * as WebRtcLink from './webrtc-link.ts'
import type { ClientEvent, ServerEvent } from './wire.ts'

/** How all conversations of a model begin. */
export interface OpeningPlan {
  /** With the transport that is meant. */
  readonly options: OpenAIRealtimeOptions
  readonly dialect: DialectRules
  readonly traits: Traits
  readonly url: string
}

/** An attempt to begin a conversation. */
export interface Opening extends OpeningPlan {
  readonly session: ModelSession
  /** Ends the link when it aborts, open or not; its reason is why. */
  readonly attempt: AbortController
  readonly emit: <Name extends keyof OpenAIRealtimeEvents>(
    event: Name,
    payload: OpenAIRealtimeEvents[Name],
  ) => void
  readonly onOpen: (conversation: Conversation, link: Link) => void
  /** A frame of the microphone's was dropped. */
  readonly onDrop: () => void
}

/** Loads what only a page that uses WebRTC needs. */
export function loadWebRtc(): Promise<typeof WebRtcLink> {
  return import('./webrtc-link.ts')
}

/** Begins a conversation: opens a link, and sets the session up. Resolves when the session is ready. */
export async function openConversation(opening: Opening): Promise<void> {
  const { session, options, dialect, traits, attempt, emit } = opening
  const { connectTimeoutMs: timeoutMs = 10_000 } = options
  const { signal } = attempt
  const address = new URL(opening.url)
  const isRemembered = session.history.length > 0 && dialect.resume?.(address)
  const url = address.href
  const normalise = dialect.receive?.(emit as EmitModelEvent)
  // The one way in which an attempt fails: it silences the link too, opened or not.
  const fail = (error: unknown): void => attempt.abort(error)
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      fail(connectionError(url, 'connection-timeout', `did not answer within ${timeoutMs} ms`))
    }, timeoutMs)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
    session.signal.addEventListener('abort', () => fail(session.signal.reason), { signal })
    let created: object | undefined
    let conversation: Conversation | undefined

    const updateOf = (agent: AgentUpdate): ClientEvent => {
      const { type, session: all } = sessionUpdate(options, agent, traits, session.confirmTurns)
      const wanted = agent === session ? all : agentOf(all)
      return { type, session: (dialect.session?.(all) as typeof wanted | undefined) ?? wanted }
    }
    const configure = (link: Link): void => link.send(updateOf(session))
    const begin = (link: Link): void => {
      conversation = new Conversation({
        session,
        history: isRemembered ? [] : session.history,
        options,
        traits,
        assertFits: link.assertFits,
        followVoice: link.followVoice,
        signal,
        send: (event) => link.send(event),
        updateOf,
        emit: emit as EmitModelEvent,
      })
      opening.onOpen(conversation, link)
      clearTimeout(timer)
      resolve()
    }
    const receive = (event: ServerEvent, link: Link): void => {
      if (conversation) return conversation.receive(event)
      if (event.type === 'session.created') {
        created = event.session
        configure(link)
      }
      if (event.type === 'error') fail(modelError(event.error))
      if (event.type === 'session.updated') {
        begin(link)
        // Some of it is in the first alone, as when it ends.
        receive({ ...event, session: { ...created, ...event.session } }, link)
      }
    }
    const token = options.negotiate ? Promise.resolve('') : tokenOf(options, dialect)
    // Whoever waits for it is told.
    token.catch(() => {})
    const setup: LinkSetup = {
      session,
      url,
      token,
      options,
      signal,
      timeoutMs,
      protocols: dialect.protocols ?? ((token) => ['realtime', `openai-insecure-api-key.${token}`]),
      onMessage: (data, link) => {
        try {
          const event = decode(data)
          emit('serverEvent', event as RawEvent)
          const limits = rateLimitsOf(event)
          if (limits) emit('rateLimits', limits)
          for (const one of normalise?.(event) ?? [event]) receive(one, link)
        } catch (error) {
          emit('error', isVivaVoceError(error) ? error : malformed(undefined, error))
        }
      },
      onClose: (error) => {
        fail(error)
        if (conversation) emit('closed', error)
      },
      onDrop: opening.onDrop,
      makers: errorMakers,
      refusal: async (...answer) => (await loadDiagnosis()).refusal(url, ...answer, errorMakers),
    }
    const open = async (): Promise<void> => {
      const link =
        options.transport === 'webrtc'
          ? await (await loadWebRtc()).openWebRtcLink(setup)
          : await openWebSocketLink(setup).catch((error: unknown) => explain(error, setup))
      if (!dialect.silent) return
      configure(link)
      begin(link)
    }
    open().catch((error: unknown) => {
      fail(isVivaVoceError(error) ? error : connectionError(url, 'connection-refused', 'cannot be reached'))
    })
  })
}

async function tokenOf(
  options: OpenAIRealtimeOptions,
  { longLivedKey = /^sk-/ }: DialectRules,
): Promise<string> {
  const token = await obtainToken(options.auth as Auth)
  return checkToken(token, options.dangerouslyAllowBrowserKey ? undefined : longLivedKey)
}

/** Throws why a WebSocket was refused, which a page is not told, or else `error`. */
async function explain(error: unknown, { url, token, signal }: LinkSetup): Promise<never> {
  if (!isVivaVoceError(error) || error.code !== 'connection-refused') throw error
  let found
  try {
    found = await (await loadDiagnosis()).probe(url, await token, signal, errorMakers)
  } catch {
    // Nothing is known then.
  }
  throw found ?? error
}

async function loadDiagnosis(): Promise<typeof Diagnosis> {
  return import('./diagnose.ts')
}
