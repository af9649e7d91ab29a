/* What a page loads when it first takes the conversation into its own hands. */
export { enter, setAgent } from './agent-change.ts'
export { encode } from './encode.ts'
export { changeModel } from './model-change.ts'
export { bid, generateReply, say } from './speech.ts'
