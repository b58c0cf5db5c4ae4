// The embedded store passes the contract, in memory and in a file.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { contract } from './contract.ts'

contract('SQLite, in memory', () => openSqliteStore(':memory:'))

describe('SQLite, in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-store-'))
  let files = 0
  after(() => {
    rmSync(folder, { recursive: true })
  })
  contract('SQLite, in a file', () => openSqliteStore(join(folder, `${String(files++)}.db`)))
})
