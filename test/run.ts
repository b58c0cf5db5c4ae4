// `npm test`: starts one MongoDB for all suites, runs mocha over test/**/*.test.ts (or the files given), and ends
// with the line `N passed, N failed`. MONGODB_TEST_URI, when set, names a server to use instead.
// Must not hide what a test leaves open: a process that cannot end by itself is a failure, with what holds it named.
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import Mocha from 'mocha'
import { startMongo } from './support/mongo.ts'

/** Milliseconds that open handles have after the last test. */
const GRACE_MS = 10_000

const given = process.argv.slice(2)
const files = (given.length > 0 ? given : globSync('test/**/*.test.ts').sort()).map((f) =>
  resolve(f),
)

const mongo = await startMongo()
process.env.MONGODB_TEST_URI = mongo.uri

const mocha = new Mocha({
  timeout: 20_000,
  reporter: process.env.MOCHA_REPORTER ?? 'spec',
  forbidOnly: process.env.CI === 'true',
})
for (const file of files) mocha.addFile(file)

let passed = 0
let failed = 0
process.on('exit', () => console.log(`${passed} passed, ${failed} failed`))
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
} finally {
  await mongo.stop()
}
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

// Fires only when something still keeps the process alive.
setTimeout(() => {
  failed++
  console.error(`The tests left open: ${process.getActiveResourcesInfo().join(', ')}`)
  process.exit(1)
}, GRACE_MS).unref()
