import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import type { PeerMeasurement } from './figure.ts'

/** What a page of a peer's users would import. */
interface PeerEntry {
  readonly name: string
  readonly imports: readonly string[]
}

const ENTRIES: readonly PeerEntry[] = [
  {
    name: '@openai/agents-realtime',
    imports: ["{ RealtimeAgent, RealtimeSession } from '@openai/agents-realtime'"],
  },
  {
    name: '@ai-sdk/react with @ai-sdk/openai',
    imports: ["{ experimental_useRealtime } from '@ai-sdk/react'", "{ openai } from '@ai-sdk/openai'"],
  },
  { name: '@elevenlabs/client', imports: ["{ Conversation } from '@elevenlabs/client'"] },
  {
    name: '@tanstack/ai-client with ai-gemini',
    imports: [
      "{ RealtimeClient } from '@tanstack/ai-client'",
      "{ geminiRealtime } from '@tanstack/ai-gemini'",
    ],
  },
  { name: 'agents', imports: ["{ VoiceClient } from 'agents/voice/client'"] },
  { name: 'wavtools', imports: ["{ WavRecorder, WavStreamPlayer } from 'wavtools'"] },
]

/** The weight of each peer's entry at once in a page: as ours, minified, `gzip -9`, in kB of 1000 bytes. */
export async function peerSizes(root: string): Promise<PeerMeasurement[]> {
  return Promise.all(ENTRIES.map(async ({ name, imports }) => ({ name, value: await gzipKb(root, imports) })))
}

// The settings of scripts/bundle-size.ts, but for React, which its users have already.
async function gzipKb(root: string, imports: readonly string[]): Promise<number> {
  const folder = join(root, 'test/bench')
  const { outputFiles, metafile } = await build({
    absWorkingDir: folder,
    stdin: { contents: imports.map((imported) => `export ${imported}`).join('\n'), resolveDir: folder },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['react', 'react-dom'],
    outdir: 'out',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const atOnce = loadedAtOnce(metafile)
  const files = outputFiles.filter(({ path }) => atOnce.has(relative(folder, path)))
  return files.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0) / 1000
}

/** The entry and what it imports, but for what it may load later. */
function loadedAtOnce({ outputs }: Metafile): Set<string> {
  const files = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === '<stdin>'))
  for (const file of files) {
    for (const { path, kind } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement') files.add(path)
    }
  }
  return files
}
