import { spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** The repository. Every script runs there, wherever it was called from. */
export const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

// Stopping `npm start` stops the shell between npm and the script, and would leave the script running.
const parent = process.ppid
setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGTERM'), 500).unref()

const onWindows = process.platform === 'win32'

/**
 * Runs a program to its end, in full view or, with `quiet`, keeping what it prints.
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function run(command, args, { quiet = false, env = process.env } = {}) {
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit'
  const child = spawn(command, args, { stdio, env, shell: onWindows })
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  // A script that is stopped must not leave a test run or a browser behind.
  let stopped = false
  const forward = (signal) => {
    stopped = true
    child.kill(signal)
  }
  process.on('SIGTERM', forward).on('SIGINT', forward)
  return new Promise((resolve) => {
    const settle = (ok, reason = '') => {
      process.off('SIGTERM', forward).off('SIGINT', forward)
      if (stopped) process.exit(1)
      resolve({ ok, output: output + reason })
    }
    child.on('error', (error) => settle(false, error.message))
    child.on('close', (code) => settle(code === 0))
  })
}

/** Runs the program of an installed package. */
export function runTool(name, args, options) {
  return run(join('node_modules', '.bin', name), args, options)
}

/** Ends the script with a sentence that says what to do. */
export function stop(message) {
  console.error(message)
  process.exit(1)
}
