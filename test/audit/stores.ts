// Both stores for tests of the log, with a way to change what they keep behind their back, as an attacker would.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'
import { openMongoStore } from '../../src/store/mongo/store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import type { KeptHead, Sealed } from '../../src/store/trail.ts'
import { databaseUrl, startMongo } from '../support/mongo.ts'

/** What an attacker with the database can do. */
export type Attack = {
  /** Put these in the place of all entries. */
  entries(entries: readonly Sealed[]): Promise<void>
  heads(heads: readonly KeptHead[]): Promise<void>
  /** Change the text of an AuditEvent, or give it another id. */
  event(id: string, text: string, newId?: string): Promise<void>
}

export type Attacked = {
  readonly store: Store
  readonly url: string
  readonly attack: Attack
  close(): Promise<void>
}

export const STORES: readonly (readonly [name: string, open: () => Promise<Attacked>])[] = [
  ['SQLite', openSqlite],
  ['MongoDB', openMongo],
]

async function openSqlite(): Promise<Attacked> {
  const folder = mkdtempSync(join(tmpdir(), 'ieum-audit-'))
  const file = join(folder, 'ieum.db')
  const store = await openSqliteStore(file)
  const db = new DatabaseSync(file)
  return {
    store,
    url: `sqlite:${file}`,
    attack: {
      entries: async (entries) => {
        db.exec('delete from trail')
        for (const { chain, number, hash, text } of entries)
          db.prepare(
            'insert into trail (chain, number, hash, text, made) values (?, ?, ?, ?, 1)',
          ).run(chain, number, hash, text)
      },
      heads: async (heads) => {
        db.exec('delete from head')
        for (const { chain, number, text } of heads)
          db.prepare('insert into head (chain, number, text) values (?, ?, ?)').run(
            chain,
            number,
            text,
          )
      },
      event: async (id, text, newId = id) => {
        db.prepare('update resource set text = ?, id = ? where id = ?').run(text, newId, id)
      },
    },
    close: async () => {
      db.close()
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

let count = 0

async function openMongo(): Promise<Attacked> {
  const mongo = await startMongo()
  const url = databaseUrl(mongo.uri, `ieum_audit_${process.pid}_${++count}`)
  const store = await openMongoStore(url, { timeoutMs: 60_000 })
  const client = new MongoClient(url)
  const db = client.db()
  const keyed = <T extends { chain: string; number: number }>(one: T) => ({
    _id: `${one.chain}/${String(one.number).padStart(12, '0')}` as never,
    ...one,
  })
  return {
    store,
    url,
    attack: {
      entries: async (entries) => {
        await db.collection('trail').deleteMany({})
        await db.collection('trail').insertMany(entries.map(keyed))
      },
      heads: async (heads) => {
        await db.collection('head').deleteMany({})
        if (heads.length > 0) await db.collection('head').insertMany(heads.map(keyed))
      },
      event: async (id, text, newId = id) => {
        const _id = `AuditEvent/${id}` as never
        const found = (await db.collection('resource').findOne({ _id }))!
        await db.collection('resource').deleteOne({ _id })
        const changed = { ...found, _id: `AuditEvent/${newId}` as never, id: newId, text }
        await db.collection('resource').insertOne(changed)
      },
    },
    close: async () => {
      await db.dropDatabase()
      await client.close()
      await store.close()
      await mongo.stop()
    },
  }
}
