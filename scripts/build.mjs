// `npm run build`: dist/ with the entry points, the worklets and the type declarations.
import { rmSync } from 'node:fs'
import process from 'node:process'
import { ensureInstalled } from './install.mjs'
import { runTool } from './run.mjs'

await ensureInstalled()
rmSync('dist', { recursive: true, force: true })
const bundled = await runTool('vite', ['build', '--logLevel', 'warn'])
// By force: an unchanged build info would not notice that dist/types is gone.
const declared = await runTool('tsc', ['-b', 'src', '--force'])
process.exitCode = bundled.ok && declared.ok ? 0 : 1
