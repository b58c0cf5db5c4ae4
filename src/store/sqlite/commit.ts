// Commits: conditions judged, versions and entries written, several waiting commits made durable together.
// https://hl7.org/fhir/R4/http.html#transaction
// Must not answer before the transaction is on disk (synchronous = full), nor let one commit's failure touch another's.
import { checksum } from '../checksum.ts'
import { commitGroups } from '../group.ts'
import { render, type Applied, type Assertion, type Change, type Committed } from '../store.ts'
import type { Database } from './database.ts'
import { failureOfCommit } from './doubt.ts'
import { asFailure, isDiskFailure } from './error.ts'
import { clearEntries, insertEntries, kindsOf, replaceEntries, type TargetOf } from './entries.ts'
import { readOn, type FullText } from './full-text.ts'
import { idsOf } from './search.ts'
import { forgetNames, undo } from './transaction.ts'
import type { LargeWriter } from './writer.ts'
import { METHODS, TICKS, updatedOf, versionOf } from './version.ts'
import { asksForWords } from './words.ts'

type Waiting = {
  readonly changes: readonly Change[]
  readonly assertions: readonly Assertion[]
  readonly resolve: (result: Committed) => void
  readonly reject: (error: unknown) => void
}

type Work = { readonly work: () => void; readonly reject: (error: unknown) => void }

export type Committer = {
  commit(changes: readonly Change[], assertions: readonly Assertion[]): Promise<Committed>
  /** Work of the store's own on the same connection, when no commit is under way; it must be short. */
  readonly turn: <T>(work: () => T) => Promise<T>
  /** Resolves when nothing waits any more. */
  drain(): Promise<void>
}

/**
 * A queue of commits on one database. Commits that wait in the same turn of the event loop share one transaction
 * and so one sync of the disk; each has a savepoint of its own.
 * @param now milliseconds since 1970; versions rise all the same when it is set back
 * @param large carries out large commits elsewhere; meanwhile the others wait, and reads go on
 * @param fullText hears of each transaction what is to be read
 */
