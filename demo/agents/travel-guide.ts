import { Agent } from '../sdk.ts'
import { tools } from '../tools.ts'
import type { AgentChoice } from './agent-choice.ts'

const INSTRUCTIONS =
  'You are a travel guide with a calm voice. Answer in one to three short sentences. ' +
  'Look the weather and the time up with your tools; never guess them.'

/** Looks up what it does not know. */
export const travelGuide: AgentChoice = {
  id: 'travel-guide',
  name: 'Travel guide',
  about: 'Looks up weather and time with tools.',
  create: () => new Agent({ name: 'Travel guide', instructions: INSTRUCTIONS, tools }),
}
