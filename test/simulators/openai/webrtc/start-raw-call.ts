import { onTestFinished } from 'vitest'
import type { ConnectionPlan, OpenAIConnection } from '../connection.ts'
import { createOpenAISimulator, type OpenAISimulator } from '../index.ts'
import type { OpenAISimulatorOptions } from '../options.ts'
import { RawPeer } from './raw-peer.ts'
import { loadWrtc } from './wrtc.ts'

/** A simulator that listens, gone when the test ends. */
export interface CallServer {
  readonly simulator: OpenAISimulator
  readonly callsUrl: string
}

/** A call to it, also gone when the test ends. */
export interface RawCall extends CallServer {
  readonly peer: RawPeer
  readonly connection: OpenAIConnection
  /** Where the call is, absolute. */
  readonly location: string
}

/** Starts a simulator. */
export async function startCallServer(options: OpenAISimulatorOptions = {}): Promise<CallServer> {
  const simulator = createOpenAISimulator({ pace: 50, ...options })
  const { httpUrl } = await simulator.listen()
  onTestFinished(() => simulator.close())
  return { simulator, callsUrl: `${httpUrl}/calls` }
}

/** A peer that has called nobody yet. */
export async function newRawPeer(): Promise<RawPeer> {
  const peer = new RawPeer(await loadWrtc())
  onTestFinished(() => peer.close())
  return peer
}

/** Sends an offer as a page does. */
export async function postOffer(url: string, token: string, offer: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' }
  return fetch(url, { method: 'POST', headers, body: offer })
}

/** Starts a simulator, and a call to it. */
export async function startRawCall(
  options: OpenAISimulatorOptions = {},
  plan: ConnectionPlan = {},
  query = '',
): Promise<RawCall> {
  const server = await startCallServer(options)
  server.simulator.nextConnection(plan)
  const peer = await newRawPeer()
  const { token } = server.simulator.mintToken({ session: { type: 'realtime', model: 'gpt-realtime-2.1' } })
  const response = await postOffer(server.callsUrl + query, token, await peer.offer())
  if (response.status !== 201) throw new Error(`The call was answered with ${response.status}.`)
  await peer.accept(await response.text())
  const location = new URL(response.headers.get('location') ?? '', server.callsUrl).href
  return { ...server, peer, location, connection: await server.simulator.connection() }
}
