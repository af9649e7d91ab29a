import type { Numbers } from '../../lab/cell.ts'

/** Measures what a module's `adapter` drives. */
export type Scenario<Adapter> = (engine: { readonly adapter: Adapter }, settings: Numbers) => Promise<Numbers>
