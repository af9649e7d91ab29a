import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const IDLE_SECONDS = 60

/** A PulseAudio of our own, whose only device plays into nothing. */
export interface NullSink {
  /** What a program has to have in its environment to play there, and not to the user. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Starts one, with its files in `folder`. */
export async function openNullSink(folder: string): Promise<NullSink> {
  const socket = join(folder, 'sink.socket')
  const env = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: folder }
  const modules = ['module-null-sink', `module-native-protocol-unix socket=${socket} auth-anonymous=1`]
  const child = spawn(
    'pulseaudio',
    [
      '-n',
      '--daemonize=no',
      '--use-pid-file=no',
      '--disable-shm',
      '--fail=yes',
      // It also ends when nobody is left to end it.
      `--exit-idle-time=${IDLE_SECONDS}`,
      ...modules.flatMap((module) => ['--load', module]),
    ],
    // To root it complains, however well it runs.
    { stdio: 'ignore', env: { ...process.env, ...env } },
  )
  const ended = once(child, 'exit')
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error('PulseAudio did not start.')
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 10))])
  }
  return {
    env: { ...env, PULSE_SERVER: `unix:${socket}` },
    async close() {
      child.kill()
      await ended
    },
  }
}
