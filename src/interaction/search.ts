// search on a type, the system and a compartment, https://hl7.org/fhir/R4/http.html#search
// Must not decide meaning (search/planner.ts does) nor parse the resources found unless a subset or other units are asked for.
import { randomUUID } from 'node:crypto'
import type { Context } from '../context.ts'
import { fail, type Issue } from '../errors.ts'
import { bundleText, type EntryText, type Link } from '../fhir/bundle.ts'
import { MAX_URL_LENGTH } from '../fhir/limits.ts'
import { outcomeText } from '../fhir/outcome.ts'
import type { FhirRequest, FhirResponse, Query } from '../fhir/message.ts'
import type { Subset } from '../fhir/summary.ts'
import type { Plan } from '../search/plan.ts'
import type { Planned } from '../search/planner.ts'
import type { UnitsView } from '../search/result.ts'
import type { Found, Limits, Step, Version } from '../store/store.ts'
import { isStrict } from './answer.ts'
import { withContained } from './contained.ts'
import { accountIssues } from './explain.ts'
import { indexIssues } from './index-issues.ts'
import { deciding, pageAsked, type Position } from './page-link.ts'
import { subsetsOf } from './subset.ts'
import { allInUnits } from './units-view.ts'

/** `GET [base]/[type]?…`, `POST [base]/[type]/_search`; without a type the whole system. */
export async function search(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const type = request.path[0] === '_search' ? undefined : request.path[0]
  const path = type === undefined ? '' : `/${type}`
  return answer(request, context, path, (query) =>
    context.plan(type, query, { strict: isStrict(request) }),
  )
}

/** `GET [base]/Patient/[id]/[type]?…` (or `*`): the same within a compartment. */
export async function compartmentSearch(
  request: FhirRequest,
  context: Context,
): Promise<FhirResponse> {
  const [compartment, id, type] = request.path as [string, string, string]
  return answer(request, context, `/${compartment}/${id}/${type}`, (query) =>
    context.plan(type === '*' ? undefined : type, query, {
      strict: isStrict(request),
      compartment: { type: compartment, id },
    }),
  )
}

/** Plan, search, and write the Bundle; `path` is what the links of the answer point to, `find` the store's search. */
export async function answer(
  request: FhirRequest,
  context: Context,
  path: string,
  planFor: (query: Query) => Planned,
  find: Find = (plan, limits) => context.store.search(plan, limits),
): Promise<FhirResponse> {
  const { sealed, rest } = pageAsked(request.query)
  const began = performance.now()
  const planned = planFor(rest)
  const planningMs = performance.now() - began
  if (planned.explain) requireExplain(request)
  const decides = deciding(planned.used)
  const asked = queryText(planned.used)
  const scope = path + (decides === planned.used ? asked : queryText(decides))
  const position = sealed === undefined ? undefined : context.pages.open(scope, sealed)
  const steps: Step[] = []
  const limits = planned.explain
    ? { ...request, explained: (step: Step) => void steps.push(step) }
    : request
  const found = await searched(planned.plan, position, (plan) => find(plan, limits))
  const account = planned.explain
    ? accountIssues({
        plan: planned.plan,
        steps,
        planningMs,
        storeMs: performance.now() - began - planningMs,
      })
    : []

  const url = context.baseUrl + path + asked
  const linkTo = (page: string): string => `${url}${asked === '' ? '?' : '&'}_cursor=${page}`
  const links: Link[] = [{ relation: 'self', url: sealed === undefined ? url : linkTo(sealed) }]
  if (sealed !== undefined) links.push({ relation: 'first', url })
  if (found.next !== undefined) {
    const total = planned.plan.total ? found.total : undefined
    const next = { cursor: found.next, ...(total === undefined ? {} : { total }) }
    links.push({ relation: 'next', url: linkTo(context.pages.seal(scope, next)) })
  }
  const { contained } = planned
  const cut = contained === undefined ? found : withContained(found, contained, context)
  const inView = await withUnits(cut, planned.units)
  const shown = await withSubset(inView, subsetAsked(planned), context)
  const issues = [
    ...planned.unknown,
    ...indexIssues(planned.plan, context),
    ...linkIssues(links),
    ...account,
  ]
  const told =
    issues.length === 0 ? undefined : outcomeText(issues, request.headers['accept-language'])
  return { status: 200, headers: {}, body: searchset(shown, links, told, context) }
}

