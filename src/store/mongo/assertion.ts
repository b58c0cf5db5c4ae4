// Assertions of a commit: the searches that must have the expected result, judged within its transaction.
// https://hl7.org/fhir/R4/http.html#ccreate
// A snapshot doesn't show what a concurrent commit is about to add, so two that assert the same write one lock document
// and collide. Must not take a lock where nothing of that type is written: bundles that only refer would then queue.
import { createHash } from 'node:crypto'
import type { ClientSession } from 'mongodb'
import type { Condition } from '../../search/plan.ts'
import type { Assertion, Change } from '../store.ts'
import type { Collections } from './schema.ts'
import { idsOf } from './search.ts'

/**
 * Keys of the locks that a commit needs. Two commits that could each add a match of the other's condition share one
 * as far as their conditions share a value that must be equal (an identifier); conditions without any share their types.
 */
export function locksOf(
  changes: readonly Change[],
  assertions: readonly Assertion[],
): readonly string[] {
  const written = new Set(changes.map((change) => change.type))
  const keys = new Set<string>()
  for (const { plan } of assertions) {
    if (plan.types !== undefined && !plan.types.some((type) => written.has(type))) continue
    const values = valuesOf(plan.where)
    for (const key of values.length > 0
      ? values
      : (plan.types ?? ['*']).map((type) => `type ${type}`))
      keys.add(createHash('sha256').update(key).digest('base64url'))
  }
  return [...keys].sort()
}

/** Values that every match has one of, by each part of a conjunction. */
function valuesOf(where: Condition): readonly string[] {
  switch (where.kind) {
    case 'and':
      return where.of.flatMap(valuesOf)
    case 'or': {
      const parts = where.of.map(valuesOf)
      return parts.every((part) => part.length > 0) ? parts.flat() : []
    }
    case 'token':
      // What is about a whole record many share: a lock for each would be one for all.
      if (where.paths.every((path) => path.startsWith('*'))) return []
      return [`token ${where.code ?? `${where.system ?? ''}|`}`]
    case 'string':
      return where.op === 'exact' || where.op === 'equals'
        ? [`string ${where.value.toLowerCase()}`]
        : []
    case 'reference':
      return [`reference ${where.id}`]
    case 'uri':
      return where.op === 'equals' ? [`uri ${where.value}`] : []
    case 'id':
      return where.ids.map((id) => `id ${id}`)
    default:
      return []
  }
}

/** Takes the locks: the first write of the transaction, so that a collision costs nothing else. */
export async function lock(
  { lock }: Collections,
  keys: readonly string[],
  session: ClientSession,
): Promise<void> {
  if (keys.length === 0) return
  const at = new Date()
  await lock.bulkWrite(
    keys.map((_id) => ({
      updateOne: { filter: { _id }, update: { $inc: { count: 1 }, $set: { at } }, upsert: true },
    })),
    { session },
  )
}

/** Index of the first assertion that doesn't hold; undefined when all do. */
export async function firstFailed(
  collections: Collections,
  assertions: readonly Assertion[],
  session: ClientSession,
): Promise<number | undefined> {
  for (const [i, { plan, ids }] of assertions.entries()) {
    const limit = Math.max(2, ids.length + 1)
    const found = await idsOf(collections, plan.types, plan.where, limit, session)
    if (found.length !== ids.length || !ids.every((id) => found.includes(id))) return i
  }
  return undefined
}
