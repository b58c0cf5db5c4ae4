// Answers to the entries of a Bundle, https://hl7.org/fhir/R4/bundle.html#transaction-response
// Must not parse a resource, nor tell of a fault more than that there was one.
import { STATUS_CODES } from 'node:http'
import type { Context } from '../context.ts'
import { Failure, type Issue } from '../errors.ts'
import type { EntryText } from '../fhir/bundle.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import { outcomeText } from '../fhir/outcome.ts'
import { handle } from '../handle.ts'
import { askedReturn } from './answer.ts'
import { bodyOf, type BundleEntry } from './bundle-entry.ts'
import { lengthOf, noRoom, type Room } from './bundle-room.ts'
import { writeOf } from './route.ts'

/** Text of the entry that answers a request; what was written comes back only when Prefer asks for it. */
export function answeredEntry(response: FhirResponse, request: FhirRequest): EntryText {
  const { status, headers, body } = response
  const asked = askedReturn(request)
  const writes = writeOf(request) !== undefined
  const shown = request.method === 'HEAD' || (writes && asked === undefined) ? undefined : body
  const isOutcome = writes && asked === 'OperationOutcome'
  const modified = lastModified(response)
  return {
    ...(shown === undefined || isOutcome ? {} : { resource: shown }),
    response: {
      status: statusText(status),
      ...(headers.location === undefined ? {} : { location: headers.location }),
      ...(headers.etag === undefined ? {} : { etag: headers.etag }),
      ...(modified === undefined ? {} : { lastModified: modified }),
      ...(shown === undefined || !isOutcome ? {} : { outcome: shown }),
    },
  }
}

/** Let the request of an entry go its own way, and make an entry of the answer, as far as there is room, or of what went wrong. */
export async function answerEntry(
  entry: BundleEntry,
  room: Room,
  context: Context,
): Promise<EntryText> {
  const writes = writeOf(entry.request) !== undefined
  try {
    if (room.isFull() && !writes) throw noRoom()
    const request = { ...entry.request, body: bodyOf(entry) }
    const answer = answeredEntry(await handle(request, context), request)
    if (room.takes(lengthOf(answer))) return answer
    if (!writes) throw noRoom()
    const { resource: _resource, ...others } = answer
    return others
  } catch (error) {
    return failedEntry(error, entry.request.headers['accept-language'], context)
  }
}

/** A fault is logged, and told of without details. */
function failedEntry(error: unknown, languages: string | undefined, context: Context): EntryText {
  if (error instanceof Failure)
    return {
      response: { status: statusText(error.status), outcome: outcomeText(error.issues, languages) },
    }
  context.log.error({ err: error }, 'an entry of a Bundle met a fault')
  return { response: { status: statusText(500), outcome: outcomeText([FAULT]) } }
}

const FAULT: Issue = {
  severity: 'fatal',
  code: 'exception',
  diagnostics: 'The server met a fault of its own while it processed this entry',
}

const statusText = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trim()

/** The instant with its milliseconds from how a stored text begins; the header has whole seconds only. */
function lastModified({ headers, body }: FhirResponse): string | undefined {
  const header = headers['last-modified']
  if (header === undefined) return undefined
  const stored = body === undefined ? undefined : BEGINNING.exec(body)?.[1]
  return stored ?? new Date(header).toISOString()
}

const BEGINNING =
  /^\{"resourceType":"\w+","id":"[\w.-]+","meta":\{"versionId":"\d+","lastUpdated":"([^"]+)"/
