// `npm test`: runs mocha over test/**/*.test.ts (or the files given) in two processes that take a file each, each with a
// MongoDB of its own, and ends with what failed and the line `N passed, N failed`. MONGODB_TEST_URI names a server to use:
// then one does all. Files that failed are run a second time, alone, since some tests measure time; the log names them.
// Must not hide what a test leaves open: a process that cannot end by itself is a failure, with what holds it named.
import { fork } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import Mocha from 'mocha'
import { startMongo } from './support/mongo.ts'

/** What a file, or several, came to: `failures` says for each what failed and why. */
type Done = { readonly passed: number; readonly failures: readonly string[]; readonly ms: number }

/** Milliseconds that open handles have after the last test. */
const GRACE_MS = 10_000

/** As many files get a second run; when more of them fail, it is not the machine. */
const SECOND_RUNS = 3

/** As many files are named with the time that they took. */
const SLOWEST = 15

/** The long ones first, so that none of them is left for the end. */
const LONG = [
  'test/store/mongo.test.ts',
  'test/http-search/agreement.test.ts',
  'test/job/upkeep.test.ts',
  'test/hostile/size.test.ts',
  'test/interaction/transaction.test.ts',
]

/** Servers and commands that tests start have each a folder of their own; what is the same in all is made once. */
const CACHE = resolve('.cache/made')

/** Mostly waits, so that it has a process of its own beside those of the others. It needs no MongoDB. */
const BESIDE = 'test/bench/soak.test.ts'

if (process.send === undefined) process.exit(await lead(process.argv.slice(2)))
else follow()

/** Run the files, those that failed once more, and say what it came to: the exit status. */
async function lead(given: readonly string[]): Promise<number> {
  const all = given.length > 0 ? given : globSync('test/**/*.test.ts').sort()
  const others = all.filter((f) => !LONG.includes(f) && f !== BESIDE)
  const files = [...LONG.filter((f) => all.includes(f)), ...others]
  // The crash suite ends all sessions of a server that it can name none of.
  const count = process.env.MONGODB_TEST_URI ? 1 : Math.min(2, availableParallelism(), files.length)
  const servers = []
  for (let i = 0; i < count; i++) servers.push(await startMongo())
  console.log(`MongoDB for the tests: ${servers[0]?.kind ?? 'none'}\n`)
  const uris = servers.map(({ uri }) => uri)

  const beside = all.includes(BESIDE) ? runAll([BESIDE], ['']) : []
  const results = new Map([...(await runAll(files, uris)), ...(await beside)])
  const failed = [...results].filter(([, { failures }]) => failures.length > 0)
  if (failed.length > 0 && failed.length <= SECOND_RUNS) {
    const again = failed.map(([file]) => file)
    console.log(`A second run, alone: ${again.join(', ')}\n`)
    for (const [file, done] of await runAll(again, [uris[0] ?? ''])) results.set(file, done)
  }
  for (const server of servers) await server.stop()

  // Once more at the end, where the log of a long run is read first.
  for (const [file, { failures }] of failed) {
    const isUnsteady = results.get(file)!.failures.length === 0
    for (const failure of failures)
      console.log(`${isUnsteady ? 'FAILED AT FIRST' : 'FAILED'} ${file}: ${failure}\n`)
  }
  const slowest = [...results].sort(([, a], [, b]) => b.ms - a.ms).slice(0, SLOWEST)
  for (const [file, { ms }] of slowest)
    console.log(`${(ms / 1000).toFixed(1).padStart(6)} s  ${file}`)
  const sums = [...results.values()]
  const passes = sums.reduce((sum, { passed }) => sum + passed, 0)
  const failures = sums.reduce((sum, done) => sum + done.failures.length, 0)
  console.log(`${passes} passed, ${failures} failed`)
  return failures > 0 || passes === 0 ? 1 : 0
}

/** Hand out the files to a process for each server, and show what each file said when it is over. */
async function runAll(
  files: readonly string[],
  uris: readonly string[],
): Promise<Map<string, Done>> {
  const waiting = [...files]
  const results = new Map<string, Done>()

  const runner = (uri: string): Promise<void> =>
    new Promise((ended) => {
      const env = { ...process.env, MONGODB_TEST_URI: uri, CACHE }
      const child = fork(fileURLToPath(import.meta.url), { env, silent: true })
      let said = ''
      let last = ''
      let isIdle = false
      const next = (): void => {
        const file = waiting.shift()
        isIdle = file === undefined
        if (file === undefined) return child.disconnect()
        last = file
        child.send(resolve(file))
      }
      const show = (): void => {
        process.stdout.write(said)
        said = ''
      }
      child.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()))
      child.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()))
      child.on('message', (done: Done) => {
        results.set(last, done)
        // What was written before the message may still be on its way.
        setTimeout(show, 50)
        next()
      })
      child.on('exit', (code) => {
        show()
        if (code !== 0 || !isIdle) {
          const failure = `the process ended with status ${String(code)}${isIdle ? '' : ' in the middle of it'}`
          const { passed, failures, ms } = results.get(last) ?? { passed: 0, failures: [], ms: 0 }
          results.set(last, { passed, failures: [...failures, failure], ms })
        }
        ended()
      })
      next()
    })

  await Promise.all(uris.map(runner))
  for (const file of waiting) results.set(file, { passed: 0, failures: ['was not run'], ms: 0 })
  return results
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
    // Ends what hangs; on a machine that is busy everything takes many times as long as it needs.
    timeout: 60_000,
    reporter: process.env.MOCHA_REPORTER ?? 'spec',
    forbidOnly: process.env.CI === 'true',
  })
  mocha.addFile(file)
  let passed = 0
  const failures: string[] = []
  const start = performance.now()
  const note = (what: string, error: unknown): void => {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
    failures.push(`${what}\n${why.replaceAll(resolve('.') + '/', '')}`)
  }
  try {
    await mocha.loadFilesAsync()
    await new Promise<void>((done) => {
      const runner = mocha.run(() => done())
      runner.on('pass', () => passed++)
      runner.on('fail', (test, error) => note(test.fullTitle(), error))
    })
  } catch (error) {
    note('could not be loaded', error)
    console.error(error)
  }
  return { passed, failures, ms: performance.now() - start }
}
