// Which errors of the driver mean "the database is away, try again", and how that is said to a caller.
// https://www.mongodb.com/docs/manual/reference/error-codes/
// Must not put the driver's text into an answer; errors of any other kind are faults and pass unchanged.
import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb'
import { fail, Failure } from '../../errors.ts'

const AWAY = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
  MongoClientClosedError,
  MongoOperationTimeoutError,
  MongoExpiredSessionError,
]

/** Not primary, shutting down, host unreachable, network timeout, too long, majority not reached, snapshot gone. */
const AWAY_CODES: ReadonlySet<unknown> = new Set([
  6, 7, 50, 64, 89, 91, 133, 189, 239, 246, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436,
  50915,
])
const OUT_OF_DISK = 14031
/** BSONObjectTooLarge and the like: one document can't have more than 16 MB. */
const TOO_LARGE: ReadonlySet<unknown> = new Set([10334, 17419, 17420])

const away = (diagnostics: string, cause?: unknown): Failure => {
  const headers = { 'Retry-After': '2' }
  const issue = { severity: 'error', code: 'transient', diagnostics } as const
  return Object.assign(
    new Failure('unavailable', [issue], headers),
    cause === undefined ? {} : { cause },
  )
}

export const unavailable = (cause?: unknown): Failure =>
  away('The database can not be reached now; try again.', cause)

/** The commit was sent, and whether it was carried out could not be learned in time. */
export const outcomeUnknown = (cause: unknown): Failure =>
  away(
    'The database went away during the write. It is not known whether it took place: read before you send it again.',
    cause,
  )

/** What is said of a resource that doesn't fit into one document with its index entries. */
export const tooLarge = (): Failure =>
  fail('too-large', 'The resource is too large to be stored: it may have 15 MB.')

/** True when the transaction had no effect and can run again. */
export const isTransient = (error: unknown): boolean =>
  error instanceof MongoError &&
  (error.hasErrorLabel('TransientTransactionError') || error.code === 112 || error.code === 11000)

/** The Failure that stands for an error of the driver, or the error itself. */
export function failureOf(error: unknown): unknown {
  if (!(error instanceof MongoError)) return error
  if (error instanceof MongoServerError && error.code === OUT_OF_DISK)
    return new Failure('full', [
      { severity: 'error', code: 'no-store', diagnostics: 'The database has no space left.' },
    ])
  if (TOO_LARGE.has(error.code) || /larger than the maximum size/.test(error.message))
    return tooLarge()
  const isAway =
    AWAY.some((kind) => error instanceof kind) ||
    // Thrown by a pool that is full or closed; the driver doesn't export these classes.
    /^Mongo(WaitQueueTimeout|PoolClosed)Error$/.test(error.name) ||
    // A bulk write wraps whatever happened; without a code it was not the server that answered.
    (error instanceof MongoBulkWriteError && error.code === undefined) ||
    AWAY_CODES.has(error.code) ||
    error.hasErrorLabel('RetryableWriteError') ||
    error.hasErrorLabel('TransientTransactionError')
  return isAway ? unavailable(error) : error
}

/** Runs one piece of work and turns errors of the driver into what a caller may see. */
export async function available<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw failureOf(error)
  }
}
