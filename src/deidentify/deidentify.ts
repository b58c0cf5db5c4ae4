// Records → a Bundle in which nobody can be known again, and a report of what was done.
// docs/adr/0010-teaching-cases.md, https://hl7.org/fhir/R4/bundle.html#collection
// Must not let anything into the report that is about somebody, nor give out a resource that isn't valid R4.
import type { Context } from '../context.ts'
import type { Resource } from '../fhir/message.ts'
import { fieldsOf } from '../search/emit.ts'
import { createSettings } from '../search/settings.ts'
import { giveWay, worked } from '../turn.ts'
import { hide, personOf, type Hidden, type Told } from './cohort.ts'
import { knownCodings } from './codings.ts'
import type { Collected, Source } from './collect.ts'
import type { Policy } from './policy.ts'
import type { Pseudonyms } from './pseudonym.ts'
import { usualZone } from './shift.ts'
import { createTreat, type Owner } from './treat.ts'

export type Deidentified = {
  /** The resources, in an order that says nothing. */
  readonly resources: readonly Resource[]
  /** Where each of them comes from. */
  readonly sources: readonly Source[]
  readonly hidden: Hidden
  readonly counts: ReadonlyMap<string, Count>
  /** Resources that could not be told validly. */
  readonly invalid: number
}

export type Count = { readonly rule: string; readonly method: string; readonly number: number }

/** Where nothing is told, references to it are no longer either, so that all is made again. */
const MOST_ROUNDS = 5

export async function deidentified(
  { sources, patients }: Collected,
  languages: readonly string[],
  context: Context,
): Promise<Deidentified> {
  const { policy } = context.deidentify
  const pseudonyms = await context.deidentify.pseudonyms()
  const hidden = await hide(peopleOf(sources, patients, policy), policy, populationIn(context))
  const owners = ownersOf(sources, patients, hidden, policy, pseudonyms)
  const { definitions, config, baseUrl } = context
  const codings = await knownCodings(
    sources.map(({ resource }) => resource),
    policy,
    context.terminology.finder,
    languages,
  )
  const settings = createSettings(definitions, { baseUrl, zone: config.timeZone })
  const nameOf = ({ version: { type, id } }: Source): string => `${type}/${id}`
  let told = sources.filter(({ version }) => policy.paths.get(version.type)?.method === 'keep')
  let invalid = 0
  for (let round = 1; ; round += 1) {
    const names = new Set(told.map(nameOf))
    const counts = new Map<string, Count>()
    for (const { version } of sources)
      if (policy.paths.get(version.type)?.method !== 'keep') count(counts, version.type, 'remove')
    const treat = createTreat({
      policy,
      pseudonyms,
      definitions,
      settings,
      codings,
      isTold: (type, id) => names.has(`${type}/${id}`),
      did: (rule, method) => {
        count(counts, rule, method)
      },
    })
    const made: { readonly source: Source; readonly resource: Resource }[] = []
    let began = worked()
    for (const source of told) {
      const owner = source.patient === undefined ? undefined : owners.get(source.patient)
      const treated = treat(source.resource, owner)
      const resource = treated === undefined ? undefined : await soundOf(treated, counts, context)
      if (resource !== undefined) made.push({ source, resource })
      else if (treated !== undefined) invalid += 1
      const pause = giveWay(began)
      if (pause === undefined) continue
      await pause
      began = worked()
    }
    if (made.length === told.length || round === MOST_ROUNDS) {
      made.sort((a, b) => orderOf(a.resource, b.resource))
      return {
        resources: made.map(({ resource }) => resource),
        sources: made.map(({ source }) => source),
        hidden,
        counts,
        invalid,
      }
    }
    told = made.map(({ source }) => source)
  }
}

/** Elements of a resource that may be left out to make it valid. */
const MOST_LEFT_OUT = 20

/** The resource as far as it is valid: what is only half there without what was removed goes too. */
async function soundOf(
  resource: Resource,
  counts: Map<string, Count>,
  { validator }: Context,
): Promise<Resource | undefined> {
  for (let left = MOST_LEFT_OUT; ; left -= 1) {
    // As it will be read: digits are kept by values that a validator doesn't know.
    const plain = JSON.parse(JSON.stringify(resource)) as Resource
    const issues = await validator.check(plain, { storing: true })
    const wrong = issues.find(({ severity }) => severity === 'error' || severity === 'fatal')
    if (wrong === undefined) return resource
    if (left === 0 || !leaveOut(resource, wrong.expression?.[0] ?? '')) return undefined
    count(counts, 'validation', 'remove')
  }
}

