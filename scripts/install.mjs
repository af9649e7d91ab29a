import { existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import { run, stop } from './run.mjs'

/** Installs what the lock file asks for, if it is not there yet. Needs nothing but Node. */
export async function ensureInstalled() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    stop(`Node ${process.versions.node} is too old: this repository needs Node 20.19 or newer.`)
  }
  if (isInstalled()) return
  console.log('Installing packages (npm ci) …')
  const { ok } = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (!ok) stop('npm ci failed: see above. Is the npm registry within reach?')
}

// By content, not by date: a checkout touches the lock file without changing it.
function isInstalled() {
  if (!existsSync('node_modules/.package-lock.json')) return false
  const wanted = packagesOf('package-lock.json')
  const installed = packagesOf('node_modules/.package-lock.json')
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (installed[path] ? installed[path].version === version : optional === true),
  )
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages
}
