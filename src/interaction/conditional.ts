// Conditions of a request: which resource a search means, and which version a header asks for.
// https://hl7.org/fhir/R4/http.html#ccreate, #cond-update, #concurrency
// Must not write: what it finds is asserted again inside the commit.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, Query } from '../fhir/message.ts'
import { readQuery } from '../fhir/query.ts'
import type { Plan } from '../search/plan.ts'
import type { Assertion, Version } from '../store/store.ts'
import { requireIndexed } from './index-issues.ts'
import { message } from '../words/message.ts'

/** What a condition selects now; `assertion` lets the commit check that it still does. */
export type Selected = { readonly versions: readonly Version[]; readonly assertion: Assertion }

/**
 * Resources that a condition selects, two at most unless `most` says otherwise.
 * @throws Failure as conditionPlan
 */
export async function select(
  type: string,
  query: Query,
  context: Context,
  most = 2,
): Promise<Selected> {
  const plan = { ...conditionPlan(type, query, context), count: most }
  const { matches } = await context.store.search(plan)
  return { versions: matches, assertion: { plan, ids: matches.map((m) => m.id) } }
}

/**
 * The search that a condition is.
 * @throws Failure 400 when the query is empty or has a parameter that is not known (a typing error must not select all)
 */
export function conditionPlan(type: string, query: Query, context: Context): Plan {
  const planned = context.plan(type, query, { strict: true })
  if (planned.plan.where.kind === 'and' && planned.plan.where.of.length === 0)
    throw fail(
      'parameter',
      `A condition on ${type} needs at least one search parameter, as in "identifier=system|value"`,
    )
  const plan: Plan = { ...planned.plan, sort: [], count: 2, includes: [], total: false }
  requireIndexed(plan, context)
  return plan
}

/**
 * The query that a condition is written in: `Patient?identifier=a|b`, or with no type, `identifier=a|b`.
 * @throws Failure 400 when it names another type, 403 for too many parameters
 */
export function conditionQuery(text: string, type: string): Query {
  const at = text.indexOf('?')
  const named = at < 0 ? '' : text.slice(0, at).replace(/^\//, '')
  if (named !== '' && named.split('/').at(-1) !== type)
    throw fail('parameter', `The condition is on ${named}, but the request is on ${type}`)
  return readQuery(text.slice(at + 1))
}

export const severalMatches = (type: string, what: string) =>
  fail('multiple-matches', message('several-match', { what, type }))

/**
 * The version that `If-Match` asks for: `W/"3"`, `"3"` or `3`; undefined without the header.
 * @throws Failure 400 when it isn't a version
 */
export function ifMatchVersion(request: FhirRequest): number | undefined {
  const header = request.headers['if-match']
  if (header === undefined) return undefined
  const digits = /^\s*(?:(?:W\/)?"([0-9]{1,15})"|([0-9]{1,15}))\s*$/.exec(header)
  if (digits === null) {
    // A version that this server never gives can't be the current one.
    if (/^\s*(?:W\/)?"[^"]*"\s*$/.test(header)) return -1
    throw fail('parameter', 'If-Match must be the ETag of a version, as in W/"3"', 'If-Match')
  }
  return Number(digits[1] ?? digits[2])
}

/** @throws Failure 412 when the current version is not the one asked for */
export function requireVersion(
  current: Version | undefined,
  wanted: number,
  type: string,
  id: string,
): void {
  const version = current?.text === undefined ? undefined : current.version
  if (version === wanted) return
  throw fail(
    'precondition',
    version === undefined
      ? message('if-match-absent', { what: `${type}/${id}` })
      : message('if-match', { what: `${type}/${id}`, version }),
  )
}
