import { callsTo, chooseCalls, type ChosenCall, type OfferedTool } from './tool-choice.ts'

/** What the guide knows when it answers. */
export interface GuideQuestion {
  /** What the user typed last; empty if nothing. */
  readonly text: string
  /** What it was told to say, word for word. */
  readonly wording: string | undefined
  readonly tools: readonly OfferedTool[]
  /** `'auto'`, `'none'`, `'required'`, or the name of the tool that must be called. */
  readonly toolChoice: string
  /** What tools have returned since the user's last message. */
  readonly outputs: readonly string[]
}

/** What the guide does: it speaks, or it calls tools. */
export type GuideAnswer = { readonly text: string } | { readonly calls: readonly ChosenCall[] }

const GREETING = 'Hello! I am your guide to Italy. Which city would you like to hear about?'

const RULES: readonly (readonly [pattern: RegExp, answer: string])[] = [
  [/\b(rome|roma|colosseum)\b/i, 'In Rome, begin at the Colosseum early, then walk through the Forum.'],
  [/\b(florence|firenze|uffizi)\b/i, 'In Florence, book the Uffizi, and climb up to San Miniato at sunset.'],
  [
    /\b(venice|venezia|gondola)\b/i,
    'In Venice, take the slow boat down the Grand Canal, and get lost on foot.',
  ],
  [
    /\b(naples|napoli|pompeii)\b/i,
    'In Naples, eat a pizza in the old town, and give a whole day to Pompeii.',
  ],
  [/\b(milan|milano)\b/i, 'In Milan, walk on the roof of the cathedral, and dine along the canals.'],
  [/\b(sicily|palermo|etna)\b/i, 'In Sicily, see the markets of Palermo and the slopes of Mount Etna.'],
  [/\b(food|eat|restaurant|pizza|pasta|dinner|lunch|wine)\b/i, 'Eat where the menu is short and in Italian.'],
  [/\b(train|travel|bus|plane|car|transport)\b/i, 'Take the fast trains: Rome to Milan is three hours.'],
  [/\b(thanks|thank you|grazie)\b/i, 'You are welcome. Have a good journey!'],
  [/\b(bye|goodbye|arrivederci|ciao)\b/i, 'Goodbye, and a good journey!'],
  [/\b(hello|hi|hey|good (morning|evening|afternoon)|buongiorno)\b/i, GREETING],
]

const FALLBACK =
  'I only know a few things about Italy: ask me about Rome, Florence, Venice, Naples, Milan or Sicily.'

/** A travel guide with a dozen rules and no model behind it, so that a page works without a key. */
export function askGuide({ text, wording, tools, toolChoice, outputs }: GuideQuestion): GuideAnswer {
  if (wording !== undefined) return { text: wording }
  if (outputs.length > 0) return { text: `Here is what I found: ${outputs.map(inWords).join(' And: ')}` }
  if (toolChoice !== 'none') {
    const forced = tools.find(({ name }) => name === toolChoice)
    const calls = forced ? callsTo(forced, text) : text === '' ? [] : chooseCalls(text, tools)
    if (calls.length > 0) return { calls }
    const first = tools[0]
    if (toolChoice === 'required' && first) return { calls: callsTo(first, text) }
  }
  if (text === '') return { text: GREETING }
  return { text: RULES.find(([pattern]) => pattern.test(text))?.[1] ?? FALLBACK }
}

/** The text of instructions such as `Say: "Welcome."`. */
export function wordingIn(instructions: string | undefined): string | undefined {
  return instructions?.match(/\bsay(?: exactly)?:?\s*["“](.+?)["”]/i)?.[1]
}

/** A tool's output as one can say it: text as it is, JSON without its punctuation. */
function inWords(output: string): string {
  try {
    return spoken(JSON.parse(output) as unknown)
  } catch {
    return output
  }
}

function spoken(value: unknown): string {
  if (Array.isArray(value)) return value.map(spoken).join(', ')
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, part]) => `${name} ${spoken(part)}`)
      .join(', ')
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}
