/* The engine's Worker, with Amazon Nova 2 Sonic. */
import { novaSonic } from './makers.ts'
import { serveEngine } from './serve-engine.ts'

serveEngine(novaSonic)
