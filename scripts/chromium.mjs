import { existsSync } from 'node:fs'
import process from 'node:process'
import { installFromDebian, onPath } from './programs.mjs'
import { runTool, stop } from './run.mjs'

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

async function installChromium() {
  console.log('No Chromium found: installing one …')
  await runTool('playwright', ['install', 'chromium'])
  const installed = await findChromium()
  if (installed) return installed
  await installFromDebian('chromium')
  return (
    (await findChromium()) ??
    stop('The tests need Chromium: install it, or set CHROMIUM_PATH to the program of one, and run again.')
  )
}
