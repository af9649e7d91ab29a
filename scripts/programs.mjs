import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { run } from './run.mjs'

/** Where a program would be, in each folder of the PATH. */
export function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
}

/** Installs packages of Debian's, where this is a Debian that lets us. Gives whether they are there now. */
export async function installFromDebian(...packages) {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = async (...args) => (await run('apt-get', ['-qq', ...args], { quiet: true, env })).ok
  await apt('update')
  return apt('install', '-y', '--no-install-recommends', ...packages)
}
