import { Agent, tool, type ToolContext } from '../sdk.ts'
import type { AgentChoice } from './agent-choice.ts'
import { createConcierge } from './concierge.ts'

const INSTRUCTIONS =
  'You are the front desk of a small hotel. Answer in one or two short sentences. Book tables and have rooms ' +
  'prepared with your tools. For sights and travel, give the guest to the concierge with your tool.'

const STEP_MS = 1500
const STEPS = ['The window is open.', 'The bed is being made.', 'Fresh towels are on their way.']

/** Asks before it books, tells how far long work is, and hands over. */
export const frontDesk: AgentChoice = {
  id: 'front-desk',
  name: 'Front desk',
  about: 'Asks before it books, reports on long work, and hands over to the concierge.',
  create: createFrontDesk,
}

const bookTable = tool({
  name: 'book_table',
  description: 'Books a table in a restaurant for tonight.',
  parameters: {
    type: 'object',
    properties: {
      restaurant: { enum: ['Da Marta', 'Il Cortile', 'Osteria Nuova'] },
      people: { type: 'integer', minimum: 1, maximum: 12 },
      time: { enum: ['19:00', '20:00', '21:00'] },
    },
    required: ['restaurant', 'people', 'time'],
    additionalProperties: false,
  },
  needsApproval: true,
  execute: ({ restaurant, people, time }) =>
    `The table is booked: ${people} at ${restaurant}, tonight at ${time}.`,
})

const prepareRoom = tool({
  name: 'prepare_room',
  description: 'Has the room of the guest prepared, which takes a while.',
  execute: async (_args, { signal, progress }) => {
    for (const step of STEPS) {
      progress(step)
      await pause(STEP_MS, signal)
    }
    return 'The room is ready.'
  },
})

function createFrontDesk(): Agent {
  return new Agent({
    name: 'Front desk',
    instructions: INSTRUCTIONS,
    tools: [
      bookTable,
      prepareRoom,
      tool({
        name: 'call_concierge',
        description: 'Gives the conversation to the concierge.',
        execute: () => createConcierge(createFrontDesk),
      }),
    ],
  })
}

/** Waits, unless nobody waits for it any more. */
function pause(ms: number, signal: ToolContext['signal']): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}
