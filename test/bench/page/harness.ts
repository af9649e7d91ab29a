/*
 * What every page of the bench starts with. The engine is imported after the patches are in place.
 */
import { installPatches } from './audio-patches.ts'
import { scenarios } from './scenarios/index.ts'

const query = new URLSearchParams(location.search)
installPatches({ deviceRate: Number(query.get('deviceRate')), tap: query.get('tap') === 'true' })

window.runCell = async (cell) => {
  const scenario = scenarios[cell.scenario]
  if (!scenario) throw new Error(`no such scenario: ${cell.scenario}`)
  const engine = (await import(/* @vite-ignore */ `/${cell.module}.js`)) as { adapter: never }
  return scenario(engine, cell.settings ?? {})
}
