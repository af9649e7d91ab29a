/* The engine's Worker, with Gemini Live. */
import { gemini } from './makers.ts'
import { serveEngine } from './serve-engine.ts'

serveEngine(gemini)
