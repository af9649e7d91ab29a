import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const MODULES = [
  'src/shared/pcm.ts',
  'src/core/emitter.ts',
  'src/audio/microphone.ts',
  'src/transport/web-socket.ts',
  'src/agent/agent.ts',
  'src/providers/model.ts',
  'src/providers/openai/wire.ts',
  'src/providers/gemini/wire.ts',
  'src/extensions/wrapped-model.ts',
  'src/engine/engine.ts',
  'src/pipeline/real-time-pipeline.ts',
  'src/mcp/index.ts',
  'src/index.ts',
  'worklets/capture.worklet.ts',
] as const

/** What each layer may import, besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/shared': [],
  'src/core': ['src/shared'],
  'src/audio': ['src/shared', 'src/core', 'worklets'],
  'src/transport': ['src/shared', 'src/core'],
  'src/agent': ['src/shared', 'src/core'],
  'src/providers': ['src/shared', 'src/core', 'src/transport', 'src/agent'],
  'src/providers/openai': ['src/shared', 'src/core', 'src/transport', 'src/agent', 'src/providers'],
  'src/providers/gemini': ['src/shared', 'src/core', 'src/transport', 'src/agent', 'src/providers'],
  'src/providers/nova-sonic': ['src/shared', 'src/core', 'src/transport', 'src/agent', 'src/providers'],
  'src/extensions': ['src/shared', 'src/core', 'src/agent', 'src/providers'],
  'src/engine': ['src/shared', 'src/core', 'src/transport', 'src/agent', 'src/providers'],
  'src/pipeline': [
    'src/shared',
    'src/core',
    'src/audio',
    'src/transport',
    'src/agent',
    'src/providers',
    'src/engine',
  ],
  'src/worker': ['src/shared', 'src/core', 'src/agent', 'src/providers', 'src/engine'],
  'src/mcp': ['src/shared', 'src/core', 'src/agent'],
  worklets: ['src/shared'],
}

let folder: string
let problems: readonly Problem[]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vivavoce-layers-'))
  cpSync('.oxlintrc.json', join(folder, '.oxlintrc.json'))
  for (const importer of Object.keys(ALLOWED)) {
    for (const imported of MODULES) {
      const path = relative(importer, imported)
      write(snippet(importer, imported), `export { a } from '${path.startsWith('.') ? path : `./${path}`}'\n`)
    }
  }
  write('src/core/floating.ts', 'const late = async (): Promise<void> => {}\nlate()\n')
  problems = lint()
})

afterAll(() => rmSync(folder, { recursive: true }))

test.each(Object.keys(ALLOWED))('%s imports its own layers only', (importer) => {
  const foreign = MODULES.filter(
    (imported) => ![importer, ...(ALLOWED[importer] ?? [])].includes(dirname(imported)),
  )
  const refused = MODULES.filter((imported) =>
    isRefused(snippet(importer, imported), 'no-restricted-imports'),
  )
  expect(refused).toEqual(foreign)
})

test('a promise that nobody waits for is refused', () => {
  expect(isRefused('src/core/floating.ts', 'no-floating-promises')).toBe(true)
})

function isRefused(file: string, rule: string): boolean {
  return problems.some(({ filename, code }) => filename === file && code.includes(`(${rule})`))
}

function snippet(importer: string, imported: string): string {
  return join(importer, `imports-${imported.replaceAll(/[/.]/g, '-')}.ts`)
}

function write(file: string, text: string): void {
  mkdirSync(join(folder, dirname(file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

interface Problem {
  readonly code: string
  readonly filename: string
}

function lint(): readonly Problem[] {
  const oxlint = resolve('node_modules/.bin/oxlint')
  const { stdout } = spawnSync(oxlint, ['--type-aware', '--format', 'json', '.'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return (JSON.parse(stdout) as { diagnostics: Problem[] }).diagnostics
}
