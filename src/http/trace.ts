// Trace context: which larger piece of work, over several programs, a request belongs to.
// https://www.w3.org/TR/trace-context/#traceparent-header
// Must not pass on what is malformed, and must not make a trace where the caller has none: the request id is enough.
import { randomBytes } from 'node:crypto'

export type Trace = {
  /** 32 hexadecimal digits, the same in all programs that the work passes. */
  readonly id: string
  /** The header for the answer and for requests made on behalf of this one: this server is their parent. */
  readonly parent: string
}

/** The trace that a header names, a new one in place of a malformed header, undefined without a header. */
export function traceOf(header: string | readonly string[] | undefined): Trace | undefined {
  if (header === undefined) return undefined
  const [, version, id, span, flags] =
    TRACEPARENT.exec(typeof header === 'string' ? header : '') ?? []
  const own = randomBytes(8).toString('hex')
  if (id === undefined || version === 'ff' || id === NO_TRACE || span === NO_SPAN) {
    const fresh = randomBytes(16).toString('hex')
    return { id: fresh, parent: `00-${fresh}-${own}-00` }
  }
  // Of the flags only `sampled` is known; a later version's header is answered in ours.
  const sampled = (Number.parseInt(flags!, 16) & 1) === 1 ? '01' : '00'
  return { id, parent: `00-${id}-${own}-${sampled}` }
}

/** Version 00 has nothing behind the flags; later ones may. */
const TRACEPARENT =
  /^(?!00-.{52}-)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)
