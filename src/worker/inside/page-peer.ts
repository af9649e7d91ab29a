import type { PeerLink, PeerSetup } from '../../providers/peer-link.ts'
import type { WorkerSetup } from '../worker-protocol.ts'

/**
 * Opens a peer connection of the page's. Its data channel comes here where the browser lets it: what is said
 * on it then needs no page any more.
 */
export async function openPagePeer(page: WorkerSetup['page'], setup: PeerSetup): Promise<PeerLink> {
  let channel: RTCDataChannel | undefined
  let maxMessageBytes = 0
  let bufferedAmount = 0
  /** What comes before the page has told that the connection is open. */
  let early: string[] | undefined = []
  const take = (text: string): void => {
    if (early) early.push(text)
    else if (!setup.signal.aborted) setup.onMessage(text)
  }
  const { offer, accept, send } = await page.openPeer({
    ...setup,
    onMessage: take,
    takeChannel: async (taken, lost) => {
      // Of an object of a library's that stands in for one, a copy arrives that can do nothing.
      if (typeof taken.send !== 'function') throw new TypeError('The channel did not come along.')
      channel = taken
      taken.onmessage = ({ data }: MessageEvent<unknown>) => {
        if (typeof data === 'string') take(data)
      }
      taken.onclose = () => lost()
      await new Promise<void>((resolve) => {
        taken.onopen = () => resolve()
      })
    },
  })
  return {
    offer,
    get maxMessageBytes() {
      return maxMessageBytes
    },
    get bufferedAmount() {
      return channel?.bufferedAmount ?? bufferedAmount
    },
    async accept(answer) {
      maxMessageBytes = await accept(answer)
      const waiting = early ?? []
      early = undefined
      for (const text of waiting) take(text)
    },
    send(text) {
      if (!channel) void sendByPage(text)
      else if (channel.readyState === 'open') channel.send(text)
    },
  }
  async function sendByPage(text: string): Promise<void> {
    bufferedAmount = await send(text)
  }
}
