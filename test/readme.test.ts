import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServer, type Serving } from '../src/cli/serve.ts'
import { readConfig } from '../src/config.ts'
import { seedDemo } from '../src/job/seed.ts'
import { createLog } from '../src/log.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const ORIGIN = 'http://127.0.0.1:3000'

/** Commands of the tour, each with the output that the README shows. */
const steps = [...README.matchAll(/```sh\n([^]*?)```\n(?:\n```text\n([^]*?)```\n)?/g)].map(
  ([, command = '', output = '']) => ({ command, output }),
)

/** Ids that the server chose are different each time. */
const withoutIds = (text: string): string => text.replace(/\b[0-9a-z]{20}\b/g, 'ID')

describe('the tour of the README', () => {
  let server: Serving
  before(async () => {
    const config = readConfig({ PORT: '0', STORE_URL: 'sqlite::memory:', LOG_LEVEL: 'silent' })
    server = await startServer(config, createLog('silent'), {
      prepare: async (context) => {
        await seedDemo(context)
      },
    })
  })
  after(() => server.close())

  it('has its steps', () => assert.ok(steps.length > 10))

  for (const { command, output } of steps)
    it(`shows what really happens: ${command.trim().split('\n')[0]?.slice(0, 70)}`, async () => {
      const script = `B=${ORIGIN}/fhir\n${command}`.replaceAll(ORIGIN, server.origin)
      const env = { ...process.env, STORE_URL: 'sqlite::memory:' }
      const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], {
        cwd: ROOT,
        env,
      })
      assert.equal(stderr, '')
      const real = stdout.replaceAll('\r', '').replaceAll(server.origin, ORIGIN)
      assert.equal(withoutIds(real.trimEnd()), withoutIds(output.trimEnd()))
    })
})
