import { Agent, isVivaVoceError, tool } from '../sdk.ts'
import { tools } from '../tools.ts'

const INSTRUCTIONS =
  'You are the concierge of a small hotel, and know the cities of Italy well. Answer in one to three short ' +
  'sentences. For rooms and tables, give the guest back to the front desk with your tool.'

const GREETING =
  'Greet the guest in one short sentence. Say: "Good evening, this is the concierge. What would you like to see?"'

/** Whom the front desk hands over to. */
export function createConcierge(createFrontDesk: () => Agent): Agent {
  return new Agent({
    name: 'Concierge',
    instructions: INSTRUCTIONS,
    tools: [
      ...tools,
      tool({
        name: 'call_front_desk',
        description: 'Gives the conversation back to the front desk.',
        execute: () => createFrontDesk(),
      }),
    ],
    onEnter: async ({ pipeline }) => {
      try {
        await pipeline.generateReply({ instructions: GREETING })
      } catch (error) {
        // A model that cannot be made to speak waits for the guest.
        if (!isVivaVoceError(error) || error.code !== 'option-unsupported') throw error
      }
    },
  })
}
