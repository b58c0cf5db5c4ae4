// Tables of the embedded store and the steps from one schema version to the next.
// The layout and its reasons: docs/adr/0001-embedded-store.md
// Must not change a step that was released: add one.
import type { DatabaseSync } from 'node:sqlite'
import { RELEASE } from '../../release.ts'
import { checksum } from '../checksum.ts'

/** Says in the head of a file that it is a store of ours ("Ieum"), https://www.sqlite.org/fileformat2.html#application_id */
const APPLICATION = 0x4965756d

/**
 * `seq` orders all versions: milliseconds since 1970 × 2048 + a counter, strictly growing.
 * `state`: 0 only referred to so far, 1 here, 2 deleted. `kinds`: bits of the entry tables that hold something.
 * Entries of a resource lie together (primary key) for tests and updates; one index on the value finds them.
 * `full_text`: a row of tokens (words.ts) for each resource that has text, under its primary key; `hash`: their checksum.
 * `trail`: the journal of the log (store/trail.ts), `made`: whether it was told to be; `head`: what was signed of it.
 * `full_text_mark`: one row; what has a later `seq` is not in the full text yet (full-text.ts).
 * `hash`: checksum of the text. `release`: which release of the program made each schema version.
 */
export const STEPS: readonly string[] = [
  `
  create table type (id integer primary key, name text not null unique);
  create table path (id integer primary key, name text not null unique);
  create table system (id integer primary key, uri text not null unique);
  create table unit (id integer primary key, system text not null, code text not null, unit text not null,
    unique (code, system, unit));

  create table resource (
    pk integer primary key, type integer not null, state integer not null, version integer not null,
    seq integer, method integer, kinds integer not null default 0, id text not null, text text);
  create unique index resource_id on resource (type, id);
  create index resource_type on resource (type, state, seq);
  create index resource_seq on resource (seq) where seq is not null;

  create table history (
    seq integer primary key, type integer not null, pk integer not null, version integer not null,
    method integer not null, text text);
  create unique index history_version on history (pk, version);
  create index history_type on history (type, seq);

  create table token (pk integer, path integer, code text, system integer, grp integer,
    primary key (pk, path, code, system, grp)) without rowid;
  create index token_value on token (path, code, system, pk);

  create table string (pk integer, path integer, n integer, value text, exact text, grp integer,
    primary key (pk, path, n)) without rowid;
  create index string_value on string (path, value, pk);

  create table date (pk integer, path integer, low integer, high integer, grp integer,
    primary key (pk, path, low, high, grp)) without rowid;
  create index date_low on date (path, low, pk);
  create index date_long on date (path, high) where high - low > 86400000;

  create table number (pk integer, path integer, low real, high real, grp integer,
    primary key (pk, path, low, high, grp)) without rowid;
  create index number_low on number (path, low, pk);
  create index number_wide on number (path, high) where high <> low;

  create table quantity (pk integer, path integer, low real, high real, unit integer, grp integer,
    primary key (pk, path, low, high, unit, grp)) without rowid;
  create index quantity_low on quantity (path, low, pk);
  create index quantity_wide on quantity (path, high) where high <> low;

  create table reference (pk integer, path integer, target integer, grp integer,
    primary key (pk, path, target, grp)) without rowid;
  create index reference_target on reference (target, path, pk);

  create table uri (pk integer, path integer, value text, grp integer,
    primary key (pk, path, value, grp)) without rowid;
  create index uri_value on uri (path, value, pk);
  `,
  `
  alter table resource add column hash integer;
  alter table history add column hash integer;
  update resource set hash = checksum(text) where text is not null;
  update history set hash = checksum(text) where text is not null;
  create table release (version integer primary key, name text not null);
  pragma application_id = ${APPLICATION};
  `,
  `
  create table lease (name text primary key, owner text not null, until integer not null) without rowid;
  create table purge (before integer primary key);
  `,
  `
  create table note (name text primary key, text text not null) without rowid;
  `,
  `
  create virtual table full_text using fts5(tokens, hash unindexed, content='', contentless_delete=1,
    contentless_unindexed=1, detail=none, tokenize="ascii tokenchars ':_'");
  insert into full_text (full_text, rank) values ('automerge', 16);
  create view words as select rowid as pk, full_text as tokens from full_text;
  `,
  `
  create table trail (pk integer primary key, chain text not null, number integer not null,
    hash text not null, text text not null, made integer not null default 0);
  create unique index trail_number on trail (chain, number);
  create index trail_pending on trail (pk) where made = 0;
  create table head (chain text not null, number integer not null, text text not null,
    primary key (chain, number)) without rowid;
  `,
  `
  create table full_text_mark (seq integer primary key);
  insert into full_text_mark (seq) select max(seq) from resource where seq is not null having max(seq) is not null;
  `,
]

const CURRENT = STEPS.length

/** Bits of `resource.kinds`, in the order in which entry tables are written. */
export const KIND_BITS = {
  token: 1,
  string: 2,
  date: 4,
  number: 8,
  quantity: 16,
  reference: 32,
  uri: 64,
  words: 128,
} as const

/**
 * Changes nothing.
 * @throws Error in plain words when a later release wrote the file, or another program
 */
export function requireReadable(db: DatabaseSync, file: string): void {
  const version = numberOf(db, 'user_version')
  if (version > CURRENT) throw new Error(tooNew(db, file, version))
  if (!isOurs(db, version))
    throw new Error(
      `The file ${file} is a SQLite database of another program. Name another file in STORE_URL.`,
    )
}

/** Bring a database to the current schema. */
export function migrate(db: DatabaseSync): void {
  const version = numberOf(db, 'user_version')
  if (version === CURRENT) return
  db.function('checksum', { deterministic: true }, (text) => checksum(String(text)))
  for (let v = version; v < CURRENT; v++) {
    db.exec('begin immediate')
    try {
      db.exec(STEPS[v]!)
      // Before the second step there is no place for it.
      if (v > 0) db.prepare('insert into release (version, name) values (?, ?)').run(v + 1, RELEASE)
      db.exec(`pragma user_version = ${v + 1}`)
      db.exec('commit')
    } catch (error) {
      if (db.isTransaction) db.exec('rollback')
      throw error
    }
  }
}

const numberOf = (db: DatabaseSync, pragma: string): number =>
  (db.prepare(`pragma ${pragma}`).get() as Record<string, number>)[pragma]!

/** The first schema version didn't say whose it is, but has our tables; a file with nothing in it is anybody's. */
function isOurs(db: DatabaseSync, version: number): boolean {
  if (version > 1) return numberOf(db, 'application_id') === APPLICATION
  const tables = version === 0 ? `1 = 1` : `name = 'resource'`
  const found = db.prepare(`select count(*) as n from sqlite_schema where ${tables}`).get()
  return (found as { n: number }).n === version
}

function tooNew(db: DatabaseSync, file: string, version: number): string {
  let wrote: string | undefined
  try {
    const row = db.prepare('select name from release where version = ?').get(version)
    wrote = (row as { name: string } | undefined)?.name
  } catch {
    // no such table: then it doesn't say
  }
  const which = wrote === undefined ? 'the release that wrote it' : `release ${wrote}`
  return `The store ${file} has schema version ${version}; this release (${RELEASE}) reads up to ${CURRENT}. Use ${which}, or a later one.`
}
