import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { SETTINGS } from '../../src/config.ts'
import { ieum } from './ieum.ts'

describe('ieum config', () => {
  it('prints every setting in force and masks what is secret', async () => {
    const { status, stdout, stderr } = await ieum(['config'], {
      PORT: '4001',
      STORE_URL: 'mongodb://clinic:s3cret@db.example.org/ieum',
    })
    assert.equal(stderr, '')
    assert.equal(status, 0)
    const lines = stdout.trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line) => line.slice(0, line.indexOf('='))),
      SETTINGS.map((s) => s.name),
    )
    assert.ok(lines.includes('PORT=4001'))
    assert.ok(lines.includes('STORE_URL=mongodb://***@db.example.org/ieum'))
    assert.ok(!stdout.includes('s3cret'))
  })

  it('lists all that is wrong at once and fails', async () => {
    const { status, stderr } = await ieum(['config'], { PORT: 'x', SEED: 'all', HOST: '0.0.0.0' })
    assert.equal(status, 1)
    const lines = stderr.trimEnd().split('\n')
    assert.equal(lines.length, 3)
    for (const name of ['PORT', 'SEED', 'AUTH=open'])
      assert.ok(
        lines.some((line) => line.startsWith(name)),
        name,
      )
  })

  it('takes no arguments', async () => {
    assert.equal((await ieum(['config', 'x'])).status, 2)
  })
})

describe('.env.example', () => {
  it('has every setting with its default and its line, and no other', () => {
    const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
    const blocks = text
      .trimEnd()
      .split('\n\n')
      .slice(1)
      .map((block) => block.split('\n'))
    assert.deepEqual(
      blocks,
      SETTINGS.map((s) => [`# ${s.about}`, `${s.name}=${s.fallback}`]),
    )
  })
})
