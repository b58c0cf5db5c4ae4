// delete and conditional delete, https://hl7.org/fhir/R4/http.html#delete
// Must not remove history: a deletion is a version.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { information, outcomeText } from '../fhir/outcome.ts'
import type { FhirRequest, FhirResponse } from '../fhir/message.ts'
import type { Applied } from '../store/store.ts'
import { etag, preferredReturn } from './answer.ts'
import { ifMatchVersion, requireVersion, select, severalMatches } from './conditional.ts'
import { judge, judgeFrom } from './rule.ts'
import type { Write } from './write.ts'

/** How many resources a conditional delete may remove in one go. */
const MOST = 1000

/** `DELETE [base]/[type]/[id]`: 204, also when there is nothing to delete. */
export async function prepareDelete(request: FhirRequest, context: Context): Promise<Write> {
  const [type, id] = request.path as [string, string]
  const wanted = ifMatchVersion(request)
  if (wanted !== undefined) requireVersion(await context.store.read(type, id), wanted, type, id)
  const judged = await judge({ type, id }, undefined, context)
  const ifVersion = wanted ?? judged.ifVersion
  return {
    changes: [{ kind: 'delete', type, id, ...(ifVersion === undefined ? {} : { ifVersion }) }],
    assertions: judged.assertions,
    respond: (applied) => deleted(applied, request),
  }
}

/** `DELETE [base]/[type]?[search]`: one match, or all when the deployment allows it. */
export async function prepareConditionalDelete(
  request: FhirRequest,
  context: Context,
): Promise<Write> {
  const type = request.path[0]!
  const several = context.config.conditionalDelete === 'multiple'
  const { versions, assertion } = await select(type, request.query, context, several ? MOST + 1 : 2)
  if (versions.length > 1 && !several) throw severalMatches(type, 'Conditional delete')
  if (versions.length > MOST)
    throw fail('too-costly', `More than ${MOST} ${type} resources match; narrow the condition`)
  const wanted = ifMatchVersion(request)
  if (wanted !== undefined) for (const v of versions) requireVersion(v, wanted, type, v.id)
  const judged = await Promise.all(versions.map((v) => judgeFrom(v, v, undefined, context)))
  return {
    changes: versions.map((v, i) => {
      const ifVersion = wanted ?? judged[i]!.ifVersion
      return { kind: 'delete', type, id: v.id, ...(ifVersion === undefined ? {} : { ifVersion }) }
    }),
    assertions: [assertion, ...judged.flatMap((one) => one.assertions)],
    respond: (applied) => deleted(applied, request),
  }
}

function deleted(applied: readonly Applied[], request: FhirRequest): FhirResponse {
  const gone = applied.filter((a) => a.changed).length
  const last = applied.length === 1 ? applied[0]!.current : undefined
  const headers: Record<string, string> = last === undefined ? {} : { etag: etag(last.version) }
  if (preferredReturn(request) !== 'OperationOutcome') return { status: 204, headers }
  const what = gone === 0 ? 'There was nothing to delete' : `Deleted ${gone}`
  return { status: 200, headers, body: outcomeText([information(what)]) }
}
