import type { Agent } from '../agent/agent.ts'
import type { HistoryItem } from '../providers/model.ts'
import type { Session } from './session.ts'

/** See `RealTimePipeline.setAgent`. The same agent again: its instructions or tools have changed. */
export async function setAgent(session: Session, agent: Agent): Promise<void> {
  const { agent: previous, model, emitter } = session
  session.kit.checkOptions({ model, agent })
  const isOther = agent !== previous
  if (isOther) {
    await run(session, previous, 'onExit')
    previous.onUpdate = undefined
  }
  session.engage(agent)
  if (session.phase === 'running') {
    const described = await session.describe()
    const { filterHistory } = agent.options
    const history =
      isOther && filterHistory
        ? filterHistory((await session.request((request) => ({ type: 'recall', request }))) as HistoryItem[])
        : undefined
    await session.request((request) => ({
      type: 'updateAgent',
      request,
      agent: described,
      ...(history && { history }),
    }))
  }
  if (!isOther) return
  emitter.emit('agentChanged', { agent, previous })
  // A tool that hands over waits for this, and what a greeting waits for, waits for the tool.
  if (session.phase === 'running') void enter(session)
}

/** The conversation begins, or another agent has it. */
export async function enter(session: Session): Promise<void> {
  await run(session, session.agent, 'onEnter')
}

/** What an application's function throws is one `error` event, and ends nothing. */
async function run(session: Session, agent: Agent, hook: 'onEnter' | 'onExit'): Promise<void> {
  try {
    await agent.options[hook]?.({ pipeline: session.pipeline })
  } catch (cause) {
    const { messageOf, VivaVoceError } = session.kit
    const message = `${hook} of agent "${agent.name ?? ''}" failed: ${messageOf(cause)}`
    session.emitter.emit('error', new VivaVoceError(message, { code: 'agent-failed', cause }))
  }
}
