// `npm test`: runs mocha over test/**/*.test.ts (or the files given) in two processes that take a file each, each with a
// MongoDB of its own, and ends with the line `N passed, N failed`. MONGODB_TEST_URI names a server to use: then one does all.
// Must not hide what a test leaves open: a process that cannot end by itself is a failure, with what holds it named.
import { fork } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import Mocha from 'mocha'
import { startMongo } from './support/mongo.ts'

type Done = { readonly passed: number; readonly failed: number }

/** Milliseconds that open handles have after the last test. */
const GRACE_MS = 10_000

/** The long ones first, so that none of them is left for the end. */
const LONG = [
  'test/store/mongo.test.ts',
  'test/http-search/agreement.test.ts',
  'test/job/upkeep.test.ts',
  'test/hostile/size.test.ts',
  'test/interaction/transaction.test.ts',
]

if (process.send === undefined) process.exit(await lead(process.argv.slice(2)))
else follow()

/** Hand out the files, show what each run said when it is over, and add up: the exit status. */
async function lead(given: readonly string[]): Promise<number> {
  const all = given.length > 0 ? [...given] : globSync('test/**/*.test.ts').sort()
  const files = [...LONG.filter((f) => all.includes(f)), ...all.filter((f) => !LONG.includes(f))]
  // Some suites end all sessions of their server, which nobody else may have.
  const count = process.env.MONGODB_TEST_URI ? 1 : Math.min(2, availableParallelism(), files.length)
  const servers = []
  for (let i = 0; i < count; i++) servers.push(await startMongo())
  console.log(`MongoDB for the tests: ${servers[0]?.kind ?? 'none'}\n`)
  let passed = 0
  let failed = 0

  const runner = (uri: string): Promise<void> =>
    new Promise((ended) => {
      const env = { ...process.env, MONGODB_TEST_URI: uri }
      const child = fork(fileURLToPath(import.meta.url), { env, silent: true })
      let said = ''
      let isIdle = false
      const next = (): void => {
        const file = files.shift()
        isIdle = file === undefined
        if (file === undefined) child.disconnect()
        else child.send(resolve(file))
      }
      const show = (): void => {
        process.stdout.write(said)
        said = ''
      }
      child.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()))
      child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()))
      child.on('message', (done: Done) => {
        passed += done.passed
        failed += done.failed
        // What was written before the message may still be on its way.
        setTimeout(show, 50)
        next()
      })
      child.on('exit', (code) => {
        show()
        if (code !== 0 || !isIdle) {
          failed++
          console.error(
            `A test process ended with status ${String(code)}${isIdle ? '' : ' in the middle of a file'}`,
          )
        }
        ended()
      })
      next()
    })

  await Promise.all(servers.map(({ uri }) => runner(uri)))
  for (const server of servers) await server.stop()
  if (files.length > 0) {
    failed++
    console.error(`Not run: ${files.join(', ')}`)
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed > 0 || passed === 0 ? 1 : 0
}

/** Run the files that are sent, one after the other. */
function follow(): void {
  process.on('message', (file: string) => {
    void run(file).then((done) => process.send?.(done))
  })
  process.on('disconnect', () => {
    // Fires only when something still keeps the process alive.
    setTimeout(() => {
      console.error(`The tests left open: ${process.getActiveResourcesInfo().join(', ')}`)
      process.exit(1)
    }, GRACE_MS).unref()
  })
}

async function run(file: string): Promise<Done> {
  const mocha = new Mocha({
    timeout: 20_000,
    reporter: process.env.MOCHA_REPORTER ?? 'spec',
    forbidOnly: process.env.CI === 'true',
  })
  mocha.addFile(file)
  let passed = 0
  let failed = 0
  try {
    await mocha.loadFilesAsync()
    await new Promise<void>((done) => {
      const runner = mocha.run(() => done())
      runner.on('pass', () => passed++)
      runner.on('fail', () => failed++)
    })
  } catch (error) {
    failed++
    console.error(error)
  }
  return { passed, failed }
}
