import type { ConversationView } from './conversation.ts'
import { byId } from './dom.ts'
import { barOf, LevelMeter } from './level-meter.ts'
import { Score } from './score.ts'

/** Both voices' levels: two meters, and the score of the last seconds. */
export function createLevelView(): ConversationView {
  const agentBar = byId('agent-level', HTMLElement)
  const userBar = byId('microphone-level', HTMLElement)
  const agentMeter = new LevelMeter(agentBar)
  const userMeter = new LevelMeter(userBar)
  const score = new Score(byId('score', HTMLCanvasElement), [agentBar, userBar])

  return {
    attach(pipeline) {
      let frame = 0
      const run = (now: number): void => {
        const agent = barOf(pipeline.speakerLevel)
        const user = barOf(pipeline.microphoneLevel)
        agentMeter.show(agent, now)
        userMeter.show(user, now)
        score.write(agent, user, now)
        frame = requestAnimationFrame(run)
      }
      pipeline.on('interrupted', () => score.markInterruption())
      pipeline.on('stateChanged', ({ state }) => {
        cancelAnimationFrame(frame)
        if (state !== 'idle' && state !== 'closed') {
          frame = requestAnimationFrame(run)
          return
        }
        agentMeter.reset()
        userMeter.reset()
      })
    },
  }
}
