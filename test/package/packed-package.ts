import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** The package as users get it: packed, and installed in a project of its own. */
export interface PackedPackage {
  /** The user's project. */
  readonly project: string
  /** Paths in the tarball. */
  readonly files: readonly string[]
  write(file: string, text: string): void
  remove(): void
}

interface PackReport {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** Packs `dist/` as it is (`npm test` has built it) and installs the tarball, without a network. */
export function packPackage(): PackedPackage {
  if (!existsSync('dist/index.js')) throw new Error('There is no dist/: run npm run build first.')
  const project = mkdtempSync(join(tmpdir(), 'vivavoce-package-'))
  const write = (file: string, text: string): void => writeFileSync(join(project, file), text)
  const packed = npm(['pack', '--json', '--pack-destination', project], process.cwd())
  const [report] = JSON.parse(packed) as PackReport[]
  if (!report) throw new Error('npm pack made no tarball.')
  write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  npm(['install', `./${report.filename}`, '--offline', '--no-audit', '--no-fund'], project)
  return {
    project,
    files: report.files.map(({ path }) => path),
    write,
    remove: () => rmSync(project, { recursive: true }),
  }
}

function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}
