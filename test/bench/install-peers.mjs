import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../../scripts/run.mjs'

const FOLDER = 'test/bench'

/**
 * Installs the peers that the bench measures against, if they are not there yet.
 * @returns {Promise<boolean>} whether they are there now.
 */
export async function installPeers() {
  if (isInstalled()) return true
  console.log('Installing the peers to measure against (npm ci in test/bench) …')
  const args = ['ci', '--prefix', FOLDER, '--no-audit', '--no-fund', '--loglevel=error']
  return (await run('npm', args)).ok
}

function isInstalled() {
  const installed = join(FOLDER, 'node_modules/.package-lock.json')
  if (!existsSync(installed)) return false
  const versions = packagesOf(installed)
  return Object.entries(packagesOf(join(FOLDER, 'package-lock.json'))).every(
    ([path, { version, optional }]) => path === '' || optional || versions[path]?.version === version,
  )
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages
}
