// Runs work in a transaction of MongoDB, again when it collided with another one, for a bounded time.
// https://www.mongodb.com/docs/manual/core/transactions/
// Must not acknowledge before a majority has the commit on disk, and must not run the work again after that.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientSession, MongoClient, TransactionOptions } from 'mongodb'
import { MongoError } from 'mongodb'
import { isTransient, unavailable } from './availability.ts'

const OPTIONS: TransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
}
const LONGEST_PAUSE = 200

/** `end`: no try begins later than this (`performance.now()`, ms); then `unavailable`. */
export async function inTransaction<T>(
  client: MongoClient,
  end: number,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  if (performance.now() > end) throw unavailable()
  const session = client.startSession()
  try {
    for (let pause = 4; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        session.startTransaction(OPTIONS)
        const result = await work(session)
        await commit(session, end)
        return result
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined)
        if (!isTransient(error)) throw error
        if (performance.now() > end) throw unavailable()
        // At random, so that those which collided don't meet again.
        await sleep(pause * Math.random())
      }
    }
  } finally {
    await session.endSession()
  }
}

/** A commit can be sent again when its answer got lost: the server knows which transaction it was. */
async function commit(session: ClientSession, end: number): Promise<void> {
  for (;;) {
    try {
      await session.commitTransaction()
      return
    } catch (error) {
      const unknown =
        error instanceof MongoError && error.hasErrorLabel('UnknownTransactionCommitResult')
      if (!unknown || performance.now() > end) throw error
      await sleep(LONGEST_PAUSE * Math.random())
    }
  }
}
