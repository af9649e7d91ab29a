import type { AgentChoice } from './agent-choice.ts'
import { frontDesk } from './front-desk.ts'
import { storyteller } from './storyteller.ts'
import { travelGuide } from './travel-guide.ts'

export type { AgentChoice } from './agent-choice.ts'

/** Everybody whom the page can begin a conversation with. */
export const AGENTS: readonly AgentChoice[] = [travelGuide, frontDesk, storyteller]

const SUGGESTIONS: Readonly<Record<string, readonly string[]>> = {
  'Travel guide': ['What is the weather in Rome?', 'What time is it in Tokyo?', 'Tell me about Rome.'],
  'Front desk': ['Book a table for 4.', 'Prepare my room.', 'The concierge, please.'],
  Concierge: ['What is the weather in Rome?', 'Tell me about Rome.', 'Back to the front desk.'],
  Storyteller: ['Tell me a story.', 'Go on.'],
}

/** What one can say to an agent. */
export function suggestionsFor(name: string | undefined): readonly string[] {
  return SUGGESTIONS[name ?? ''] ?? []
}
