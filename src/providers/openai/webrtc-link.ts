import type { Link, LinkSetup } from './link.ts'
import { assertFits } from './message-limit.ts'
import { followVoice } from './voice-track.ts'

/* Loaded by a page that uses WebRTC. What a page has already it is given: bundlers would split it off. */

/**
 * Opens a conversation over WebRTC.
 * Rejects with the errors of `session.openPeer`, `token`, `negotiate` and `refusal`, or with the reason of `signal`.
 */
export async function openWebRtcLink(setup: LinkSetup): Promise<Link> {
  const { session, signal, onClose } = setup
  const [peer, token] = await Promise.all([
    session.openPeer({
      channel: 'oai-events',
      signal,
      onMessage: (text) => setup.onMessage(text, link),
      onClose,
    }),
    setup.token,
  ])
  let callId: string | undefined
  const link: Link = {
    assertFits: (message) => assertFits(message, peer.maxMessageBytes, setup.options, setup.makers.refuse),
    get callId() {
      return callId
    },
    send: (event) => peer.send(JSON.stringify(event)),
    sendAudio() {},
    followVoice: setup.options.outputModalities === 'text' ? undefined : followVoice,
  }
  const { answer, location } = await exchange(setup, peer.offer, token)
  signal.throwIfAborted()
  callId = /[^/=?]+$/.exec(location ?? '')?.[0]
  await peer.accept(answer)
  return link
}

interface Negotiated {
  readonly answer: string
  /** Address of the call, if the browser may see it. */
  readonly location?: string | null
}

async function exchange(setup: LinkSetup, offer: string, token: string): Promise<Negotiated> {
  const { url, signal, options } = setup
  const { negotiate } = options
  if (negotiate) {
    try {
      return { answer: await negotiate(offer, { signal }) }
    } catch (cause) {
      throw setup.makers.negotiationError(cause)
    }
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' },
    body: offer,
    signal,
  })
  const body = await response.text()
  if (response.ok) return { answer: body, location: response.headers.get('location') }
  throw await setup.refusal(response.status, body)
}
