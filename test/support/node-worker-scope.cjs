// What a browser's Worker has, and a thread of Node's has not. Runs the script that it is sent.
// No module of the other kind: a thread takes twice as long to load those.
const process = require('node:process')
const { setImmediate: nextTurn } = require('node:timers/promises')
const { runInThisContext } = require('node:vm')
const { parentPort, workerData } = require('node:worker_threads')
const { WebSocket } = require('ws')

const { control, ahead, skewMs, frozen } = workerData

// A Worker's clock begins with it, where Node's has one for all threads. One that is frozen only passes.
const now = performance.now.bind(performance)
const { timeOrigin } = performance
Object.defineProperty(performance, 'timeOrigin', { value: timeOrigin + skewMs })
let passedMs = 0
performance.now = () => (frozen ? passedMs : now() - skewMs) + Atomics.load(ahead, 0)

const timers = new Map()
let timerCount = 0
function setTimer(run, ms, every) {
  const id = ++timerCount
  timers.set(id, {
    due: performance.now() + ms,
    fire() {
      if (every) this.due += ms
      else timers.delete(id)
      run()
    },
  })
  return id
}
function nextTimer(until) {
  const due = [...timers.values()].filter((timer) => timer.due <= until)
  return due.toSorted((one, other) => one.due - other.due)[0]
}

Object.assign(globalThis, {
  self: globalThis,
  WebSocket,
  postMessage: (message, transfer) => parentPort.postMessage(message, transfer),
  // What is running is finished first.
  close: () => setImmediate(() => process.exit()),
  // Node's own parts need its own timers: a Worker that fetches cannot be frozen.
  ...(frozen && {
    setTimeout: (run, ms = 0, ...args) => setTimer(() => run(...args), ms, false),
    setInterval: (run, ms, ...args) => setTimer(() => run(...args), ms, true),
    clearTimeout: (id) => timers.delete(id),
    clearInterval: (id) => timers.delete(id),
  }),
})

// A browser tells of both, and lets the Worker live.
process.on('uncaughtException', (error) => control.postMessage({ type: 'error', message: messageOf(error) }))
process.on('unhandledRejection', (error) => {
  control.postMessage({ type: 'rejection', message: error?.stack ?? messageOf(error) })
})

const tasks = {
  run({ prelude, source }) {
    if (prelude) runInThisContext(prelude, 'prelude.js')
    runInThisContext(source, 'worker.js')
    parentPort.on('message', (data) => globalThis.onmessage?.({ data }))
    parentPort.on('messageerror', (data) => globalThis.onmessageerror?.({ data }))
    // From now on it is the script that keeps the thread alive.
    control.unref()
  },
  // Whatever came before this, by whichever port, is handled two turns of the loop later.
  async settle({ id }) {
    await nextTurn()
    await nextTurn()
    control.postMessage({ type: 'settled', id })
  },
  async pass({ id, ms }) {
    const until = performance.now() + ms
    const wait = (due) => (passedMs += due - performance.now())
    for (let next = nextTimer(until); next; next = nextTimer(until)) {
      wait(next.due)
      next.fire()
      await nextTurn()
    }
    wait(until)
    await tasks.settle({ id })
  },
}
control.on('message', (task) => tasks[task.type](task))

function messageOf(error) {
  return error instanceof Error ? `Uncaught ${error}` : `Uncaught ${String(error)}`
}
