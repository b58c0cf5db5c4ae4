// The FHIR endpoint: bytes → request → handle → answer → bytes, and the edge where errors are caught.
// https://hl7.org/fhir/R4/http.html
// Must not tell a caller more of a fault than the id of the request, nor write personal data to the log.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from '../auth/auth.ts'
import type { Context } from '../context.ts'
import { Failure, issueOf } from '../errors.ts'
import { outcomeAnswer } from '../fhir/outcome.ts'
import type { FhirRequest, FhirResponse, Method, Origin } from '../fhir/message.ts'
import { handle } from '../handle.ts'
import { interactionName } from '../interaction/name.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { message as said } from '../words/message.ts'
import { logAccess } from './access.ts'
import { send } from './answer.ts'
import { isBinaryRead, nativeAnswer } from './binary.ts'
import type { Converter } from './convert.ts'
import { DEFAULT_FORMAT, formatIn, formatOf, type Format } from './format.ts'
import { readRequest } from './read.ts'
import { traceOf, type Trace } from './trace.ts'

/**
 * A request listener for URLs behind the FHIR base. Never rejects.
 * @param isStopping whether answers end their connections
 * @param auth who asks has to say who it is, before anything else is read of the request
 */
export function fhirListener(
  context: Context,
  metrics: Metrics,
  converter: Converter,
  isStopping: () => boolean,
  auth?: Auth,
) {
  return async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const start = performance.now()
    metrics.inFlight.value++
    const id = requestId(message)
    response.setHeader('x-request-id', id)
    const trace = traceOf(message.headers.traceparent)
    if (trace !== undefined) response.setHeader('traceparent', trace.parent)
    if (message.url?.startsWith('/') === false) message.url = message.url.replace(AUTHORITY, '')
    let format: Format = DEFAULT_FORMAT
    let request: FhirRequest | undefined
    let answer: FhirResponse
    try {
      format = formatOf(message)
      const principal =
        auth === undefined || isOpen(message) ? undefined : await auth.principal(message)
      request = await readRequest(message, context, converter)
      if (principal !== undefined) request = { ...request, principal }
      if (request.path.at(-1) === '_search') format = formatIn(request.query, () => format)
      request = {
        ...request,
        cancelled: () => response.destroyed,
        from: originOf(message, id, trace),
      }
      answer = await handle(request, context)
      if (isBinaryRead(message)) answer = nativeAnswer(message, request, answer)
    } catch (error) {
      answer = failed(error, id, context, message.headers['accept-language'])
      // What is left of a body that wasn't read must not be taken for the next request; a request without one is
      // complete by the next turn only.
      await Promise.resolve()
      if (!message.complete) response.setHeader('connection', 'close')
    }
    if (isStopping()) response.setHeader('connection', 'close')
    try {
      await send(answer, format, message, response, converter)
    } catch (error) {
      answer = failed(error, id, context, message.headers['accept-language'])
      // A fault must not take Express's way, which would show its stack.
      if (response.headersSent) response.destroy()
      else
        await send(answer, DEFAULT_FORMAT, message, response, converter).catch(() =>
          response.destroy(),
        )
    }
    account(context, metrics, { message, request, response, answer, id, trace, start })
  }
}

function originOf({ socket }: IncomingMessage, requestId: string, trace?: Trace): Origin {
  const address = socket.remoteAddress
  return {
    requestId,
    ...(address === undefined ? {} : { address }),
    ...(trace === undefined ? {} : { trace: trace.id }),
  }
}

/** What the server can do is said to everybody. */
const isOpen = ({ method, url = '' }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && /^\/metadata\/?(\?|$)/.test(url)

type Answered = {
  readonly message: IncomingMessage
  /** Undefined when it was refused before it was read. */
  readonly request: FhirRequest | undefined
  readonly response: ServerResponse
  readonly answer: FhirResponse
  readonly id: string
  readonly trace: Trace | undefined
  readonly start: number
}

/** Count a request and log it, as what it was and not what it said. */
function account(context: Context, metrics: Metrics, answered: Answered): void {
  const { message, request, response, answer, id, trace, start } = answered
  const ms = performance.now() - start
  const asked = request ?? unread(message)
  const interaction = interactionName(asked)
  const first = asked.path[0]
  const type = first !== undefined && context.definitions.isResourceType(first) ? first : ''
  metrics.inFlight.value--
  metrics.request(interaction, type, answer.status, ms)
  const length = response.getHeader('content-length')
  logAccess(context.log, {
    requestId: id,
    trace,
    method: message.method ?? '',
    interaction,
    type,
    status: answer.status,
    ms,
    bytes: typeof length === 'number' ? length : undefined,
  })
}

/** Enough of a request to name its interaction. */
const unread = ({ method, url = '' }: IncomingMessage): Pick<FhirRequest, 'method' | 'path'> => ({
  method: method as Method,
  path: url.split('?')[0]!.split('/').filter(Boolean),
})

/** What a proxy's form of a URL has before the path, https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 */
export const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i

/** The answer that an error becomes, in one of the languages that its reader wants; a fault is logged with its stack. */
export function failed(
  error: unknown,
  requestId: string,
  context: Context,
  languages?: string,
): FhirResponse {
  if (error instanceof Failure) {
    if (error.cause !== undefined)
      context.log.warn({ requestId, ...causeOf(error) }, 'store failed')
    return outcomeAnswer(error.status, error.issues, languages, retryAfter(error))
  }
  context.log.error({ requestId, err: error }, 'fault')
  const issue = issueOf('fatal', 'exception', said('fault', { id: requestId }))
  return outcomeAnswer(500, [issue], languages)
}

/** What a driver said, without what it may carry of the data. */
function causeOf({ cause }: Failure): Readonly<Record<string, unknown>> {
  const { name, code, errcode, message } = cause as Record<string, unknown>
  return { cause: name, code: errcode ?? code, said: String(message).slice(0, 200) }
}

const retryAfter = (failure: Failure): Readonly<Record<string, string>> =>
  failure.status === 503 && failure.headers['retry-after'] === undefined
    ? { 'retry-after': '2', ...failure.headers }
    : failure.headers

const process = randomBytes(6).toString('hex')
let count = 0

/** The caller's X-Request-Id when it is a sane one, else one of ours. */
function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given)
    ? given
    : `${process}-${++count}`
}
