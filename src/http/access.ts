// One line in the log for a request: what kind it was, how it ended, how long it took.
// A line costs about 5 µs, a tenth of a read, so at `info` only errors and slow requests have one; at `debug` all.
// Must not hold an id of a resource, a query, a header or a body: those are personal data.
import type { Log } from '../log.ts'
import type { Trace } from './trace.ts'

/** What is known of a request once it is answered. */
export type Access = {
  readonly requestId: string
  readonly trace: Trace | undefined
  readonly method: string
  /** Of interaction/name.ts. */
  readonly interaction: string
  /** A type of R4, or ''. */
  readonly type: string
  readonly status: number
  /** Milliseconds until the answer was handed to the connection. */
  readonly ms: number
  /** Of the answer's body as sent; undefined when it has none. */
  readonly bytes: number | undefined
}

/** A request that takes longer is in the log at `info` too. */
export const SLOW_MS = 1000

/** Write the line when the level asks for it. */
export function logAccess(log: Log, access: Access): void {
  const level = levelOf(access)
  if (!log.isLevelEnabled(level)) return
  const { trace, ms, type, bytes, ...rest } = access
  log[level](
    {
      ...rest,
      ...(type === '' ? {} : { type }),
      ms: Math.round(ms * 1000) / 1000,
      ...(bytes === undefined ? {} : { bytes }),
      ...(trace === undefined ? {} : { traceId: trace.id }),
    },
    'request',
  )
}

function levelOf({ status, ms }: Access): 'warn' | 'info' | 'debug' {
  if (status >= 500) return 'warn'
  return status >= 400 || ms >= SLOW_MS ? 'info' : 'debug'
}
