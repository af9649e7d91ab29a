import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packPackage, type PackedPackage } from './packed-package.ts'

let packed: PackedPackage
beforeAll(() => {
  packed = packPackage()
})
afterAll(() => packed.remove())

test('the tarball has the built package, its sources and nothing else', () => {
  const unexpected = packed.files.filter(
    (path) =>
      !/^(dist\/.+\.(js|map|ts)|src\/.+\.ts|worklets\/.+\.ts|[A-Z]+(\.md)?|package\.json)$/.test(path),
  )
  expect(unexpected).toEqual([])
})

test('the tarball is small', () => {
  expect(packed.files.length).toBeLessThan(850)
})

test('every file that package.json points to is there', () => {
  const manifest = readFileSync(join(installed(), 'package.json'), 'utf8')
  const targets = [...manifest.matchAll(/"\.\/(dist\/[^"*]+)"/g)].map(([, path = '']) => path)
  expect(targets).not.toEqual([])
  expect(packed.files).toEqual(expect.arrayContaining(targets))
})

test('the worklets are there as files of their own', () => {
  expect(packed.files).toEqual(
    expect.arrayContaining([
      'dist/worklets/capture.js',
      'dist/worklets/engine.js',
      'dist/worklets/playback.js',
      'dist/worklets/remote.js',
    ]),
  )
})

test('every source map finds its sources', () => {
  const maps = packed.files.filter((path) => /^dist\/.+\.ts\.map$/.test(path))
  const missing = maps.flatMap((path) => {
    const { sources } = JSON.parse(readFileSync(join(installed(), path), 'utf8')) as { sources: string[] }
    return sources
      .map((source) => join(path, '..', source))
      .filter((source) => !packed.files.includes(source))
  })
  expect(maps).not.toEqual([])
  expect(missing).toEqual([])
})

test('nothing in it is under a copyleft licence', () => {
  const tainted = packed.files
    .filter((path) => path !== 'package.json')
    .filter((path) =>
      /GNU (Affero |Lesser )?General Public|espeak/i.test(readFileSync(join(installed(), path), 'utf8')),
    )
  expect(tainted).toEqual([])
})

function installed(): string {
  return join(packed.project, 'node_modules/vivavoce')
}

test('the notices name the versions that are bundled', () => {
  const root = new URL('../../', import.meta.url)
  const notices = readFileSync(new URL('NOTICES.md', root), 'utf8')
  const rows = [...notices.matchAll(/^\| `(@?[^`]+)` \| ([\d.]+) \|/gm)]
  expect(rows.length).toBeGreaterThan(2)
  for (const [, name = '', version] of rows) {
    const manifest = readFileSync(new URL(`node_modules/${name}/package.json`, root), 'utf8')
    expect([name, (JSON.parse(manifest) as { version: string }).version]).toEqual([name, version])
  }
})
