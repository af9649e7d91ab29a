import type { HistoryItem, RealtimeModel } from '../providers/model.ts'
import type { Session } from './session.ts'

/** See `RealTimePipeline.changeModel`. */
export async function changeModel(session: Session, model: RealtimeModel): Promise<void> {
  const { agent, options } = session
  session.kit.checkOptions({ ...options, model, agent })
  if (session.phase === 'starting') throw session.misplaced('changeModel()', 'await start() first')
  const engine = session.newEngine(model)
  const before = { model: session.model, engine: session.engine }
  if (session.phase !== 'running') {
    session.model = session.audio.model = model
    session.engine = engine
    return
  }
  const history = (await session.request((request) => ({
    type: 'recall',
    request,
    whenQuiet: true,
  }))) as HistoryItem[]
  session.kit.checkOptions({ model, agent, history })
  try {
    await change(session, { model, engine }, history)
    // What it still has to say is nobody's any more.
    before.engine.handle({ type: 'stop' })
  } catch (error) {
    engine.handle({ type: 'stop' })
    if (!session.life.signal.aborted) {
      await change(session, before)
      session.show('listening')
    }
    throw error
  }
}

/** Gives sound and conversation to another engine; `history`, if that is to begin one. */
async function change(
  session: Session,
  to: Pick<Session, 'model' | 'engine'>,
  history?: readonly HistoryItem[],
): Promise<void> {
  const { audio, life } = session
  const { signal } = life
  const isOther = audio.model.capabilities.media !== to.model.capabilities.media
  Object.assign(session, to)
  audio.model = to.model
  audio.attachMicrophone()
  if (isOther) {
    audio.closeOutput()
    await audio.openOutput(signal)
    audio.connectPeers(signal)
  } else await audio.attachSpeaker(signal)
  if (history) await session.startEngine(history)
  session.engage(session.agent)
}
