// Wrong settings: all of them named at once, at the start, and nothing made or opened.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SETTINGS } from '../../src/config.ts'
import { ieum } from '../cli/ieum.ts'

const WRONG: Readonly<Record<string, string>> = {
  PORT: '70000',
  HOST: '0.0.0.0',
  BASE_URL: 'hub.example.org/fhir',
  ISSUER: 'http://login.example.org',
  RATE_LIMIT: '0',
  SEED: 'all',
  LOG_LEVEL: 'loud',
  MAX_BODY_BYTES: '1e99',
  PAGE_SIZE: '-1',
  REFERENCES: 'yes',
  TIME_ZONE: 'Asia/Atlantis',
  MONGO_POOL_SIZE: 'many',
  WORKERS: '0.5',
  DRAIN_SECONDS: 'a while',
  SHUTDOWN_SECONDS: '',
}

describe('settings at the start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-settings-'))
  after(() => {
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'data', 'ieum.db')

  for (const command of ['serve', 'config'])
    it(`${command} names all that are wrong at once`, async () => {
      const { status, stderr } = await ieum([command], { ...WRONG, STORE_URL: `sqlite:${file}` })
      assert.equal(status, 1)
      const lines = stderr.trimEnd().split('\n')
      for (const [name, value] of Object.entries(WRONG)) {
        const said = lines.filter((line) => line.includes(name))
        // An empty one counts as not set.
        assert.equal(said.length, value === '' ? 0 : 1, `${name}: ${stderr}`)
      }
      assert.equal(lines.length, Object.keys(WRONG).length - 1)
      assert.doesNotMatch(stderr, /\.ts:\d/)
      assert.ok(!existsSync(join(folder, 'data')))
    })

  it('commands that open the store name them, too', async () => {
    for (const args of [
      ['backup', join(folder, 'x.db')],
      ['restore', join(folder, 'x.db')],
      ['purge', '--history-older-than', '5y'],
    ]) {
      const { status, stderr } = await ieum(args, { PORT: 'x', WORKERS: 'y' })
      assert.equal(status, 2)
      assert.match(stderr, /PORT must be/)
      assert.match(stderr, /WORKERS must be/)
    }
  })

  it('none of them is a setting that does not exist', () => {
    const known = new Set(SETTINGS.map(({ name }) => name))
    for (const name of Object.keys(WRONG)) assert.ok(known.has(name), name)
  })
})
