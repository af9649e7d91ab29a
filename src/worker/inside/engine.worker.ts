/* The engine's Worker, with every model: one file for a site that serves it itself. */
import { gemini, novaSonic, openai } from './makers.ts'
import { serveEngine } from './serve-engine.ts'

serveEngine({ ...openai, ...gemini, ...novaSonic })
