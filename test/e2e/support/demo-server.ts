import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, preview } from 'vite'

/** The demo page on a server of its own. */
export interface DemoServer {
  readonly origin: string
  close(): Promise<void>
}

/** Bundles the demo and serves it: from its sources a page is some 200 files, which takes it seconds to load. */
export async function serveDemo(port: number): Promise<DemoServer> {
  const outDir = await mkdtemp(join(tmpdir(), 'vivavoce-demo-'))
  const shared = { configFile: 'vite.config.ts', logLevel: 'silent' } as const
  await build({
    ...shared,
    build: {
      lib: false,
      outDir,
      emptyOutDir: true,
      sourcemap: false,
      rolldownOptions: { input: 'index.html' },
    },
  })
  const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port } })
  return {
    origin: new URL(server.resolvedUrls?.local[0] ?? '').origin,
    async close() {
      await server.close()
      await rm(outDir, { recursive: true })
    },
  }
}
