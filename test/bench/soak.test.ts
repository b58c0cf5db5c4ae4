// The soak in its short form: a minute and a half of mixed requests at a rate that any machine can take, after which
// memory, the cost of a request and the slow end are where they were. `npm run soak` takes half an hour.
// Beside the other tests, so that only what is far off fails.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const SOAK = join(import.meta.dirname, '../../bench/soak.ts')

describe('soak', () => {
  it('stays as it was', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      SOAK,
      ...['--minutes', '1.5', '--rate', '40', '--quick', '2000'],
    ])
    console.log(`      ${stdout.trim().split('\n').at(-1)!}`)
    assert.match(stdout, /: flat\n$/)
  }).timeout(600_000)
})
