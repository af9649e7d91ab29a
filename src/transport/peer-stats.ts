/** How well a peer connection carries the other side's voice. What the browser does not tell is absent. */
export interface PeerStats {
  /** There and back again, ms. */
  readonly roundTripMs?: number
  /** How unevenly packets arrive, ms. */
  readonly jitterMs?: number
  readonly packetsReceived?: number
  readonly packetsLost?: number
  /** Share of the packets that were lost, since the connection began, %. */
  readonly lossPercent?: number
  /** Voice that was made up for what was lost or late, ms. */
  readonly concealedMs?: number
  /** How long a packet waits before it is heard, on the average since the connection began, ms. */
  readonly jitterBufferMs?: number
}

/** A browser counts Opus samples at this rate, Hz. */
const OPUS_RATE = 48_000

/** The figures of a connection with one voice. */
export function peerStats(report: RTCStatsReport): PeerStats {
  const stats: { -readonly [Name in keyof PeerStats]: PeerStats[Name] } = {}
  const put = (name: keyof PeerStats, value: number): void => {
    if (Number.isFinite(value)) stats[name] = value
  }
  // TypeScript's library types none of the reports.
  report.forEach((entry: Record<string, unknown>) => {
    const number = (name: string): number => (typeof entry[name] === 'number' ? entry[name] : Number.NaN)
    if (entry.type === 'candidate-pair' && entry.nominated === true && entry.state === 'succeeded') {
      put('roundTripMs', number('currentRoundTripTime') * 1000)
    }
    if (entry.type !== 'inbound-rtp' || entry.kind !== 'audio') return
    const received = number('packetsReceived')
    const lost = number('packetsLost')
    put('packetsReceived', received)
    put('packetsLost', lost)
    // Duplicates are counted as less than nothing lost.
    put('lossPercent', (100 * Math.max(0, lost)) / (received + Math.max(0, lost)))
    put('jitterMs', number('jitter') * 1000)
    // Silence stands in for a sender that sends nothing, and is no loss.
    const silent = number('silentConcealedSamples') || 0
    put('concealedMs', ((number('concealedSamples') - silent) * 1000) / OPUS_RATE)
    put('jitterBufferMs', (number('jitterBufferDelay') * 1000) / number('jitterBufferEmittedCount'))
  })
  return stats
}
