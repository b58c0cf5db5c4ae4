// $everything of a patient, of all patients and of an encounter: the whole record, page by page.
// https://hl7.org/fhir/R4/patient-operation-everything.html and encounter-operation-everything.html
// Must not parse resources, nor decide what belongs to a record: the CompartmentDefinition does.
import type { Context } from '../context.ts'
import { fail, type Issue } from '../errors.ts'
import type { FhirRequest, FhirResponse, Query } from '../fhir/message.ts'
import { isStrict } from '../interaction/answer.ts'
import { requirePresent } from '../interaction/read.ts'
import { answer } from '../interaction/search.ts'
import { parseInstant, type Interval } from '../search/date.ts'
import { shown } from '../search/emit.ts'
import { FOREVER } from '../search/entry.ts'
import { everythingPlan, type EverythingOptions } from '../search/everything.ts'
import { nearest } from '../search/nearest.ts'
import { unitsAsked } from '../interaction/units-view.ts'
import type { Planned } from '../search/planner.ts'
import { queryOf } from './input.ts'

/** Parameters by the type that the operation is asked of; those of the form go with all. */
const KNOWN = {
  Patient: ['start', 'end', '_since', '_type', '_count'],
  Encounter: ['_since', '_type', '_count'],
} as const
const OF_THE_FORM = ['_format', '_pretty', '_units']

/**
 * `GET|POST [base]/Patient/$everything`, `…/Patient/[id]/$everything`, `…/Encounter/[id]/$everything`; as much on a page
 * as the server gives unless `_count` says less.
 * @throws Failure 404 and 410 for what isn't there, 400 for a value that can't be read
 */
export async function everything(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const [type, id] = request.path.slice(0, -1) as ['Patient' | 'Encounter', string?]
  const what = id === undefined ? type : `${type}/${id}`
  if (id !== undefined) requirePresent(await context.store.read(type, id), what)
  const asked = { ...request, query: queryOf(request, context) }
  return answer(asked, context, `/${what}/$everything`, (query) => {
    const { options, used, unknown } = readOptions(type, query, isStrict(request), context)
    const center = id === undefined ? { type } : { type, id }
    const plan = everythingPlan(center, options, context.parameters, context.definitions)
    const units = unitsAsked(used)
    return { plan, used, unknown, total: 'none', ...(units === undefined ? {} : { units }) }
  })
}

type Read = Pick<Planned, 'used' | 'unknown'> & { readonly options: EverythingOptions }

function readOptions(
  type: keyof typeof KNOWN,
  query: Query,
  strict: boolean,
  { config, definitions }: Context,
): Read {
  const known: readonly string[] = KNOWN[type]
  const used: (readonly [string, string])[] = []
  const unknown: Issue[] = []
  const types: string[] = []
  const once = new Map<string, string>()
  for (const [name, value] of query) {
    if (!known.includes(name) && !OF_THE_FORM.includes(name)) {
      const near = nearest(name, known)
      const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''
      const diagnostics = `$everything of ${type} knows ${known.join(', ')}, not ${shown(name)}${hint}`
      if (strict) throw fail('parameter', diagnostics, name.slice(0, 100))
      unknown.push({ severity: 'warning', code: 'not-supported', diagnostics, expression: [name] })
      continue
    }
    if (name === '_type') types.push(...value.split(','))
    else if (once.has(name)) throw fail('parameter', 'It may be given once only', name)
    else once.set(name, value)
    used.push([name, value])
  }
  const wrong = types.find((one) => !definitions.isResourceType(one))
  if (wrong !== undefined) {
    const near = nearest(wrong, definitions.resourceTypes)
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''
    throw fail('parameter', `There is no resource type ${shown(wrong)} in FHIR R4${hint}`, '_type')
  }
  const since = timeOf('_since', once, config.timeZone)?.low
  const start = timeOf('start', once, config.timeZone)?.low
  const end = timeOf('end', once, config.timeZone)?.high
  const low = start ?? -FOREVER
  const high = end ?? FOREVER
  if (low >= high) throw fail('parameter', 'It is before start', 'end')
  const options = {
    count: countOf(once.get('_count'), config.maxPageSize),
    ...(since === undefined ? {} : { since }),
    ...(types.length === 0 ? {} : { types: [...new Set(types)] }),
    ...(start === undefined && end === undefined ? {} : { care: { low, high } }),
  }
  return { options, used, unknown }
}

function countOf(value: string | undefined, most: number): number {
  if (value === undefined) return most
  if (/^\d{1,9}$/.test(value) && Number(value) > 0) return Math.min(Number(value), most)
  throw fail('parameter', `It must be a whole number from 1, not ${shown(value)}`, '_count')
}

function timeOf(
  name: string,
  given: ReadonlyMap<string, string>,
  zone: string,
): Interval | undefined {
  const value = given.get(name)
  if (value === undefined) return undefined
  const time = parseInstant(value, zone)
  if (time !== undefined) return time
  const right = name === '_since' ? 'an instant such as 2026-03-01T08:30:00+09:00' : 'a date'
  throw fail('parameter', `It must be ${right}, not ${shown(value)}`, name)
}
