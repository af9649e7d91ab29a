import { Agent, outputGuard } from '../sdk.ts'
import type { AgentChoice } from './agent-choice.ts'

const INSTRUCTIONS =
  'You are a storyteller. Whatever the user says, tell a short story of two to four sentences that goes with it. ' +
  'There is always a dragon in it.'

const guard = outputGuard({
  check: (text) => {
    const at = text.search(/\bdragon/i)
    return at < 0 ? undefined : { reason: 'no monsters before bedtime', at }
  },
  replacement: 'The rest of this story is not for tonight. Sleep well.',
})

/** Says what it must not, which nobody hears. */
export const storyteller: AgentChoice = {
  id: 'storyteller',
  name: 'Storyteller',
  about: 'Loves monsters, of which a guard lets none be heard.',
  create: () => new Agent({ name: 'Storyteller', instructions: INSTRUCTIONS }),
  extensions: [guard],
  noWebRtc: 'its guard must hear the voice first',
}
