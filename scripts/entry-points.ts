import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A module that users import. */
export interface EntryPoint {
  /** As users write it, such as `vivavoce/openai`. */
  readonly specifier: string
  /** Name of the built file, without extension. */
  readonly name: string
  /** Its built declarations and its source, from the root of the repository. */
  readonly types: string
  readonly source: string
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
}

/** Every entry point, as `exports` of package.json has it: the one place where they are listed. */
export function entryPoints(): EntryPoint[] {
  const manifestFile = fileURLToPath(new URL('../package.json', import.meta.url))
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest
  return Object.entries(manifest.exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            specifier: path.replace('.', manifest.name),
            name: basename(target.default, '.js'),
            types: target.types,
            source: target.types.replace('dist/types', 'src').replace('.d.ts', '.ts'),
          },
        ],
  )
}
