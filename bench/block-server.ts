// A server in a thread of its own that says how much CPU time its longest turn took: what a read would have waited for.
// https://nodejs.org/api/process.html#processthreadcpuusagepreviousvalue
// Must not be told by wall time, which depends on who else uses the machine.
import { parentPort, workerData } from 'node:worker_threads'
import { readConfig } from '../src/config.ts'
import { startServer } from '../src/cli/serve.ts'
import { createLog } from '../src/log.ts'

const serving = await startServer(
  readConfig({ PORT: '0', SEED: 'none', LOG_LEVEL: 'silent', ...(workerData as object) }),
  createLog('silent'),
)
let longest = 0
let watching = false
let last = process.threadCpuUsage()

/** Once in each turn of the event loop; it is awake all the time, so that none is missed. */
function turn(): void {
  const { user, system } = process.threadCpuUsage(last)
  longest = Math.max(longest, (user + system) / 1000)
  last = process.threadCpuUsage()
  if (watching) setImmediate(turn)
}

parentPort!.on('message', (message: 'watch' | 'look' | 'close') => {
  if (message === 'close') {
    void serving.close().then(() => parentPort!.close())
  } else if (message === 'watch') {
    longest = 0
    watching = true
    last = process.threadCpuUsage()
    setImmediate(turn)
    parentPort!.postMessage(0)
  } else {
    watching = false
    parentPort!.postMessage(longest)
  }
})
parentPort!.postMessage(`${serving.origin}/fhir`)
