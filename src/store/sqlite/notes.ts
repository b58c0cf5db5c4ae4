// Leases and notes of an embedded store.
// Must not outlast its turn: whoever gives the connection says when it may be used.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { NOTES_AT_A_TIME, type Note, type NoteChange, type Notes } from '../indexing.ts'
import type { Leases } from '../upkeep.ts'

/** Carries out work when the connection is free for it. */
export type Turn = <T>(work: () => T) => Promise<T>

export const leasesOf = (db: DatabaseSync, turn: Turn): Leases => ({
  take: (...asked) => turn(() => take(db, ...asked)),
  release: (name, owner) =>
    turn(() => void db.prepare('delete from lease where name = ? and owner = ?').run(name, owner)),
  holder: (name) =>
    turn(() => {
      const row = db.prepare('select owner, until from lease where name = ?').get(name)
      return row && { owner: row.owner as string, until: row.until as number }
    }),
})

function take(db: DatabaseSync, ...[name, owner, until, now]: Parameters<Leases['take']>): boolean {
  const { changes } = db
    .prepare(
      `insert into lease (name, owner, until) values (?, ?, ?)
        on conflict (name) do update set owner = excluded.owner, until = excluded.until
        where lease.owner = excluded.owner or lease.until <= ?`,
    )
    .run(name, owner, until, now)
  return Number(changes) > 0
}

/** @param look the same for what only reads, which need not wait for who writes */
export function notesOf(db: DatabaseSync, turn: Turn, look = turn): Notes {
  // Asked for by each request that comes with a token.
  let reading: StatementSync | undefined
  const read = (name: string): string | undefined =>
    (reading ??= db.prepare('select text from note where name = ?')).get(name)?.text as
      string | undefined
  return {
    read: (name) => look(() => read(name)),
    write: (name, text) => turn(() => write(db, [{ name, text }])),
    writeAll: (notes) =>
      turn(() => {
        db.exec('begin immediate')
        try {
          write(db, notes)
          db.exec('commit')
        } catch (error) {
          if (db.isTransaction) db.exec('rollback')
          throw error
        }
      }),
    writeOnce: (name, text) =>
      turn(() => {
        db.prepare('insert or ignore into note (name, text) values (?, ?)').run(name, text)
        return read(name)!
      }),
    list: (prefix, after = '') =>
      look(
        () =>
          db
            .prepare(
              `select name, text from note where name >= ? and name < ? and name > ?
              order by name limit ${NOTES_AT_A_TIME}`,
            )
            .all(prefix, `${prefix}\u{10ffff}`, after) as Note[],
      ),
  }
}

function write(db: DatabaseSync, notes: readonly NoteChange[]): void {
  const put = db.prepare('insert or replace into note (name, text) values (?, ?)')
  for (const { name, text } of notes)
    if (text === undefined) db.prepare('delete from note where name = ?').run(name)
    else put.run(name, text)
}
