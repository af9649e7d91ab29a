import { tool, type Tool } from './sdk.ts'

interface City {
  readonly timeZone: string
  readonly weather: string
}

const CITIES: Readonly<Record<string, City>> = {
  rome: { timeZone: 'Europe/Rome', weather: 'sunny, 24 degrees, with a light west wind' },
  paris: { timeZone: 'Europe/Paris', weather: 'overcast and calm, 16 degrees' },
  london: { timeZone: 'Europe/London', weather: 'light rain, 13 degrees, with a fresh south wind' },
  lisbon: { timeZone: 'Europe/Lisbon', weather: 'clear, 22 degrees, with a sea breeze' },
  tokyo: { timeZone: 'Asia/Tokyo', weather: 'cloudy and humid, 27 degrees' },
  'new york': { timeZone: 'America/New_York', weather: 'windy, 9 degrees' },
}

const cityParameters = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Name of the city, in English.' } },
  required: ['city'],
  additionalProperties: false,
} as const

/** Tells about a city, or which cities there are: a sentence is something to say, where an error is not. */
function describe(name: string, about: (city: City) => string): string {
  const city = CITIES[name.trim().toLowerCase()]
  if (city) return about(city)
  return `Nothing is known about ${name}. Known are Rome, Paris, London, Lisbon, Tokyo and New York.`
}

/** What the demo's agent can look up. The weather is made up; the time is right. */
export const tools: readonly Tool[] = [
  tool({
    name: 'get_weather',
    description: 'The weather in a city now.',
    parameters: cityParameters,
    execute: ({ city }) => describe(city, ({ weather }) => `The weather in ${city}: ${weather}.`),
  }),
  tool({
    name: 'get_local_time',
    description: 'The time of day in a city now.',
    parameters: cityParameters,
    execute: ({ city }) =>
      describe(city, ({ timeZone }) => {
        const time = new Date().toLocaleTimeString('en-GB', { timeZone, timeStyle: 'short' })
        return `The time in ${city}: ${time}.`
      }),
  }),
]
