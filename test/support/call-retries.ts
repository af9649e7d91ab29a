/** For the `retry` of tests with both ends of a call on this machine, in real time: one that is busy starves it. */
export const CALL_RETRIES = 3

/** What to `retry` over a transport, or with a provider: what is no call needs none. */
export function retriesOver(way: string): number {
  return /webrtc/i.test(way) ? CALL_RETRIES : 0
}
