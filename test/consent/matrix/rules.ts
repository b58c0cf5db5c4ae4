// The rules of docs/access.md once more, written down plainly for the resources that world.ts makes: no index, no store, no plan.
// Must not use anything of src/: it is what that is held against.

export type Json = Record<string, any>

/** Who asks, and when. */
export type Caller = {
  readonly organization: string
  readonly country: string | undefined
  readonly user: string | undefined
  /** PractitionerRole, CareTeam and Group references that stand for the caller. */
  readonly standsFor: readonly string[]
  readonly purpose: string
  readonly now: number
}

export type Verdict = 'own' | 'shared' | 'permit' | 'border' | 'deny' | 'nothing'

const CUSTODIAN = 'http://ieum.example/fhir/CodeSystem/custodian'
const COUNTRY = 'urn:iso:std:iso:3166'
const HL7 = 'http://terminology.hl7.org/CodeSystem'
const GUIDE = 'http://ieum.example/fhir/StructureDefinition'
const SHARED = new Set(['Organization', 'Practitioner', 'PractitionerRole', 'Location'])

const tagOf = (resource: Json, system: string): string | undefined =>
  (resource.meta?.tag ?? []).find((t: Json) => t.system === system)?.code

export const custodianOf = (resource: Json): string | undefined => tagOf(resource, CUSTODIAN)

const nameOf = (resource: Json): string => `${resource.resourceType}/${resource.id}`

const list = (value: any): any[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

const refs = (...values: any[]): string[] =>
  values
    .flatMap(list)
    .flatMap((v: Json | undefined) => (v?.reference === undefined ? [] : [v.reference]))

/** What a resource refers to at R4's search parameters, for the types of the test. */
export function refersTo(r: Json): string[] {
  switch (r.resourceType) {
    case 'Patient':
      return refs(
        r.generalPractitioner,
        r.managingOrganization,
        list(r.link).map((l) => l.other),
      )
    case 'Observation':
      return refs(r.subject, r.encounter, r.performer, r.derivedFrom, r.hasMember)
    case 'DiagnosticReport':
      return refs(r.subject, r.encounter, r.performer, r.result, r.resultsInterpreter)
    case 'Condition':
      return refs(r.subject, r.encounter, r.asserter)
    case 'Encounter':
      return refs(
        r.subject,
        r.serviceProvider,
        list(r.participant).map((p) => p.individual),
      )
    case 'MedicationRequest':
      return refs(r.subject, r.encounter, r.requester)
    case 'Immunization':
      return refs(
        r.patient,
        list(r.performer).map((p) => p.actor),
      )
    case 'DocumentReference':
      return refs(r.subject, r.author, r.custodian, list(r.context?.encounter))
    case 'Consent':
      return refs(
        r.patient,
        r.performer,
        r.organization,
        list(r.provision?.actor).map((a) => a.reference),
        list(r.provision?.data).map((d) => d.reference),
      )
    default:
      return []
  }
}

function authorsOf(r: Json): string[] {
  switch (r.resourceType) {
    case 'Observation':
      return refs(r.performer)
    case 'DiagnosticReport':
      return refs(r.performer)
    case 'Condition':
      return refs(r.asserter)
    case 'Encounter':
      return refs(list(r.participant).map((p) => p.individual))
    case 'MedicationRequest':
      return refs(r.requester)
    case 'Immunization':
      return refs(list(r.performer).map((p) => p.actor))
    case 'DocumentReference':
      return refs(r.author)
    default:
      return []
  }
}

/** Patients whose compartment it is in. */
export function patientsOf(r: Json): string[] {
  const at: Record<string, () => string[]> = {
    Patient: () => [nameOf(r), ...refs(list(r.link).map((l) => l.other))],
    Observation: () => refs(r.subject, r.performer),
    DiagnosticReport: () => refs(r.subject),
    Condition: () => refs(r.subject, r.asserter),
    Encounter: () => refs(r.subject),
    MedicationRequest: () => refs(r.subject),
    Immunization: () => refs(r.patient),
    DocumentReference: () => refs(r.subject, r.author),
    Consent: () => refs(r.patient),
  }
  return [...new Set((at[r.resourceType]?.() ?? []).filter((one) => one.startsWith('Patient/')))]
}

type Interval = readonly [low: number, high: number]

/** `[low, high)` of a date or a dateTime with a zone. */
function interval(text: string): Interval {
  const whole = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T.+)?)?)?$/.exec(text)
  if (whole === null) throw new Error(`no date: ${text}`)
  const [, year, month, day, time] = whole
  if (time !== undefined) {
    const at = Date.parse(text)
    return [at, at + (/\.\d/.test(time) ? 1 : 1000)]
  }
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)]
  const next: [number, number, number] =
    day !== undefined ? [y, m, d + 1] : month !== undefined ? [y, m + 1, 1] : [y + 1, 0, 1]
  return [Date.UTC(y, m, d), Date.UTC(...next)]
}

const period = (p: Json): Interval => [
  p.start === undefined ? -Infinity : interval(p.start)[0],
  p.end === undefined ? Infinity : interval(p.end)[1],
]

/** When care was given; undefined where it doesn't say. */
function careOf(r: Json): Interval | undefined {
  const of = (when: any): Interval | undefined =>
    when === undefined ? undefined : typeof when === 'string' ? interval(when) : period(when)
  switch (r.resourceType) {
    case 'Observation':
      return of(r.effectiveDateTime ?? r.effectivePeriod)
    case 'DiagnosticReport':
      return of(r.effectiveDateTime ?? r.issued)
    case 'Encounter':
      return of(r.period)
    case 'MedicationRequest':
      return of(r.authoredOn)
    case 'Immunization':
      return of(r.occurrenceDateTime)
    case 'DocumentReference':
      return of(r.context?.period ?? r.date)
    default:
      return undefined
  }
}

type Type = 'permit' | 'deny'

/** A criterion: how each of its alternatives is for a permit or deny. `undefined` = can't be judged. */
const anyOf = <T>(
  alternatives: readonly T[],
  type: Type,
  holds: (one: T) => boolean | undefined,
): boolean => alternatives.some((one) => holds(one) ?? type === 'deny')

const BELOW: Record<string, string[]> = {
  TREAT: ['CLINTRL', 'COC', 'POPHLTH', 'ETREAT', 'BTG', 'ERTREAT'],
  ETREAT: ['BTG', 'ERTREAT'],
  HPAYMT: [
    'CLMATTCH',
    'COVAUTH',
    'COVERAGE',
    'ELIGDTRM',
    'ELIGVER',
    'ENROLLM',
    'MILDCRG',
    'REMITADV',
  ],
  HRESCH: ['BIORCH', 'DSRCH', 'POARCH', 'TRANSRCH', 'CLINTRCH'],
}

const RECIPIENT = new Set([
  `${HL7}/v3-ParticipationType|IRCP`,
  `${HL7}/v3-ParticipationType|PRCP`,
  `${HL7}/v3-RoleCode|GRANTEE`,
  `${HL7}/v3-RoleCode|DELEGATEE`,
])

const LEVELS = ['U', 'L', 'M', 'N', 'R', 'V']
const SENSITIVE: Record<string, string[]> = {
  PSY: [],
  HIV: [],
  ETH: [],
  SDV: [],
  SUD: ['ETHUD', 'OPIOIDUD'],
  ETHUD: [],
  OPIOIDUD: [],
}

function labelsHold(labels: readonly Json[], r: Json, type: Type): boolean {
  const carried = list(r.meta?.security)
  const levels = carried
    .filter((c) => c.system === `${HL7}/v3-Confidentiality`)
    .map((c) => LEVELS.indexOf(c.code))
  const level = levels.length === 0 ? LEVELS.indexOf('N') : Math.max(...levels)
  const sensitivities = carried
    .filter((c) => c.system === `${HL7}/v3-ActCode`)
    .map((c): string => c.code)
  const named = labels
    .filter((c) => c.system === `${HL7}/v3-Confidentiality`)
    .map((c) => LEVELS.indexOf(c.code))
  const covered = labels
    .filter((c) => c.system === `${HL7}/v3-ActCode`)
    .flatMap((c): string[] => [c.code, ...(SENSITIVE[c.code] ?? [])])
  if (type === 'deny')
    return (
      (named.length > 0 && level >= Math.min(...named)) ||
      sensitivities.some((s) => covered.includes(s))
    )
  if (!sensitivities.every((s) => covered.includes(s))) return false
  return named.length > 0 ? level <= Math.max(...named) : sensitivities.length > 0
}

function codesOf(r: Json, type: Type): string[] {
  const of = (concept: Json | undefined): string[] =>
    list(concept?.coding).map((c) => `${c.system}|${c.code}`.toLowerCase())
  switch (r.resourceType) {
    case 'Observation':
      return [
        ...of(r.code),
        ...(type === 'deny' ? list(r.component).flatMap((c) => of(c.code)) : []),
      ]
    case 'DiagnosticReport':
    case 'Condition':
      return of(r.code)
    case 'MedicationRequest':
      return of(r.medicationCodeableConcept)
    case 'Immunization':
      return of(r.vaccineCode)
    case 'DocumentReference':
      return of(r.type)
    default:
      return []
  }
}

function datesHold(within: Interval, r: Json, type: Type): boolean {
  const [low, high] = within
  if (r.resourceType === 'Condition') {
    if (r.onsetDateTime === undefined) return type === 'deny'
    const [l, h] = interval(r.onsetDateTime)
    if (type === 'permit') return low <= l && h <= high
    const end = r.abatementDateTime === undefined ? Infinity : interval(r.abatementDateTime)[1]
    return l < high && end > low
  }
  if (r.resourceType === 'Patient') return type === 'permit'
  const care = careOf(r)
  if (care === undefined) return type === 'deny'
  const [l, h] = care
  return type === 'permit' ? low <= l && h <= high : l < high && h > low
}

function dataHolds(
  data: readonly Json[],
  r: Json,
  type: Type,
  world: ReadonlyMap<string, Json>,
): boolean {
  return anyOf(data, type, ({ meaning, reference }: Json): boolean | undefined => {
    const target: string = reference.reference
    const itself = nameOf(r) === target
    switch (meaning) {
      case 'instance':
        return itself
      case 'dependents':
        return itself || refersTo(r).includes(target)
      case 'related': {
        const there = world.get(target)
        return (
          itself ||
          (there !== undefined && refersTo(there).includes(nameOf(r))) ||
          (target.startsWith('Encounter/') && refersTo(r).includes(target))
        )
      }
      case 'authoredby':
        return authorsOf(r).includes(target)
      default:
        return undefined
    }
  })
}

const CRITERIA = [
  'actor',
  'purpose',
  'action',
  'class',
  'code',
  'securityLabel',
  'dataPeriod',
  'data',
] as const

const countriesOf = (p: Json): string[] | undefined => {
  const found = list(p.extension).filter((e) => e.url === `${GUIDE}/destination-country`)
  return found.length === 0
    ? undefined
    : found.flatMap((e) => list(e.valueCodeableConcept?.coding).map((c): string => c.code))
}

/** A provision with what it takes over from those around it. */
function taken(p: Json, around: Json): Json {
  const out: Json = { ...p }
  for (const name of CRITERIA) out[name] = p[name] ?? around[name]
  out.countries = countriesOf(p) ?? around.countries
  // The root's period is when the consent is in force; one taken over from a provision inside is a criterion.
  out.during = p.period ?? around.during
  return out
}

function isCaller(reference: string, caller: Caller): boolean {
  return (
    reference === `Organization/${caller.organization}` ||
    reference === caller.user ||
    caller.standsFor.includes(reference)
  )
}

function holds(
  p: Json,
  type: Type,
  r: Json,
  caller: Caller,
  world: ReadonlyMap<string, Json>,
): boolean {
  if (p.actor !== undefined) {
    const ok = anyOf(list(p.actor), type, (a: Json) =>
      list(a.role?.coding).some((c) => RECIPIENT.has(`${c.system}|${c.code}`))
        ? isCaller(a.reference.reference, caller)
        : undefined,
    )
    if (!ok) return false
  }
  if (p.purpose !== undefined) {
    const ok = anyOf(list(p.purpose), type, (c: Json) =>
      c.system === `${HL7}/v3-ActReason`
        ? c.code === caller.purpose || (BELOW[c.code] ?? []).includes(caller.purpose)
        : undefined,
    )
    if (!ok) return false
  }
  if (p.action !== undefined) {
    const ok = anyOf(list(p.action), type, (a: Json) => {
      const codes = list(a.coding).map((c): string => c.code)
      if (codes.some((c) => ['access', 'use', 'disclose'].includes(c))) return true
      return codes.every((c) => ['collect', 'correct'].includes(c)) ? false : undefined
    })
    if (!ok) return false
  }
  if (p.during !== undefined) {
    const [low, high] = period(p.during)
    if (caller.now < low || caller.now >= high) return false
  }
  if (p.countries !== undefined) {
    const home =
      type === 'permit' && tagOf(r, COUNTRY) !== undefined && tagOf(r, COUNTRY) === caller.country
    const named =
      caller.country === undefined ? type === 'deny' : p.countries.includes(caller.country)
    if (!home && !named) return false
  }
  if (p.class !== undefined) {
    const ok = anyOf(list(p.class), type, (c: Json) => {
      if (c.system === 'http://hl7.org/fhir/resource-types') return c.code === r.resourceType
      if (c.system !== 'http://loinc.org') return undefined
      return (
        r.resourceType === 'DocumentReference' &&
        codesOf(r, type).includes(`http://loinc.org|${c.code}`)
      )
    })
    if (!ok) return false
  }
  if (p.code !== undefined) {
    const carried = codesOf(r, type)
    const ok = anyOf(list(p.code), type, (concept: Json) =>
      list(concept.coding).length === 0
        ? undefined
        : list(concept.coding).some((c) => carried.includes(`${c.system}|${c.code}`.toLowerCase())),
    )
    if (!ok) return false
  }
  if (p.securityLabel !== undefined && !labelsHold(list(p.securityLabel), r, type)) return false
  if (p.dataPeriod !== undefined && !datesHold(period(p.dataPeriod), r, type)) return false
  return p.data === undefined || dataHolds(list(p.data), r, type, world)
}

/** Whether what leaves the country of the record may, by what the permit says. */
function mayCross(p: Json, consent: Json, r: Json, caller: Caller): boolean {
  const from = tagOf(r, COUNTRY)
  if (from !== undefined && from === caller.country) return true
  if (caller.country === undefined) return false
  const named = list(p.actor).some((a) => isCallerByName(a.reference.reference, caller))
  const told = p.countries === undefined ? named : p.countries.includes(caller.country)
  if (!told) return false
  if (from === 'KR') return list(p.actor).length > 0 && list(p.purpose).length > 0
  if (from === 'RU')
    return list(consent.extension).some((e) => e.url === `${GUIDE}/transfer-notification`)
  return true
}

const isCallerByName = (reference: string, caller: Caller): boolean => isCaller(reference, caller)

type Answer = 'permit' | 'deny' | 'nothing'

function says(
  p: Json,
  consent: Json,
  r: Json,
  caller: Caller,
  world: ReadonlyMap<string, Json>,
  bordered: boolean,
): Answer {
  const inner = list(p.provision).map((q) => says(taken(q, p), consent, r, caller, world, bordered))
  if (inner.includes('deny')) return 'deny'
  if (inner.includes('permit')) return 'permit'
  const type: Type = p.type === 'permit' ? 'permit' : 'deny'
  if (!holds(p, type, r, caller, world)) return 'nothing'
  return type === 'deny' || !bordered || mayCross(p, consent, r, caller) ? type : 'nothing'
}

function inForce(consent: Json, now: number): boolean {
  if (consent.status !== 'active') return false
  if (
    !list(consent.scope?.coding).some(
      (c) => c.system === `${HL7}/consentscope` && c.code === 'patient-privacy',
    )
  )
    return false
  const root = consent.provision
  if (root?.period === undefined) return true
  const [low, high] = period(root.period)
  return low <= now && now < high
}

function consentSays(
  consent: Json,
  r: Json,
  caller: Caller,
  world: ReadonlyMap<string, Json>,
  bordered: boolean,
): Answer {
  if (!inForce(consent, caller.now) || consent.provision === undefined) return 'nothing'
  const { period: _, ...root } = consent.provision
  return says(taken(root, {}), consent, r, caller, world, bordered)
}

/** Whether the caller, a system or clinician, sees a resource, and why. */
export function judge(r: Json, caller: Caller, world: ReadonlyMap<string, Json>): Verdict {
  const custodian = custodianOf(r)
  if (custodian === caller.organization) return 'own'
  if (SHARED.has(r.resourceType)) return 'shared'
  if (custodian === undefined) return 'nothing'
  const patients = patientsOf(r)
  const consents = [...world.values()].filter(
    (one) =>
      one.resourceType === 'Consent' &&
      custodianOf(one) === custodian &&
      patients.includes(one.patient.reference),
  )
  const together = (bordered: boolean): Answer => {
    const answers = consents.map((one) => consentSays(one, r, caller, world, bordered))
    if (answers.includes('deny')) return 'deny'
    return answers.includes('permit') ? 'permit' : 'nothing'
  }
  const verdict = together(true)
  // But for the law of the record's country it would be seen.
  return verdict !== 'permit' && together(false) === 'permit' ? 'border' : verdict
}

export const isSeen = (verdict: Verdict): boolean =>
  verdict === 'own' || verdict === 'shared' || verdict === 'permit'
