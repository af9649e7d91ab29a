import type { RealtimeModel } from '../providers/model.ts'
import type { Engine } from './engine.ts'
import type { EngineReport } from './messages.ts'

/** Takes what a model tells of. */
export function followModel(model: RealtimeModel, engine: Engine): void {
  const { connection, output, history, meter, transcripts, report } = engine
  /** Responses that began and were neither finished nor interrupted. */
  const { responses } = engine
  model.on('speechStarted', () => engine.speech(true, 'model'))
  model.on('speechStopped', () => engine.speech(false, 'model'))
  model.on('responseStarted', ({ responseId, replyId }) => {
    if (!connection.live) return
    if (replyId) report({ type: 'replyStarted', payload: { replyId } })
    responses.add(responseId)
    output.admit()
    meter.mark('responseStartedAt')
    engine.take('responseStarted')
  })
  model.on('responseDone', ({ responseId, continues }) => {
    // The end of a response that was interrupted says nothing about the turn that came after.
    if (!responses.delete(responseId) || responses.size > 0) return
    if (continues) return engine.take('responseContinues')
    output.endAll()
    engine.take(output.busy ? 'responseQueued' : 'responseDone')
  })
  model.on('transcript', (transcript) => {
    if (!connection.live) return
    history.place(transcript.id, transcript.role)
    transcripts.write(transcript)
  })
  model.on('expiring', () => engine.renew('expiring'))
  model.on('toolCancelled', ({ callId }) => report({ type: 'cancelTool', callId }))
  model.on('notice', ({ name, payload }) => report({ type: name, payload } as EngineReport))
  for (const type of ['usage', 'error'] as const) {
    model.on(type, (payload) => report({ type, payload } as EngineReport))
  }
}
