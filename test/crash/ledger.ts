// What a client knows of its writes: which were answered, which were refused, and which it never heard of again; and
// whether a store agrees. Must not forgive: what was answered is there to the letter, what was refused is not, and of
// what nobody heard there is all or nothing.
import assert from 'node:assert/strict'
import type { Store, Version } from '../../src/store/store.ts'

/** A write. Everything that it writes carries its mark, an identifier that no other write has. */
export type Attempt = {
  readonly mark: string
  /** Resources that get the mark; 0 for a deletion. */
  readonly marked: number
  /** Versions that it deletes, as `Type/id/version`, as far as known before. */
  readonly deletes: readonly string[]
  state: 'unknown' | 'answered' | 'refused'
}

export type Ledger = {
  begin(mark: string, marked: number, deletes?: readonly string[]): Attempt
  /** Whether a write of this mark was begun. */
  attempted(mark: string): boolean
  /** The answer said that this version was written; `text` to the letter when it had one, '' for a deletion. */
  acknowledge(reference: string, version: number, text: string | undefined): void
  /** Several answers to creates under one condition named these resources. */
  created(condition: string, reference: string): void
  readonly counts: { answered: number; unknown: number; refused: number }
  /** Compare with all that a store has; throws what differs. */
  verify(store: Store): Promise<ReadonlyMap<string, readonly Version[]>>
}

export function openLedger(): Ledger {
  const attempts: Attempt[] = []
  const acknowledged = new Map<string, string | undefined>()
  const conditions = new Map<string, Set<string>>()
  return {
    begin: (mark, marked, deletes = []) => {
      const attempt: Attempt = { mark, marked, deletes, state: 'unknown' }
      attempts.push(attempt)
      return attempt
    },
    attempted: (mark) => attempts.some((attempt) => attempt.mark === mark),
    acknowledge: (reference, version, text) =>
      void acknowledged.set(`${reference}/${String(version)}`, text),
    created: (condition, reference) => {
      const known = conditions.get(condition) ?? new Set<string>()
      conditions.set(condition, known.add(reference))
    },
    get counts() {
      const of = (state: Attempt['state']) => attempts.filter((a) => a.state === state).length
      return { answered: of('answered'), unknown: of('unknown'), refused: of('refused') }
    },
    verify: async (store) => {
      const all = await everything(store)
      const versions = [...all.values()].flat()
      verifyAcknowledged(acknowledged, versions)
      verifyAttempts(attempts, versions)
      verifyConditions(conditions, all)
      return all
    },
  }
}

const nameOf = ({ type, id, version }: Version): string => `${type}/${id}/${String(version)}`

/** All versions by resource, in their order. */
async function everything(store: Store): Promise<Map<string, Version[]>> {
  const all = new Map<string, Version[]>()
  for (let cursor = ''; ;) {
    const some = await store.changes(cursor, 500)
    if (some.versions.length === 0) return all
    cursor = some.cursor
    for (const version of some.versions) {
      const reference = `${version.type}/${version.id}`
      const known = all.get(reference)
      if (known === undefined) all.set(reference, [version])
      else known.push(version)
    }
  }
}

function verifyAcknowledged(
  acknowledged: ReadonlyMap<string, string | undefined>,
  versions: readonly Version[],
): void {
  const kept = new Map(versions.map((one) => [nameOf(one), one]))
  for (const [name, text] of acknowledged) {
    const version = kept.get(name)
    assert.ok(version !== undefined, `${name} was acknowledged and is lost`)
    if (text === undefined) assert.ok(version.text !== undefined, `${name} is deleted`)
    else assert.equal(version.text ?? '', text, `${name} is not what was acknowledged`)
  }
}

const MARK = /"system":"urn:mark","value":"([^"]+)"/

function verifyAttempts(attempts: readonly Attempt[], versions: readonly Version[]): void {
  const marked = new Map<string, number>()
  const deleted = new Set<string>()
  for (const version of versions) {
    if (version.text === undefined) {
      deleted.add(nameOf(version))
      continue
    }
    const mark = MARK.exec(version.text)?.[1] ?? ''
    marked.set(mark, (marked.get(mark) ?? 0) + 1)
  }
  const mayBeDeleted = new Set<string>()
  for (const { mark, marked: wanted, deletes, state } of attempts) {
    const found = marked.get(mark) ?? 0
    marked.delete(mark)
    if (state === 'answered') assert.equal(found, wanted, `${mark} was acknowledged`)
    else if (state === 'refused') assert.equal(found, 0, `${mark} was refused, and is there`)
    else
      assert.ok(found === 0 || found === wanted, `of ${mark} ${String(found)} of ${String(wanted)}`)
    const isDone = found > 0 || state === 'answered'
    // A deletion within a transaction shares its fate; one by itself that nobody heard of may have been done or not.
    if (isDone)
      for (const name of deletes) assert.ok(deleted.has(name), `${mark} is there without ${name}`)
    if (isDone || (wanted === 0 && state === 'unknown'))
      for (const name of deletes) mayBeDeleted.add(name)
  }
  assert.deepEqual([...marked.keys()], [], 'nobody sent these')
  for (const name of deleted) assert.ok(mayBeDeleted.has(name), `nobody deleted ${name}`)
}

function verifyConditions(
  conditions: ReadonlyMap<string, ReadonlySet<string>>,
  all: ReadonlyMap<string, readonly Version[]>,
): void {
  for (const [condition, references] of conditions)
    assert.equal(references.size, 1, `${condition} named ${[...references].join(' and ')}`)
  const kept = new Map<string, string>()
  for (const [reference, versions] of all) {
    const condition = /"system":"urn:once","value":"([^"]+)"/.exec(versions.at(-1)?.text ?? '')?.[1]
    if (condition === undefined) continue
    assert.equal(kept.get(condition), undefined, `${condition} was created twice`)
    kept.set(condition, reference)
  }
}
