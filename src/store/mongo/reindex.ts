// The entries of some documents made anew, beside any number of servers: each is only written while it is unchanged.
// https://www.mongodb.com/docs/manual/core/write-operations-atomicity/
// Must not touch a text or a version.
import type { Document } from 'mongodb'
import { differenceOf, parsed } from '../examine.ts'
import type { ReindexSlice, ReindexStep } from '../indexing.ts'
import { firstOf } from './clock.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import {
  ENTRY_FIELDS,
  FIELD,
  indexed,
  WORDS,
  type Indexed,
  type ResourceDocument,
} from './document.ts'
import type { Collections } from './schema.ts'

/** Documents of one step; above the number of processes that may write in one tick of a clock. */
const PAGE = 200

/** One step. */
export async function reindex(
  { resource }: Collections,
  { type, from, before, extract }: ReindexStep,
  maxTimeMS: number,
): Promise<ReindexSlice> {
  const [after] = (from === undefined ? [0] : decodeCursor(from, ['number'])) as [number]
  const found = await resource
    .find(
      { type, seq: { $gt: after, $lt: firstOf(before) } },
      { maxTimeMS, sort: { seq: 1 }, limit: PAGE },
    )
    .toArray()
  // Two processes can give one number; all of the last one are left to the next step, which begins before it.
  const isLast = found.length < PAGE
  const end = found.at(-1)?.seq ?? 0
  const page = isLast ? found : found.filter(({ seq }) => seq < end)
  const updates = page.flatMap((document) => {
    const { _id, seq, live, text } = document
    if (!live || parsed(text ?? '') === undefined) return []
    const wanted = wantedOf(document, extract)
    if (differenceOf(keysOf(document), keysOf(wanted)) === undefined) return []
    return [{ updateOne: { filter: { _id, seq }, update: updateTo(wanted) } }]
  })
  const written =
    updates.length === 0 ? undefined : await resource.bulkWrite(updates, { ordered: false })
  return {
    looked: page.length,
    changed: written?.modifiedCount ?? 0,
    next: isLast ? undefined : encodeCursor([page.at(-1)?.seq ?? after]),
  }
}

/** The entries that a document should have. */
export function wantedOf(
  { live, text }: Pick<ResourceDocument, 'live' | 'text'>,
  extract: ReindexStep['extract'],
): Indexed {
  const resource = live ? parsed(text ?? '') : undefined
  return resource === undefined ? {} : indexed(extract(resource))
}

/** The change that makes the entries of a document these. */
export function updateTo(wanted: Indexed): Document {
  const unwanted = ENTRY_FIELDS.filter((field) => wanted[field] === undefined)
  const update: Document = {}
  if (Object.keys(wanted).length > 0) update.$set = wanted
  if (unwanted.length > 0) update.$unset = Object.fromEntries(unwanted.map((field) => [field, '']))
  return update
}

/** Keys that say all of the entries of a document; a group is one of them, since a document doesn't number its groups. */
export function keysOf(entries: Indexed): string[] {
  const keys = (from: Indexed): string[] =>
    Object.values(FIELD).flatMap((field) =>
      (from[field] ?? []).map((item) => JSON.stringify([field, sorted(item)])),
    )
  return [
    ...keys(entries),
    ...(entries[WORDS] ?? []).map((said) => JSON.stringify([WORDS, sorted(said)])),
    ...(entries.g ?? []).map((group) => JSON.stringify(['g', keys(group).sort()])),
  ]
}

const sorted = (item: Document): unknown[] =>
  Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))
