// The journal of the log in the hub's database: a document for each entry, inserted in their order.
// https://www.mongodb.com/docs/manual/reference/method/db.collection.insertMany/
// Must not acknowledge what a majority doesn't have on disk; the connection sees to it.
import type { Collection } from 'mongodb'
import type { KeptHead, Tail, Trail } from '../trail.ts'
import { available } from './availability.ts'
import type { Collections } from './schema.ts'

/** `_id` is the chain and the number in 12 digits, so that they sort; `pending` until `made` is told of it. */
export type TrailDocument = {
  _id: string
  chain: string
  number: number
  hash: string
  text: string
  pending?: true
}

export type HeadDocument = { _id: string; chain: string; number: number; text: string }

const keyOf = (chain: string, number: number): string =>
  `${chain}/${String(number).padStart(12, '0')}`

/** Sorts behind all entries of a chain. */
const endOf = (chain: string): string => `${chain}0`
/** Sorts behind every chain. */
const LAST = '~'

const ENTRY = { _id: 0, chain: 1, number: 1, hash: 1, text: 1 } as const
const HEAD = { _id: 0, chain: 1, number: 1, text: 1 } as const

export function openTrail({ trail, head }: Pick<Collections, 'trail' | 'head'>): Trail {
  return {
    append: (entries) =>
      available(
        async () =>
          void (await trail.insertMany(
            entries.map((entry) => ({
              _id: keyOf(entry.chain, entry.number),
              ...entry,
              pending: true as const,
            })),
          )),
      ),
    read: (chain, from, limit) =>
      available(() =>
        trail
          .find(
            { _id: { $gte: keyOf(chain, from), $lt: endOf(chain) } },
            { sort: { _id: 1 }, limit, projection: ENTRY },
          )
          .toArray(),
      ),
    tails: (limit, before = LAST) => available(() => lastOfEach(trail, limit, before, TAIL)),
    pending: (limit) =>
      available(() =>
        trail.find({ pending: true }, { sort: { _id: 1 }, limit, projection: ENTRY }).toArray(),
      ),
    made: (entries) =>
      available(
        async () =>
          void (await trail.updateMany(
            { _id: { $in: entries.map(({ chain, number }) => keyOf(chain, number)) } },
            { $unset: { pending: '' } },
          )),
      ),
    publish: ({ chain, number, text }) =>
      available(
        async () =>
          void (await head.updateOne(
            { _id: keyOf(chain, number) },
            { $setOnInsert: { chain, number, text } },
            { upsert: true },
          )),
      ),
    heads: (chain, from, limit) =>
      available(() =>
        head
          .find(
            { _id: { $gte: keyOf(chain, from), $lt: endOf(chain) } },
            { sort: { _id: 1 }, limit, projection: HEAD },
          )
          .toArray(),
      ),
    lastHeads: (limit, before = LAST) => available(() => lastOfEach(head, limit, before, HEAD)),
  }
}

const TAIL = { _id: 0, chain: 1, number: 1, hash: 1 } as const

/** The last document of each chain, from the last chain before one. */
async function lastOfEach<T extends Tail | KeptHead>(
  collection: Collection<TrailDocument> | Collection<HeadDocument>,
  limit: number,
  before: string,
  projection: object,
): Promise<readonly T[]> {
  const last: T[] = []
  for (let at = before; last.length < limit;) {
    const [found] = (await (collection as Collection<HeadDocument>)
      .find({ _id: { $lt: at } }, { sort: { _id: -1 }, limit: 1, projection })
      .toArray()) as unknown as T[]
    if (found === undefined) return last
    last.push(found)
    // What comes before the entries of this chain.
    at = `${found.chain}/`
  }
  return last
}
