// `POST /gateway/results`: what a device measured, as plain JSON or as an HL7 v2 message.
// docs/network.md, "A device gateway and the diagnosis kit"
// Must not know what a result says: gateway/ does.
import type { Request, Response } from 'express'
import { buffer } from 'node:stream/consumers'
import type { Auth } from '../auth/auth.ts'
import type { Context } from '../context.ts'
import { fail, Failure, issueOf, type Issue } from '../errors.ts'
import { outcomeAnswer } from '../fhir/outcome.ts'
import type { Caller } from '../gateway/caller.ts'
import { Refused } from '../gateway/refused.ts'
import { message } from '../words/message.ts'

let count = 0

/** Loaded when the first device comes. */
const rooms = async () => {
  const [{ ER7, receiveEr7 }, { receiveJson }] = await Promise.all([
    import('../gateway/receive.ts'),
    import('../gateway/receive-json.ts'),
  ])
  return { ER7, receiveEr7, receiveJson }
}

const ER7_TYPES = /^(x-application|application)\/(hl7-v2(\+er7)?|edi-hl7v2)$/

export const gatewayListener =
  (context: Context, auth?: Auth) =>
  async (request: Request, response: Response): Promise<void> => {
    const requestId = `gateway-${String(process.pid)}-${String(++count)}`
    response.setHeader('x-request-id', requestId)
    try {
      const principal = await auth?.principal(request)
      const { remoteAddress: address } = request.socket
      const caller: Caller = {
        ...(principal === undefined ? {} : { principal }),
        from: { requestId, ...(address === undefined ? {} : { address }) },
      }
      const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()
      const isEr7 = ER7_TYPES.test(type)
      if (!isEr7 && type !== 'application/json')
        throw fail(
          'media-type',
          `Results come as application/json or x-application/hl7-v2+er7, not as ${type || 'nothing'}`,
        )
      const { ER7, receiveEr7, receiveJson } = await rooms()
      const bytes = await bodyOf(request, context.config.gatewayMaxBytes)
      if (isEr7) {
        const { code, bytes: answer } = await receiveEr7(bytes, caller, context)
        response.status(STATUSES[code.charAt(1)] ?? 200).setHeader('content-type', ER7)
        response.end(answer)
        return
      }
      const { again, references } = await receiveJson(bytes, caller, context)
      response.status(again ? 200 : 201).json({ again, written: references })
    } catch (error) {
      refuse(error, request, response, requestId, context)
    }
  }

/** By the second letter of an acknowledgement code. */
const STATUSES: Readonly<Record<string, number>> = { A: 200, E: 422, R: 400 }

async function bodyOf(request: Request, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity')
    throw fail('media-type', `Results come without a Content-Encoding here, not as ${encoding}`)
  const tooLarge = fail('too-large', `A body has ${String(limit)} bytes at most here`)
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge
  let size = 0
  return buffer(
    (async function* () {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > limit) throw tooLarge
        yield chunk
      }
    })(),
  )
}

function refuse(
  error: unknown,
  request: Request,
  response: Response,
  requestId: string,
  { log }: Context,
): void {
  const { status, issues, headers } = answerTo(error, requestId, log)
  // What is left of a body that wasn't read must not be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close')
  const answer = outcomeAnswer(status, issues, request.headers['accept-language'], headers)
  response.status(answer.status).set(answer.headers)
  response.type('application/fhir+json').send(answer.body)
}

type Answer = {
  readonly status: number
  readonly issues: readonly Issue[]
  readonly headers: Readonly<Record<string, string>>
}

function answerTo(error: unknown, requestId: string, log: Context['log']): Answer {
  if (error instanceof Failure)
    return { status: error.status, issues: error.issues, headers: error.headers }
  if (error instanceof Refused)
    return {
      status: error.kind === 'later' ? 503 : error.kind === 'forbidden' ? 403 : 422,
      headers: error.kind === 'later' ? { 'retry-after': '2' } : {},
      issues: error.problems.map(({ condition, place, text }) => ({
        severity: 'error',
        code: ISSUES[error.kind] ?? CODES[condition] ?? 'invalid',
        diagnostics: text,
        ...(place === '' ? {} : { expression: [place] }),
      })),
    }
  log.error({ requestId, err: error }, 'fault')
  const issue = issueOf('fatal', 'exception', message('fault', { id: requestId }))
  return { status: 500, issues: [issue], headers: {} }
}

/** Issue codes of refusals that are not about the content. */
const ISSUES: Readonly<Record<string, string>> = { later: 'transient', forbidden: 'forbidden' }

/** Issue codes of conditions. */
const CODES: Readonly<Record<number, string>> = {
  101: 'required',
  102: 'value',
  103: 'code-invalid',
  104: 'too-long',
  204: 'not-found',
  205: 'duplicate',
  207: 'invalid',
}
