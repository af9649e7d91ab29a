// The engine's Worker, for a site that has it in a file, and that can be made to fail.
importScripts('/dist/worklets/engine.js')
const throws = () => {
  throw new Error('The Worker is to crash.')
}
new BroadcastChannel('crash').onmessage = ({ data }) => (data === 'end' ? close() : throws())