/** How much was looked at to find a page tells of what isn't on it. @throws Failure 403 */
function requireExplain({ principal }: FhirRequest): void {
  if (principal !== undefined && !principal.roles.includes('administrator'))
    throw fail('forbidden', '_explain is for administrators', '_explain')
}

type Find = (plan: Plan, limits: Limits) => Promise<Found>

/** A page; the total is counted for the first one, and goes with the links from there on. */
async function searched(
  plan: Plan,
  position: Position | undefined,
  find: (plan: Plan) => Promise<Found>,
): Promise<Found> {
  if (position === undefined) return find(plan)
  const { cursor, total } = position
  if (!plan.total || total === undefined) return find({ ...plan, cursor })
  return { ...(await find({ ...plan, cursor, total: false })), total }
}

/** @param told an OperationOutcome about the search, if there is one */
function searchset(
  found: Found,
  links: readonly Link[],
  told: string | undefined,
  context: Context,
): string {
  const entries: EntryText[] = []
  for (const v of found.matches) entries.push(entryOf(v, 'match', context))
  for (const v of found.included) entries.push(entryOf(v, 'include', context))
  if (told !== undefined)
    entries.push({
      // Every entry of a searchset has one (bdl-7), and this resource is nowhere to be read again.
      fullUrl: `urn:uuid:${randomUUID()}`,
      resource: told,
      search: 'outcome',
    })
  return bundleText('searchset', links, entries, found.total)
}

/** A search that came as a form may have more to say than a URL can. */
function linkIssues(links: readonly Link[]): readonly Issue[] {
  const next = links.find(({ relation }) => relation === 'next')
  if (next === undefined || next.url.length <= MAX_URL_LENGTH) return []
  return [
    {
      severity: 'warning',
      code: 'too-long',
      diagnostics:
        'The link to the next page is longer than a URL may be: send the same form again, with the parameter _cursor that ends the link',
      expression: ['Bundle.link'],
    },
  ]
}

/** What the plan says to leave out; `_summary` goes before `_elements`. */
function subsetAsked({ summary, elements }: Planned): Subset | undefined {
  if (summary === 'true' || summary === 'text' || summary === 'data') return { summary }
  return elements === undefined ? undefined : { elements }
}

// Before anything is left out: the code says what may be converted.
async function withUnits(found: Found, view: UnitsView | undefined): Promise<Found> {
  if (view === undefined) return found
  const matches = await allInUnits(found.matches, view)
  return { ...found, matches, included: await allInUnits(found.included, view) }
}

async function withSubset(
  found: Found,
  subset: Subset | undefined,
  context: Context,
): Promise<Found> {
  if (subset === undefined) return found
  const matches = await subsetsOf(found.matches, subset, context)
  return { ...found, matches, included: await subsetsOf(found.included, subset, context) }
}

const entryOf = (v: Version, mode: 'match' | 'include', context: Context): EntryText => ({
  fullUrl: `${context.baseUrl}/${v.type}/${v.id}`,
  resource: v.text!,
  search: mode,
})

/**
 * `?a=b&c=d`, '' for none. The separators that FHIR uses inside values stay readable, but for `|`, which no URI has:
 * HAPI's client refuses to follow a link with one.
 */
export function queryText(query: Query): string {
  if (query.length === 0) return ''
  const part = (text: string): string =>
    encodeURIComponent(text).replace(/%(2C|3A|2F|24)/g, (escaped) => decodeURIComponent(escaped))
  return '?' + query.map(([name, value]) => `${part(name)}=${part(value)}`).join('&')
}
