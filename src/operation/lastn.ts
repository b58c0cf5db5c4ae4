// Observation/$lastn: the newest Observations of each code, by any search of Observations of some subject.
// https://hl7.org/fhir/R4/operation-observation-lastn.html
// Must not read what isn't delivered: the index says which Observations are the newest (search/latest.ts).
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { FhirRequest, FhirResponse, Query } from '../fhir/message.ts'
import { isStrict } from '../interaction/answer.ts'
import { answer } from '../interaction/search.ts'
import { pathBeside, shown } from '../search/emit.ts'
import { compareLatest, type Latest, type LatestBy } from '../search/latest.ts'
import { parseName } from '../search/parse.ts'
import type { Plan } from '../search/plan.ts'
import { fitting } from '../store/fitting.ts'
import type { Found, Version } from '../store/store.ts'
import { queryOf } from './input.ts'

const TYPE = 'Observation'

/** "a search parameter that contains a code element in its FHIRPath expression" */
const CODES =
  /^(category|code|combo-code|component-code|(code|combo-code|component-code)-value-.+)$/
const SUBJECTS = /^(patient|subject)$/

/**
 * `GET|POST [base]/Observation/$lastn?patient=…&category=…&max=…`, with any other search parameter of Observation.
 * @throws Failure 400 without a subject, without a category or code, and for what a search refuses
 */
export async function lastn(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const asked = { ...request, query: queryOf(request, context) }
  let max = 1
  return answer(
    asked,
    context,
    `/${TYPE}/$lastn`,
    (query) => {
      max = maxOf(query)
      const rest = query.filter(([name]) => name !== 'max')
      if (rest.some(([name]) => name === '_sort'))
        throw fail('parameter', 'The order of $lastn is newest first', `${TYPE}?_sort`)
      const planned = context.plan(TYPE, rest, { strict: isStrict(request) })
      requireNamed(planned.used, SUBJECTS, 'patient', 'a subject: patient or subject')
      requireNamed(planned.used, CODES, 'code', 'a category, or a code such as that of code')
      const isGiven = rest.length < query.length
      return isGiven ? { ...planned, used: [...planned.used, ['max', String(max)]] } : planned
    },
    (plan) => page(plan, { ...groupsOf(context), max }, request, context),
  )
}

function maxOf(query: Query): number {
  const [first, ...more] = query.filter(([name]) => name === 'max')
  if (first === undefined) return 1
  if (more.length > 0) throw fail('parameter', 'It may be given once only', 'max')
  const [, value] = first
  if (/^\d{1,9}$/.test(value) && Number(value) > 0) return Number(value)
  throw fail('parameter', `It must be a whole number from 1, not ${shown(value)}`, 'max')
}

function requireNamed(query: Query, names: RegExp, at: string, what: string): void {
  const isNamed = query.some(([name]) => {
    const [first] = parseName(name)
    // These select by what isn't there.
    const isNegative = ['missing', 'not', 'not-in'].includes(first?.modifier ?? '')
    return first !== undefined && names.test(first.code) && !isNegative
  })
  if (!isNamed) throw fail('parameter', `$lastn needs ${what}`, `${TYPE}?${at}`, 'required')
}

function groupsOf({ parameters }: Context): Omit<LatestBy, 'max'> {
  const pathsOf = (code: string): string[] =>
    (parameters.forType(TYPE).get(code)?.paths ?? []).map(({ path }) => path)
  const code = pathsOf('code')
  return {
    subject: pathsOf('subject'),
    code,
    text: code.map((path) => pathBeside(path, 'text')),
    date: pathsOf('date'),
  }
}

/** A page begins behind the place in the order where the page before ended, so that what is new in front moves nothing. */
async function page(
  plan: Plan,
  by: LatestBy,
  request: FhirRequest,
  { store }: Context,
): Promise<Found> {
  const chosen = [...(await store.latest(plan, by, request))].sort(compareLatest)
  const total = chosen.length
  if (plan.count === 0) return { matches: [], included: [], total }
  const after = plan.cursor === undefined ? undefined : readPlace(plan.cursor)
  const rest = after === undefined ? chosen : chosen.filter((one) => compareLatest(after, one) < 0)
  const some = rest.slice(0, plan.count)
  const versions = new Map<string, Version>()
  for (const version of await store.readMany(some.map(({ id }) => ({ type: TYPE, id }))))
    versions.set(version.id, version)
  // What was deleted since it was found is left out.
  const found = some.filter(({ id }) => versions.has(id))
  const fit = fitting(found, plan.count, ({ id }) => versions.get(id)?.text?.length ?? 0)
  const matches = found.slice(0, fit).map(({ id }) => versions.get(id)!)
  const last =
    fit < found.length ? found[fit - 1] : rest.length > some.length ? some.at(-1) : undefined
  return {
    matches,
    included: await beside(plan, matches, request, store),
    total,
    ...(last === undefined ? {} : { next: writePlace(last) }),
  }
}

/** What the matches of a page include, which must be few enough to come with them. */
async function beside(
  { includes, includeCount }: Plan,
  matches: readonly Version[],
  request: FhirRequest,
  store: Context['store'],
): Promise<readonly Version[]> {
  if (includes.length === 0 || matches.length === 0) return []
  const { included, next } = await store.search(
    {
      types: [TYPE],
      where: { kind: 'id', ids: matches.map(({ id }) => id), type: TYPE },
      sort: [],
      count: matches.length,
      total: false,
      includes,
      ...(includeCount === undefined ? {} : { includeCount }),
    },
    request,
  )
  if (next !== undefined)
    throw fail(
      'too-costly',
      'These Observations bring more included resources than a page holds; ask for fewer with _count',
      `${TYPE}?_count`,
    )
  return included
}

const writePlace = ({ time, written, id }: Latest): string =>
  Buffer.from(JSON.stringify([time ?? null, written, id])).toString('base64url')

/** Signed with the link, so that it is what writePlace made. */
function readPlace(text: string): Latest {
  const [time, written, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [
    number | null,
    number,
    string,
  ]
  return { time: time ?? undefined, written, id }
}
