import type { MessagePortLike, PlaybackInput, PlaybackReport } from '../shared/messages.ts'

/**
 * The far end of a speaker that is switched off: answers the engine as a worklet would for which every
 * item is over as soon as it is complete.
 */
export function silentSpeaker(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  const frames = new Map<string, number>()
  const far: MessagePortLike = port2
  const answer = (report: PlaybackReport): void => far.postMessage(report)
  far.onmessage = ({ data }: { data: PlaybackInput }) => {
    if (!('epoch' in data) || data.type === 'play') return
    const { type, epoch } = data
    if (type === 'flush') {
      frames.clear()
      answer({ type: 'flushed', epoch, itemId: '', frames: 0 })
      return
    }
    const { itemId } = data
    const received = frames.get(itemId) ?? 0
    if (type === 'audio') frames.set(itemId, received + data.pcm.byteLength / 2)
    else {
      frames.delete(itemId)
      answer({ type: 'ended', epoch, itemId, frames: received })
    }
  }
  return port1
}
