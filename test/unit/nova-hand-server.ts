import { vi } from 'vitest'
import type { ClientEvent, ServerEvent } from '../../src/providers/nova-sonic/wire.ts'
import { host } from '../support/engine-host.ts'
import { NodeWorker } from '../support/node-worker.ts'
import { ScriptedServer } from '../support/scripted-server.ts'
import { settled } from '../support/virtual-audio.ts'

/** A bridge's server of which the test says every event. */
export interface HandServer {
  readonly url: string
  /** What the client sent. */
  readonly sent: readonly ClientEvent[]
  /** Resolves when the client is there. */
  connected(): Promise<void>
  say(event: ServerEvent): void
  /** Resolves when the client has taken all that was said, and what it had sent before is here. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** On the page it is its WebSocket, on a clock that stands still; a Worker needs a real server. */
export async function openHandServer(): Promise<HandServer> {
  return host === 'page' ? openSocket() : openServer()
}

function openSocket(): HandServer {
  vi.useFakeTimers()
  const sent: ClientEvent[] = []
  const sockets: HandSocket[] = []
  class HandSocket {
    bufferedAmount = 0
    onopen: (() => void) | null = null
    onmessage: ((event: { data: string }) => void) | null = null
    onclose: unknown = null
    constructor() {
      sockets.push(this)
      queueMicrotask(() => this.onopen?.())
    }
    send(text: string): void {
      sent.push(eventIn(text))
    }
    close(): void {}
  }
  vi.stubGlobal('WebSocket', HandSocket)
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await settled()
  }
  return {
    url: 'ws://example.com',
    sent,
    connected: settle,
    say: (event) => sockets.at(-1)?.onmessage?.({ data: JSON.stringify({ event }) }),
    settled: settle,
    close: async () => {
      vi.useRealTimers()
      vi.unstubAllGlobals()
    },
  }
}

async function openServer(): Promise<HandServer> {
  NodeWorker.frozen = true
  const server = await ScriptedServer.open()
  return {
    url: server.url,
    get sent() {
      return server.received.map(({ event }) => event as ClientEvent)
    },
    connected: () => server.connected(),
    say: (event) => server.say({ event }),
    settled: () => server.settled(),
    close: async () => {
      NodeWorker.frozen = false
      server.close()
    },
  }
}

function eventIn(text: string): ClientEvent {
  return (JSON.parse(text) as { readonly event: ClientEvent }).event
}
