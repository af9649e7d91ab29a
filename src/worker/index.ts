export type { EngineThread } from '../engine/engine-thread.ts'
export { engineWorker, type EngineWorker, type EngineWorkerOptions } from './engine-worker.ts'
