import { join } from 'node:path'
import { root } from './run.mjs'

/** Imports a TypeScript module, which Node 20 alone cannot. What it imports lazily must not be TypeScript. */
export async function load(file) {
  const { runnerImport } = await import('vite')
  const { worklets } = (await runnerImport(join(root, 'scripts/worklet-plugin.ts'))).module
  const { module } = await runnerImport(join(root, file), { root, plugins: [worklets()], logLevel: 'error' })
  return module
}
