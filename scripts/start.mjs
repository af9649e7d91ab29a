// `npm start -- [options of Vite]`: serves the demo.
import './run.mjs'
import { ensureInstalled } from './install.mjs'

await ensureInstalled()
// In this process, so that whoever stops it stops the server.
await import('../node_modules/vite/bin/vite.js')
