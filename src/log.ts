// The log: JSON lines on standard output, through pino.
// Must not hold personal data: no bodies, no query values, no ids of patients; request ids tie lines together.
import pino from 'pino'

export type Log = pino.Logger

/** A logger at a level of LOG_LEVEL; `silent` for tests. `destination`: where the lines go, standard output unless given. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (name) => ({ level: name }) },
    serializers: { err: describeError },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

type Described = {
  readonly type: string
  readonly message: string
  readonly code?: string | number
  readonly stack: readonly string[]
  readonly cause?: Described
}

/**
 * What a log may say of an error: where it happened, and its message without the values in it. Drivers and parsers
 * quote what they were given, and hang whole documents on their errors; neither may get here.
 */
export function describeError(error: unknown, depth = 0): Described {
  if (!(error instanceof Error)) return { type: typeof error, message: '', stack: [] }
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    message: withoutValues(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: (error.stack ?? '').split('\n').flatMap((line) => FRAME.exec(line)?.[1] ?? []),
    ...(error.cause === undefined || depth > 2
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  }
}

const FRAME = /^\s+at (.+)$/

/** Quoted text, references, and longer numbers go; property names that the engine quotes stay. */
const withoutValues = (message: string): string =>
  message
    .slice(0, 500)
    .replace(
      /((?:reading|setting) '[A-Za-z_$][\w$]*')|"[^"]*"?|'[^']*'?|`[^`]*`?/g,
      (_quoted, property?: string) => property ?? '…',
    )
    .replace(/\b([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]+/g, '$1/…')
    .replace(/\d[\d.:+-]{3,}/g, '…')
