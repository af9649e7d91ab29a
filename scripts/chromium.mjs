import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { run, runTool, stop } from './run.mjs'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Finds a Chromium, or installs one. Gives the path of its program. */
export async function ensureChromium() {
  return (await findChromium()) ?? (await installChromium())
}

async function findChromium() {
  const named = process.env.CHROMIUM_PATH
  if (named) return existsSync(named) ? named : stop(`CHROMIUM_PATH is ${named}, and no such file exists.`)
  const { chromium } = await import('playwright')
  const candidates = [chromium.executablePath(), ...NAMES.flatMap(onPath)]
  return candidates.find((path) => existsSync(path))
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
}

async function installChromium() {
  console.log('No Chromium found: installing one …')
  await runTool('playwright', ['install', 'chromium'])
  const installed = await findChromium()
  if (installed) return installed
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    await run('apt-get', ['update'])
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'])
  }
  return (
    (await findChromium()) ??
    stop('The tests need Chromium: install it, or set CHROMIUM_PATH to the program of one, and run again.')
  )
}
