// Leases and notes of the hub's database: small documents, each changed in one step without a transaction.
// https://www.mongodb.com/docs/manual/core/write-operations-atomicity/
import { MongoError, type Collection, type Db } from 'mongodb'
import { NOTES_AT_A_TIME, type Notes } from '../indexing.ts'
import type { Leases } from '../upkeep.ts'
import { available } from './availability.ts'

type LeaseDocument = { _id: string; owner: string; until: number }
type NoteDocument = { _id: string; text: string }

const DUPLICATE = 11000

export function leasesOf(db: Db): Leases {
  const leases = db.collection<LeaseDocument>('lease')
  return {
    take: (...asked) => available(() => take(leases, ...asked)),
    release: (name, owner) =>
      available(async () => void (await leases.deleteOne({ _id: name, owner }))),
    holder: (name) =>
      available(async () => {
        const found = await leases.findOne({ _id: name })
        return found === null ? undefined : { owner: found.owner, until: found.until }
      }),
  }
}

async function take(
  leases: Collection<LeaseDocument>,
  ...[name, owner, until, now]: Parameters<Leases['take']>
): Promise<boolean> {
  try {
    const { matchedCount, upsertedCount } = await leases.updateOne(
      { _id: name, $or: [{ owner }, { until: { $lte: now } }] },
      { $set: { owner, until } },
      { upsert: true },
    )
    return matchedCount + upsertedCount > 0
  } catch (error) {
    // It is there, but the filter didn't match: somebody else has it.
    if (error instanceof MongoError && error.code === DUPLICATE) return false
    throw error
  }
}

export function notesOf(db: Db): Notes {
  const notes = db.collection<NoteDocument>('note')
  const read = async (name: string) => (await notes.findOne({ _id: name }))?.text
  return {
    read: (name) => available(() => read(name)),
    write: (name, text) =>
      available(async () => {
        if (text === undefined) await notes.deleteOne({ _id: name })
        else await notes.updateOne({ _id: name }, { $set: { text } }, { upsert: true })
      }),
    writeOnce: (name, text) =>
      available(async () => {
        try {
          await notes.insertOne({ _id: name, text })
          return text
        } catch (error) {
          if (error instanceof MongoError && error.code === DUPLICATE) return (await read(name))!
          throw error
        }
      }),
    writeAll: (all) =>
      available(async () => {
        if (all.length === 0) return
        await notes.bulkWrite(
          all.map(({ name, text }) =>
            text === undefined
              ? { deleteOne: { filter: { _id: name } } }
              : { updateOne: { filter: { _id: name }, update: { $set: { text } }, upsert: true } },
          ),
          { ordered: true },
        )
      }),
    list: (prefix, after = '') =>
      available(async () => {
        const found = await notes
          .find({ _id: { $gte: prefix, $lt: `${prefix}\u{10ffff}`, $gt: after } })
          .sort({ _id: 1 })
          .limit(NOTES_AT_A_TIME)
          .toArray()
        return found.map(({ _id, text }) => ({ name: _id, text }))
      }),
  }
}