/** Takes out what is at a path such as `Observation.referenceRange[0]`; false when nothing is. */
function leaveOut(resource: Resource, path: string): boolean {
  const steps = path.split('.').slice(1)
  const last = steps.pop()
  let at: unknown = resource
  for (const step of steps) at = child(at, step)
  const [, name = '', index] = /^(\w+)(?:\[(\d+)\])?$/.exec(last ?? '') ?? []
  const fields = fieldsOf(at) as Record<string, unknown> | undefined
  const value = fields?.[name]
  if (fields === undefined || value === undefined) return false
  if (index !== undefined && Array.isArray(value) && value.length > 1) {
    value.splice(Number(index), 1)
    return true
  }
  delete fields[name]
  return true
}

function child(value: unknown, step: string): unknown {
  const [, name = '', index] = /^(\w+)(?:\[(\d+)\])?$/.exec(step) ?? []
  const found = fieldsOf(value)?.[name]
  return index !== undefined && Array.isArray(found) ? (found as unknown[])[Number(index)] : found
}

function count(counts: Map<string, Count>, rule: string, method: string): void {
  const key = `${rule} ${method}`
  counts.set(key, { rule, method, number: (counts.get(key)?.number ?? 0) + 1 })
}

/** By type, patients first, and by pseudonym: the order in which they were written says how old they are. */
function orderOf(a: Resource, b: Resource): number {
  const rank = ({ resourceType }: Resource): string =>
    resourceType === 'Patient' ? '' : resourceType
  const [one, other] = [`${rank(a)} ${a.id ?? ''}`, `${rank(b)} ${b.id ?? ''}`]
  return one < other ? -1 : one > other ? 1 : 0
}

function peopleOf(sources: readonly Source[], patients: readonly string[], policy: Policy) {
  const today = new Date().getUTCFullYear()
  const ids = new Set(patients)
  return sources
    .filter(({ version }) => version.type === 'Patient' && ids.has(version.id))
    .map(({ resource }) => personOf(resource, policy, today))
}

function ownersOf(
  sources: readonly Source[],
  patients: readonly string[],
  { told }: Hidden,
  { shiftDays, zones }: Policy,
  pseudonyms: Pseudonyms,
): ReadonlyMap<string, Owner> {
  const texts = new Map<string, string[]>(patients.map((id) => [id, []]))
  for (const { patient, version } of sources)
    if (patient !== undefined) texts.get(patient)?.push(version.text ?? '')
  return new Map(
    patients.map((id): [string, Owner] => {
      const days = pseudonyms.days(id, shiftDays)
      const move = zones === 'keep' ? { days } : { days, zone: usualZone(texts.get(id) ?? []) }
      return [id, { told: told.get(id) ?? {}, move }]
    }),
  )
}

/** How many patients whom the caller sees would be told alike. */
function populationIn({ plan, store, deidentify }: Context): (told: Told) => Promise<number> {
  const oldest = new Date().getUTCFullYear() - deidentify.policy.oldest - 1
  return async ({ sex, born, country, region, postal }) => {
    const query: [string, string][] = []
    const year = (number: number): string => String(number).padStart(4, '0')
    if (sex !== undefined) query.push(['gender', sex])
    if (born !== undefined) {
      query.push(['birthdate', `lt${year(born[1] + 1)}`])
      if (born[0] > oldest) query.push(['birthdate', `ge${year(born[0])}`])
    }
    if (country !== undefined) query.push(['address-country:exact', escaped(country)])
    if (region !== undefined) query.push(['address-state:exact', escaped(region)])
    if (postal !== undefined) query.push(['address-postalcode', escaped(postal)])
    return store.count(plan('Patient', query, { strict: true }).plan)
  }
}

/** https://hl7.org/fhir/R4/search.html#escaping */
const escaped = (text: string): string => text.replace(/[\\$,|]/g, '\\$&')
