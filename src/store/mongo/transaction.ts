// Runs work in a transaction of MongoDB, again when it collided with another one, for a bounded time.
// https://www.mongodb.com/docs/manual/core/transactions/
// Must not acknowledge before a majority has the commit on disk, and must not run the work again after that.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientSession, MongoClient, TransactionOptions } from 'mongodb'
import { MongoError } from 'mongodb'
import { isTransient, outcomeUnknown, unavailable } from './availability.ts'

const OPTIONS: TransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
}
const LONGEST_PAUSE = 200

/**
 * Runs the work and commits.
 * @param end no try begins later than this (`performance.now()`, ms); then `unavailable`
 * @param tookEffect whether the data show what an earlier try wrote, of which nobody heard whether it was committed. A
 *   server that has forgotten the transaction says that it never was, so that running the work again could do it twice.
 * @throws Failure `unavailable`, which says so when it isn't known what became of the work
 */
export async function inTransaction<T>(
  client: MongoClient,
  end: number,
  work: (session: ClientSession) => Promise<T>,
  tookEffect: (result: T, session: ClientSession) => Promise<boolean> = () =>
    Promise.resolve(false),
): Promise<T> {
  if (performance.now() > end) throw unavailable()
  const session = client.startSession()
  let sent: { readonly result: T } | undefined
  try {
    for (let pause = 4; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        session.startTransaction(OPTIONS)
        if (sent !== undefined && !(await tookEffect(sent.result, session))) sent = undefined
        // With nothing of its own this commits that a majority has what was seen.
        sent ??= { result: await work(session) }
        await commit(session, end)
        return sent.result
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction().catch(() => undefined)
        if (!isTransient(error)) throw sent === undefined ? error : outcomeUnknown(error)
        if (performance.now() > end)
          throw sent === undefined ? unavailable() : outcomeUnknown(error)
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
