/* The engine's Worker, with OpenAI's models. */
import { openai } from './makers.ts'
import { serveEngine } from './serve-engine.ts'

serveEngine(openai)
