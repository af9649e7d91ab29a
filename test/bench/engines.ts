/** Something that plays or captures a voice, and that the bench can drive. */
export interface Engine {
  /** As it is called in the tables: its package. */
  readonly name: string
  /** Name of its modules in `page/players` and `page/recorders`. */
  readonly module: string
  /** Rates that its recorder can give, Hz. The first one is what most of its users would ask for. */
  readonly recorderRates: readonly number[]
  /** Whether it says, at an interrupt, how much was heard. */
  readonly tellsHeard: boolean
  /** Whether it captures, and plays, in an AudioWorklet. */
  readonly capturesInWorklet: boolean
  readonly playsInWorklet: boolean
}

export const OURS = 'vivavoce'

const BOTH_RATES = [24_000, 16_000]

const ENGINES: readonly Engine[] = [
  {
    name: OURS,
    module: 'vivavoce',
    recorderRates: BOTH_RATES,
    tellsHeard: true,
    capturesInWorklet: true,
    playsInWorklet: true,
  },
  {
    name: 'wavtools',
    module: 'wavtools',
    recorderRates: BOTH_RATES,
    tellsHeard: true,
    capturesInWorklet: true,
    playsInWorklet: true,
  },
  {
    name: '@elevenlabs/client',
    module: 'elevenlabs',
    recorderRates: [16_000, 24_000],
    tellsHeard: false,
    capturesInWorklet: true,
    playsInWorklet: true,
  },
  {
    name: 'ai',
    module: 'ai',
    recorderRates: BOTH_RATES,
    tellsHeard: true,
    capturesInWorklet: false,
    playsInWorklet: false,
  },
  {
    name: '@tanstack/ai-gemini',
    module: 'tanstack',
    recorderRates: [16_000],
    tellsHeard: false,
    capturesInWorklet: true,
    playsInWorklet: true,
  },
  {
    name: 'agents',
    module: 'agents',
    recorderRates: [16_000],
    tellsHeard: false,
    capturesInWorklet: true,
    playsInWorklet: false,
  },
]

/** Those that were asked for. We are always among them. */
export function chosenEngines(names: readonly string[] | undefined): readonly Engine[] {
  return names ? ENGINES.filter(({ name }) => name === OURS || names.includes(name)) : ENGINES
}

/**
 * The names of all peers, for the command line.
 * @public
 */
export function peerNames(): string[] {
  return ENGINES.flatMap(({ name }) => (name === OURS ? [] : [name]))
}
