import { defineConfig } from 'vite'
import { demoServer } from './demo/dev-server.ts'
import { entryPoints } from './scripts/entry-points.ts'
import { worklets } from './scripts/worklet-plugin.ts'

/** `vite` serves the demo, `vite build` builds the library. */
export default defineConfig({
  plugins: [worklets(['src/worker/inside/engine.worker.ts']), demoServer()],
  // Known from the start: found by a page, they would make Vite load it once more.
  optimizeDeps: { include: ['@smithy/eventstream-codec', '@smithy/signature-v4'] },
  build: {
    target: 'es2022',
    // Readable for who debugs into it; the user's own build minifies.
    minify: false,
    sourcemap: true,
    copyPublicDir: false,
    lib: {
      entry: Object.fromEntries(entryPoints().map(({ name, source }) => [name, source])),
      formats: ['es'],
    },
    rolldownOptions: { output: { chunkFileNames: 'chunks/[name].js', minifyInternalExports: false } },
  },
})
