import { existsSync } from 'node:fs'
import process from 'node:process'
import { installFromDebian, onPath } from './programs.mjs'
import { stop } from './run.mjs'

const NAMES = ['firefox', 'firefox-esr']

/**
 * Finds Firefox, and PulseAudio, without which it has no audio where there is no device; or installs both
 * where that is easy. Gives the path of Firefox, or undefined: what needs it is left out then.
 */
export async function ensureFirefox() {
  const found = findFirefox()
  if (found) return found
  if (await installFromDebian('firefox-esr', 'pulseaudio')) return findFirefox()
  console.log('No Firefox with a PulseAudio here: what needs them is left out.')
}

function findFirefox() {
  const named = process.env.FIREFOX_PATH
  if (named && !existsSync(named)) stop(`FIREFOX_PATH is ${named}, and no such file exists.`)
  const candidates = named ? [named] : NAMES.flatMap(onPath)
  return onPath('pulseaudio').some(existsSync) ? candidates.find(existsSync) : undefined
}
