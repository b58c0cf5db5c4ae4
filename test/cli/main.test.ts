import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { ieum } from './ieum.ts'

describe('ieum', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    )
    assert.deepEqual(await ieum(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('prints help that names each command', async () => {
    for (const word of ['help', '--help', '-h']) {
      const { status, stdout, stderr } = await ieum([word])
      assert.equal(status, 0)
      assert.equal(stderr, '')
      for (const command of ['serve', 'load', 'config'])
        assert.match(stdout, new RegExp(`^  ${command}`, 'm'))
    }
  })

  it('refuses a command that is none, also one that every object has', async () => {
    for (const name of ['lode', 'constructor']) {
      const { status, stdout, stderr } = await ieum([name])
      assert.equal(status, 2)
      assert.equal(stdout, '')
      assert.match(stderr, new RegExp(`There is no command "${name}"`))
      assert.match(stderr, /Usage: ieum COMMAND/)
    }
  })

  it('prints the usage and fails without a command', async () => {
    const { status, stderr } = await ieum([])
    assert.equal(status, 2)
    assert.match(stderr, /^Usage: ieum COMMAND/)
  })
})
