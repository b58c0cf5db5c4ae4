// The log: JSON lines on standard output, through pino.
// Must not hold personal data: no bodies, no query values, no ids of patients; request ids tie lines together.
import pino from 'pino'

export type Log = pino.Logger

/** A logger at a level of LOG_LEVEL; `silent` for tests. */
export const createLog = (level: string): Log =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime })
