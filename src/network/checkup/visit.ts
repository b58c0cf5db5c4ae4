// What a visit to a check-up centre has: the Encounter, the patient, its results, and those of earlier visits.
// https://hl7.org/fhir/R4/encounter.html
// Must not read past the store that it is given, which shows what the caller may see; labelled results stay out of reports.
import { countryOf } from '../../consent/custody.ts'
import { labelEntries } from '../../consent/label.ts'
import type { Context } from '../../context.ts'
import { fail } from '../../errors.ts'
import { parseLossless } from '../../fhir/json.ts'
import type { Query, Resource } from '../../fhir/message.ts'
import { requirePresent } from '../../interaction/read.ts'
import { parseInstant } from '../../search/date.ts'
import { shown } from '../../search/emit.ts'
import type { Version } from '../../store/store.ts'
import { LOINC } from '../../terminology/units.ts'
import type { Person } from './band.ts'
import { BASE, type Programme } from './programme.ts'

export type Fields = Readonly<Record<string, unknown>>

export type Visit = {
  readonly encounter: Resource
  readonly patient: Resource | undefined
  /** `Patient/p1` */
  readonly subject: string
  readonly person: Person
  /** When it was, a date or dateTime. */
  readonly at: string
  /** `Organization/o1` */
  readonly organization: string | undefined
  readonly organizationName: string | undefined
  readonly country: string | undefined
  /** With their digits kept, oldest first. */
  readonly observations: readonly Resource[]
  /** Before this visit, latest first. */
  readonly earlier: readonly Resource[]
}

/** Results of one visit, and of earlier ones, that are looked at. */
const MOST = 1000

/** Statuses of a result that count, and of one that isn't ready. */
const READY = new Set(['final', 'amended', 'corrected'])
const PENDING = new Set(['registered', 'preliminary'])

export const isReady = ({ status }: Resource): boolean => READY.has(status as string)

/** The visit that an operation on an Encounter means. @throws Failure 404, 410, 422 */
export async function visitOf(id: string, context: Context): Promise<Version> {
  const version = await context.store.read('Encounter', id)
  requirePresent(version, `Encounter/${id}`)
  return version
}

/** The visit of a patient to a check-up on a day, or the last one. @throws Failure 404, 410, 422 */
export async function visitOn(
  patient: string,
  date: string | undefined,
  context: Context,
): Promise<Version> {
  requirePresent(await context.store.read('Patient', patient), `Patient/${patient}`)
  const query: Query = [
    ['subject', `Patient/${patient}`],
    ['type', `${BASE}/CodeSystem/encounter-type|korean-checkup`],
    ...(date === undefined ? [] : [['date', `ge${dayBefore(date, context)}`] as const]),
    ['_sort', '-date'],
    ['_count', '100'],
  ]
  // A visit that has not ended goes on for ever: what counts is when it began, where it was.
  const found = (await searched('Encounter', query, context)).find(
    ({ text }) => date === undefined || startOf(JSON.parse(text!) as Resource)?.startsWith(date),
  )
  if (found === undefined)
    throw fail(
      'invalid',
      `Patient/${patient} has no Encounter of type korean-checkup${date === undefined ? '' : ` on ${date}`} here`,
      date === undefined ? 'Encounter.type' : 'date',
      'not-found',
    )
  return found
}

/** A day begins earlier in the east. @throws Failure 400 for what isn't a date */
function dayBefore(date: string, { config }: Context): string {
  const low = parseInstant(date, config.timeZone)?.low
  if (low === undefined)
    throw fail('parameter', `It must be a date such as 2026-03-24, not ${shown(date)}`, 'date')
  return new Date(low - 24 * 3_600_000).toISOString()
}

const startOf = ({ period }: Fields): string | undefined =>
  (period as { readonly start?: string } | undefined)?.start

/** All that a report of the visit is made of. @throws Failure 422 when there is nothing to report */
export async function readVisit(
  version: Version,
  programme: Programme,
  context: Context,
): Promise<Visit> {
  const encounter = parseLossless(version.text!) as Resource
  if (encounter['status'] === 'cancelled' || encounter['status'] === 'entered-in-error')
    throw fail('invalid', `The visit is ${encounter['status']}`, 'Encounter.status')
  const subject = localReference(encounter['subject'], 'Patient')
  if (subject === undefined)
    throw fail('invalid', 'The visit does not name a Patient that is here', 'Encounter.subject')
  const observations = (
    await resourcesOf(
      [
        ['encounter', `Encounter/${version.id}`],
        ['_sort', 'date'],
        ['_count', String(MOST)],
      ],
      context,
    )
  ).filter((one) => isReady(one) || PENDING.has(one['status'] as string))
  if (observations.length >= MOST)
    throw fail('too-costly', `A report is made of less than ${MOST} results`)
  if (observations.length === 0)
    throw fail(
      'invalid',
      `There is no Observation of the visit Encounter/${version.id} to report`,
      'Observation.encounter',
      'not-found',
    )
  const at = earliest(observations) ?? startOf(encounter)
  if (at === undefined)
    throw fail('invalid', 'Neither the visit nor its results say when it was', 'Encounter.period')
  const patient = await patientOf(subject, context)
  const organization = localReference(encounter['serviceProvider'], 'Organization')
  const provider =
    organization === undefined
      ? undefined
      : (await context.store.read('Organization', organization.split('/')[1]!))?.text
  const name = provider === undefined ? undefined : (JSON.parse(provider) as Fields)['name']
  return {
    encounter,
    patient,
    subject,
    person: personOf(patient, at),
    at,
    organization,
    organizationName: typeof name === 'string' ? name : undefined,
    country: provider === undefined ? undefined : countryOf(provider),
    observations,
    earlier: await earlierThan(at, [subject, ...linked(patient)], observations, programme, context),
  }
}

async function patientOf(subject: string, { store }: Context): Promise<Resource | undefined> {
  const text = (await store.read('Patient', subject.split('/')[1]!))?.text
  return text === undefined ? undefined : (JSON.parse(text) as Resource)
}

/** Results of the same kinds before the visit, also from other records that say they are of the same person. */
async function earlierThan(
  at: string,
  subjects: readonly string[],
  observations: readonly Resource[],
  { byLoinc }: Programme,
  context: Context,
): Promise<readonly Resource[]> {
  const panel = '85354-9'
  const codes = new Set([panel, ...byLoinc.keys(), ...observations.flatMap(loincOf)])
  return resourcesOf(
    [
      ['subject', subjects.join(',')],
      ['code', [...codes].map((code) => `${LOINC}|${code}`).join(',')],
      ['date', `lt${at}`],
      ['status', [...READY].join(',')],
      ['_sort', '-date'],
      ['_count', String(MOST)],
    ],
    context,
  )
}

async function resourcesOf(query: Query, context: Context): Promise<readonly Resource[]> {
  const versions = await searched('Observation', query, context)
  return versions
    .map(({ text }) => parseLossless(text!) as Resource)
    .filter((resource) => !isLabelled(resource))
}

async function searched(type: string, query: Query, context: Context): Promise<readonly Version[]> {
  const { plan } = context.plan(type, query, { strict: true })
  return (await context.store.search(plan)).matches
}

/** A label stays with what it is on, and a report has none: what is restricted is left to its own resource. */
const isLabelled = (resource: Resource): boolean =>
  labelEntries(resource).some(({ kind, ...entry }) => {
    const { code } = entry as { code?: string }
    return kind !== 'token' || !LOW.has(code ?? '')
  })

const LOW = new Set(['u', 'l', 'm'])

/** `Type/id` of a reference to a resource of this server. */
function localReference(reference: unknown, type: string): string | undefined {
  const text = (reference as { readonly reference?: unknown } | undefined)?.reference
  if (typeof text !== 'string') return undefined
  return new RegExp(`(?:^|/)(${type}/[A-Za-z0-9\\-.]{1,64})(?:/_history/.*)?$`).exec(text)?.[1]
}

/** https://hl7.org/fhir/R4/patient-definitions.html#Patient.link */
function linked(patient: Resource | undefined): readonly string[] {
  const links = (patient?.['link'] ?? []) as readonly Fields[]
  return links.flatMap(({ other }) => localReference(other, 'Patient') ?? [])
}

/** LOINC codes of an Observation or a component. */
export function loincOf({ code }: Fields): readonly string[] {
  const codings = ((code ?? {}) as Fields)['coding']
  if (!Array.isArray(codings)) return []
  return (codings as readonly Fields[]).flatMap((coding) =>
    coding['system'] === LOINC && typeof coding['code'] === 'string' ? [coding['code']] : [],
  )
}

/** When it was measured, as it says it. */
export const effectiveOf = (observation: Fields): string | undefined => {
  const { effectiveDateTime, effectiveInstant, effectivePeriod } = observation
  const text =
    effectiveDateTime ??
    effectiveInstant ??
    (effectivePeriod as { start?: unknown } | undefined)?.start
  return typeof text === 'string' ? text : undefined
}

const earliest = (observations: readonly Resource[]): string | undefined =>
  observations
    .map(effectiveOf)
    .filter((text) => text !== undefined)
    .sort((one, other) => Date.parse(one) - Date.parse(other))[0]

/** Sex, and the age in completed years on the day of the visit. */
function personOf(patient: Resource | undefined, at: string): Person {
  const gender = patient?.['gender']
  return {
    gender: typeof gender === 'string' ? gender : undefined,
    years: yearsBetween(patient?.['birthDate'], at),
  }
}

function yearsBetween(birth: unknown, at: string): number | undefined {
  const [from, to] = [birth, at].map((text) =>
    typeof text === 'string' ? /^(\d{4})-(\d\d)-(\d\d)/.exec(text) : null,
  )
  if (from == null || to == null) return undefined
  const years = Number(to[1]) - Number(from[1])
  return `${to[2]}${to[3]}` < `${from[2]}${from[3]}` ? years - 1 : years
}
