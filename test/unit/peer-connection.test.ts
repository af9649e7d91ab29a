import wrtc from '@roamhq/wrtc'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConnectionError } from '../../src/core/errors.ts'
import { PeerConnection, type PeerConnectionSetup } from '../../src/transport/peer-connection.ts'

const undo: (() => void)[] = []

beforeEach(() => {
  vi.stubGlobal('RTCPeerConnection', wrtc.RTCPeerConnection)
  vi.stubGlobal('MediaStream', wrtc.MediaStream)
})

afterEach(() => {
  for (const close of undo.splice(0)) close()
  vi.unstubAllGlobals()
})

/** The other side, which answers with its candidates in the answer. */
function farSide() {
  const connection = new wrtc.RTCPeerConnection()
  undo.push(() => connection.close())
  const channel = new Promise<RTCDataChannel>((resolve) => {
    connection.ondatachannel = (event) => resolve(event.channel)
  })
  const answer = async (sdp: string): Promise<string> => {
    await connection.setRemoteDescription({ type: 'offer', sdp })
    await connection.setLocalDescription(await connection.createAnswer())
    while (connection.iceGatheringState !== 'complete') await pause()
    return connection.localDescription?.sdp ?? ''
  }
  return { connection, channel, answer }
}

async function opened(setup: Partial<PeerConnectionSetup> = {}) {
  const abort = new AbortController()
  const messages: string[] = []
  const closes: ConnectionError[] = []
  const peer = await PeerConnection.open({
    channel: 'events',
    signal: abort.signal,
    onMessage: (text) => messages.push(text),
    onClose: (error) => closes.push(error),
    onVoice: () => {},
    makeError: (message, details) => new ConnectionError(message, details),
    ...setup,
  })
  undo.push(() => peer.close())
  return { peer, abort, messages, closes }
}

async function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5)
  })
}

describe('PeerConnection', () => {
  it('connects to a peer of another implementation, and carries messages both ways', async () => {
    const far = farSide()
    const { peer, messages } = await opened()
    expect(peer.offer).toMatch(/m=audio[^]*a=sendrecv[^]*m=application/)
    await peer.accept(await far.answer(peer.offer))
    expect(peer.maxMessageBytes).toBeGreaterThanOrEqual(65_536)
    const channel = await far.channel
    expect(channel.label).toBe('events')
    const heard: unknown[] = []
    channel.onmessage = ({ data }) => heard.push(data)
    peer.send('to')
    await expect.poll(() => heard).toEqual(['to'])
    channel.send('from')
    await expect.poll(() => messages).toEqual(['from'])
    expect(await peer.stats()).toMatchObject({ roundTripMs: expect.any(Number) })
  })

  it('says once that the connection was lost, and then sends nothing', async () => {
    const far = farSide()
    const { peer, closes } = await opened()
    await peer.accept(await far.answer(peer.offer))
    ;(await far.channel).close()
    await expect.poll(() => closes.length).toBe(1)
    expect(closes[0]).toMatchObject({ code: 'connection-lost', retryable: true })
    far.connection.close()
    await pause()
    peer.send('nobody hears it')
    expect(closes).toHaveLength(1)
  })

  it.each([
    { states: ['failed'], afterMs: 0, lost: 1 },
    { states: ['disconnected'], afterMs: 4900, lost: 0 },
    { states: ['disconnected'], afterMs: 5100, lost: 1 },
    { states: ['disconnected', 'connected'], afterMs: 60_000, lost: 0 },
    { states: ['disconnected', 'failed'], afterMs: 60_000, lost: 1 },
  ])('takes $states for a loss of $lost connections after $afterMs ms', async ({ states, afterMs, lost }) => {
    let connection: RTCPeerConnection | undefined
    let current = 'connected'
    vi.stubGlobal('RTCPeerConnection', function () {
      connection = new wrtc.RTCPeerConnection()
      return new Proxy(connection, {
        get(target, name) {
          const value: unknown = name === 'connectionState' ? current : Reflect.get(target, name)
          return typeof value === 'function' ? value.bind(target) : value
        },
        set: (target, name, value) => Reflect.set(target, name, value),
      })
    })
    const far = farSide()
    const { peer, closes } = await opened()
    await peer.accept(await far.answer(peer.offer))
    vi.useFakeTimers()
    undo.push(() => vi.useRealTimers())
    for (current of states) connection?.onconnectionstatechange?.(new Event('connectionstatechange'))
    vi.advanceTimersByTime(afterMs)
    expect(closes).toHaveLength(lost)
  })

  it('does not repeat an answer that it does not understand', async () => {
    const { peer, closes } = await opened()
    const rejection = peer.accept('v=0 secret')
    await expect(rejection).rejects.toMatchObject({ code: 'connection-refused', retryable: false })
    await expect(rejection).rejects.not.toThrow(/secret/)
    expect(closes).toEqual([])
  })

  it('gives up on a peer that answers and then is not there', async () => {
    const far = farSide()
    const { peer, closes } = await opened({ timeoutMs: 300 })
    const answer = await far.answer(peer.offer)
    far.connection.close()
    await expect(peer.accept(answer)).rejects.toMatchObject({ code: 'connection-timeout', retryable: true })
    expect(closes).toEqual([])
  })

  it('rejects with the reason of its signal, whenever it aborts', async () => {
    const reason = new Error('enough')
    await expect(opened({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const early = new AbortController()
    const opening = opened({ signal: early.signal })
    early.abort(reason)
    await expect(opening).rejects.toBe(reason)
    const far = farSide()
    const { peer, abort, closes } = await opened()
    const answer = await far.answer(peer.offer)
    const accepted = peer.accept(answer)
    abort.abort(reason)
    await expect(accepted).rejects.toBe(reason)
    await expect(peer.accept(answer)).rejects.toBe(reason)
    expect(closes).toEqual([])
  })

  it('reports nothing when its signal ends the open connection', async () => {
    const far = farSide()
    const { peer, abort, closes } = await opened()
    await peer.accept(await far.answer(peer.offer))
    const channel = await far.channel
    abort.abort()
    await expect.poll(() => channel.readyState).toBe('closed')
    expect(closes).toEqual([])
  })

  it('sends silence while muted, and leaves the track that it was given as it was', async () => {
    const source = new wrtc.nonstandard.RTCAudioSource()
    const track = source.createTrack()
    undo.push(() => track.stop())
    const clone = vi.spyOn(track, 'clone')
    let connection: RTCPeerConnection | undefined
    vi.stubGlobal('RTCPeerConnection', function () {
      return (connection = new wrtc.RTCPeerConnection())
    })
    const sent = (): MediaStreamTrack | null | undefined => connection?.getSenders()[0]?.track
    const { peer } = await opened()
    peer.muted = true
    peer.setMicrophone(track)
    const silence = clone.mock.results[0]?.value as MediaStreamTrack
    await expect.poll(() => sent()?.id).toBe(silence.id)
    expect(silence.enabled).toBe(false)
    peer.muted = false
    await expect.poll(() => sent()?.id).toBe(track.id)
    peer.muted = true
    peer.close()
    for (const { value } of clone.mock.results) expect(value).toMatchObject({ readyState: 'ended' })
    expect(track).toMatchObject({ readyState: 'live', enabled: true })
  })
})