export function createCommitter(
  db: Database,
  now: () => number = Date.now,
  large?: LargeWriter,
  fullText?: Pick<FullText, 'committing' | 'isPrompt' | 'wrote'>,
): Committer {
  let waiting: Waiting[] = []
  const waitingLarge: Waiting[] = []
  const works: Work[] = []
  let isElsewhere = false
  let lastSeq = greatestSeq(db)
  const nextSeq = (): number => (lastSeq = Math.max(now() * TICKS, lastSeq + 1))

  const flush = (): void => {
    if (isElsewhere) return
    flushCommits()
    for (const { work, reject } of works.splice(0))
      try {
        work()
      } catch (error) {
        reject(asFailure(error))
      }
  }

  const flushCommits = (): void => {
    const group = waiting
    waiting = []
    if (group.length === 0) return
    const done: (() => void)[] = []
    let committing = false
    let written = 0
    try {
      db.raw.exec('begin immediate')
      for (const one of group) {
        const result = apply(db, one.changes, one.assertions, nextSeq)
        done.push(() => one.resolve(result))
        if (result.ok) written += result.applied.length
      }
      fullText?.committing(written)
      committing = true
      db.raw.exec('commit')
    } catch (error) {
      undo(db)
      // One by one, so that only the commit that fails by itself fails.
      if (group.length > 1 && done.length < group.length && !isDiskFailure(error)) {
        for (const one of group) retryAlone(one)
        return
      }
      const failure = committing ? failureOfCommit(db, error) : asFailure(error)
      for (const one of group) one.reject(failure)
      return
    }
    commitGroups.publish({ size: group.length })
    for (const resolve of done) resolve()
  }

  const nextLarge = async (): Promise<void> => {
    const one = waitingLarge.shift()
    if (one === undefined || large === undefined) return
    isElsewhere = true
    try {
      const isPrompt = fullText?.isPrompt() === true
      one.resolve(await large.commit(one.changes, one.assertions, isPrompt))
      if (!isPrompt) fullText?.wrote(one.changes.length)
    } catch (error) {
      one.reject(error)
    }
    isElsewhere = false
    lastSeq = Math.max(lastSeq, greatestSeq(db))
    // Small ones first: none of them waits for more than one large one.
    flush()
    await nextLarge()
  }

  const retryAlone = (one: Waiting): void => {
    waiting.push(one)
    flushCommits()
  }

  return {
    commit: (changes, assertions) =>
      new Promise((resolve, reject) => {
        const one = { changes, assertions, resolve, reject }
        if (large !== undefined && isLarge(changes)) {
          waitingLarge.push(one)
          if (!isElsewhere && waitingLarge.length === 1) setImmediate(() => void nextLarge())
          return
        }
        waiting.push(one)
        if (waiting.length === 1) setImmediate(flush)
      }),
    turn: <T>(work: () => T) =>
      new Promise<T>((resolve, reject) => {
        works.push({ work: () => resolve(work()), reject })
        if (works.length === 1) setImmediate(flush)
      }),
    drain: async () => {
      while (waiting.length + waitingLarge.length + works.length > 0 || isElsewhere)
        await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/** Changes and index entries above which a commit takes longer than others should wait. */
const LARGE = 250
const LARGE_ENTRIES = 5000

function isLarge(changes: readonly Change[]): boolean {
  if (changes.length > LARGE) return true
  let entries = 0
  for (const change of changes) if (change.kind === 'put') entries += change.content.entries.length
  return entries > LARGE_ENTRIES
}

const greatestSeq = (db: Database): number =>
  Math.max(
    Number(db.get('select max(seq) from resource', [])?.[0] ?? 0),
    Number(db.get('select max(seq) from history', [])?.[0] ?? 0),
  )

/** Judge and apply one commit inside the running transaction; a commit that doesn't hold leaves no trace. */
function apply(
  db: Database,
  changes: readonly Change[],
  assertions: readonly Assertion[],
  nextSeq: () => number,
): Committed {
  for (let i = 0; i < assertions.length; i++)
    if (!holds(db, assertions[i]!)) return { ok: false, failed: 'assertion', index: i }

  const keys = changes.map(({ type, id }) => `${type}/${id}`)
  // A savepoint costs copies of pages. Conditions can be judged before anything is written, unless one hangs on what comes
  // before it in the same commit.
  const isTwice = new Set(keys).size < keys.length
  const guarded = isTwice && changes.some((c) => c.ifVersion !== undefined)
  const places = isTwice || changes.length === 1 ? undefined : changes.map((c) => placeOf(db, c))
  const failed = places === undefined ? -1 : changes.findIndex((c, i) => !isAsAsked(c, places[i]))
  if (failed >= 0) return { ok: false, failed: 'version', index: failed }

  if (guarded) db.run('savepoint one', [])
  const targets = new Map<string, number>()
  const targetOf: TargetOf = (type, id) => {
    const key = `${type}/${id}`
    let pk = targets.get(key)
    if (pk === undefined) targets.set(key, (pk = reserve(db, type, id)))
    return pk
  }
  const applied: Applied[] = []
  for (let i = 0; i < changes.length; i++) {
    const change = changes[i]!
    const isNew = places !== undefined && places[i] === undefined && !targets.has(keys[i]!)
    const current = isNew ? undefined : currentRow(db, change.type, change.id)
    if (!isAsAsked(change, current)) {
      if (guarded) {
        db.run('rollback to one', [])
        db.run('release one', [])
        forgetNames(db)
      }
      return { ok: false, failed: 'version', index: i }
    }
    applied.push(
      change.kind === 'put'
        ? put(db, change, current, nextSeq, targetOf)
        : remove(db, change, current, nextSeq),
    )
  }
  if (guarded) db.run('release one', [])
  return { ok: true, applied }
}

type Place = { readonly state: number; readonly version: number }

/** What of a resource's row its condition hangs on, without its text. */
function placeOf(db: Database, { type, id }: Change): Place | undefined {
  const typeId = db.types.of(type)
  if (typeId === undefined) return undefined
  const row = db.get('select state, version from resource where type = ? and id = ?', [typeId, id])
  return row === undefined ? undefined : { state: row[0] as number, version: row[1] as number }
}

const isAsAsked = ({ ifVersion }: Change, place: Place | undefined): boolean =>
  ifVersion === undefined || ifVersion === (place?.state === 1 ? place.version : 0)

function holds(db: Database, { plan, ids }: Assertion): boolean {
  // What came before in the same transaction counts, too.
  if (asksForWords(plan)) readOn(db, Infinity)
  const found = idsOf(db, plan, Math.max(2, ids.length + 1))
  return found.length === ids.length && ids.every((id) => found.includes(id))
}

type Current = {
  readonly pk: number
  readonly state: number
  readonly version: number
  readonly seq: number
  readonly method: number
  readonly kinds: number
  readonly text: string | undefined
}

function currentRow(db: Database, type: string, id: string): Current | undefined {
  const typeId = db.types.of(type)
  if (typeId === undefined) return undefined
  const row = db.get(
    'select pk, state, version, seq, method, kinds, text from resource where type = ? and id = ?',
    [typeId, id],
  )
  if (row === undefined) return undefined
  const [pk, state, version, seq, method, kinds, text] = row as [
    number,
    number,
    number,
    number,
    number,
    number,
    string | null,
  ]
  return { pk, state, version, seq, method, kinds, text: text ?? undefined }
}

/** The row of a resource, made when there is none yet: a place that references can point to. */
export function reserve(db: Database, type: string, id: string): number {
  const typeId = db.types.make(type)
  const found = db.get('select pk from resource where type = ? and id = ?', [typeId, id])
  if (found !== undefined) return found[0] as number
  return Number(
    db.run('insert into resource (type, state, version, id) values (?, 0, 0, ?)', [typeId, id])
      .lastInsertRowid,
  )
}

function put(
  db: Database,
  { type, id, method, content }: Change & { kind: 'put' },
  current: Current | undefined,
  nextSeq: () => number,
  targetOf: TargetOf,
): Applied {
  const created = current?.state !== 1
  if (
    !created &&
    current.text === render(type, id, current.version, updatedOf(current.seq), content)
  )
    return {
      current: versionOf(type, id, current.version, current.seq, current.method, current.text),
      changed: false,
      created,
    }

  const version = (current?.version ?? 0) + 1
  const seq = nextSeq()
  const text = render(type, id, version, updatedOf(seq), content)
  const hash = checksum(text)
  const methodId = METHODS.indexOf(method)
  const kinds = kindsOf(content.entries)
  if (current === undefined) {
    const { lastInsertRowid } = db.run(
      'insert into resource (type, state, version, seq, method, kinds, id, text, hash) values (?, 1, ?, ?, ?, ?, ?, ?, ?)',
      [db.types.make(type), version, seq, methodId, kinds, id, text, hash],
    )
    insertEntries(db, Number(lastInsertRowid), content.entries, targetOf)
  } else {
    if (current.state !== 0) archive(db, current.pk)
    db.run(
      'update resource set state = 1, version = ?, seq = ?, method = ?, kinds = ?, text = ?, hash = ? where pk = ?',
      [version, seq, methodId, kinds, text, hash, current.pk],
    )
    if (current.kinds === 0) insertEntries(db, current.pk, content.entries, targetOf)
    else replaceEntries(db, current.pk, current.kinds, content.entries, targetOf)
  }
  return { current: versionOf(type, id, version, seq, methodId, text), changed: true, created }
}

function remove(
  db: Database,
  { type, id }: Change & { kind: 'delete' },
  current: Current | undefined,
  nextSeq: () => number,
): Applied {
  if (current === undefined || current.state === 0)
    return { current: undefined, changed: false, created: false }
  if (current.state === 2)
    return {
      current: versionOf(type, id, current.version, current.seq, current.method, undefined),
      changed: false,
      created: false,
    }
  const version = current.version + 1
  const seq = nextSeq()
  const method = METHODS.indexOf('DELETE')
  archive(db, current.pk)
  clearEntries(db, current.pk, current.kinds)
  db.run(
    'update resource set state = 2, version = ?, seq = ?, method = ?, kinds = 0, text = null, hash = null where pk = ?',
    [version, seq, method, current.pk],
  )
  return {
    current: versionOf(type, id, version, seq, method, undefined),
    changed: true,
    created: false,
  }
}

/** Copy the current version to the history. */
function archive(db: Database, pk: number): void {
  db.run(
    'insert into history (seq, type, pk, version, method, text, hash) select seq, type, pk, version, method, text, hash from resource where pk = ?',
    [pk],
  )
}
