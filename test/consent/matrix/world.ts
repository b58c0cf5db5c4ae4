// A small network by chance: three organisations of three countries, their patients, records and consents.
// Must not make what docs/access.md leaves open, such as dates without a zone at the edge of a period.
import type { Json } from './rules.ts'

export const ORGANIZATIONS = [
  { id: 'almaty', country: 'KZ' },
  { id: 'busan', country: 'KR' },
  { id: 'moscow', country: 'RU' },
] as const

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const GUIDE = 'http://ieum.example/fhir/StructureDefinition'

export type Dice = {
  /** 0 ≤ n < sides. */
  readonly roll: (sides: number) => number
  readonly of: <T>(choices: readonly T[]) => T
  /** Once in n. */
  readonly once: (n: number) => boolean
}

/** Numbers that follow from a seed (xorshift32). */
export function dice(seed: number): Dice {
  let state = seed | 0 || 1
  const roll = (sides: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % sides
  }
  return { roll, of: (choices) => choices[roll(choices.length)]!, once: (n) => roll(n) === 0 }
}

export type World = {
  /** By `Type/id`. */
  readonly resources: ReadonlyMap<string, Json>
  /** Tag that tells it apart from other worlds in one store. */
  readonly tag: string
  /** What stands for the clinician of an organisation besides the user, by organisation. */
  readonly standsFor: ReadonlyMap<string, readonly string[]>
}

const CODES = [
  { system: 'http://loinc.org', code: '2339-0' },
  { system: 'http://loinc.org', code: '718-7' },
  { system: 'http://loinc.org', code: '8867-4' },
]
const DATES = [
  '2023',
  '2024-03',
  '2024-11-20',
  '2025-05-02T09:00:00Z',
  '2025-10-01',
  '2026-02-14T23:30:00+09:00',
]
const BOUNDS = ['2023-06-01', '2024-03-01', '2024-12-31', '2025-06', '2026']
const CLASSES = [
  'Observation',
  'Condition',
  'DiagnosticReport',
  'Encounter',
  'Patient',
  'MedicationRequest',
  'Immunization',
  'DocumentReference',
  'Consent',
]
const SENSITIVE = ['PSY', 'HIV', 'ETHUD']

/** A network under a prefix that keeps its ids apart from those of others; some patients of each organisation. */
export function makeWorld(prefix: string, d: Dice, patientsOfEach: number): World {
  const resources = new Map<string, Json>()
  const tag = `${prefix}world`
  const keep = (organization: { id: string; country: string }, resource: Json): Json => {
    const { resourceType, ...rest } = resource
    const security = labels(d)
    const whole = {
      resourceType,
      id: `${prefix}${String(resources.size)}`,
      ...rest,
      meta: {
        ...(resource.meta as Json | undefined),
        ...(security.length === 0 || resourceType === 'Consent' ? {} : { security }),
        tag: [
          { system: 'urn:test:world', code: tag },
          {
            system: 'http://ieum.example/fhir/CodeSystem/custodian',
            code: `${prefix}${organization.id}`,
          },
          ...(d.once(12) ? [] : [{ system: 'urn:iso:std:iso:3166', code: organization.country }]),
        ],
      },
    }
    resources.set(`${whole.resourceType as string}/${whole.id}`, whole)
    return whole
  }
  const ref = (r: Json): Json => ({ reference: `${r.resourceType as string}/${r.id as string}` })

  const standsFor = new Map<string, string[]>()
  const people: Json[] = []
  for (const { id, country } of ORGANIZATIONS) {
    const name = `${prefix}${id}`
    const tags = [{ system: 'urn:test:world', code: tag }]
    resources.set(`Organization/${name}`, {
      resourceType: 'Organization',
      id: name,
      meta: { tag: tags },
      name: id,
      address: [{ country }],
    })
    const doctor = { resourceType: 'Practitioner', id: `${name}-doctor`, meta: { tag: tags } }
    resources.set(`Practitioner/${doctor.id}`, doctor)
    people.push(doctor)
    resources.set(`PractitionerRole/${name}-role`, {
      resourceType: 'PractitionerRole',
      id: `${name}-role`,
      meta: { tag: tags },
      active: true,
      practitioner: ref(doctor),
      organization: { reference: `Organization/${name}` },
    })
    standsFor.set(name, [`PractitionerRole/${name}-role`])
  }

  for (const organization of ORGANIZATIONS) {
    for (let p = 0; p < patientsOfEach; p++) {
      const patient = keep(organization, {
        resourceType: 'Patient',
        identifier: [{ system: 'urn:test', value: `${prefix}${organization.id}-${String(p)}` }],
        gender: d.of(['male', 'female']),
      })
      const about = { subject: ref(patient) }
      const encounter = keep(organization, {
        resourceType: 'Encounter',
        status: 'finished',
        class: { system: `${HL7}/v3-ActCode`, code: 'AMB' },
        ...about,
        ...(d.once(3)
          ? {}
          : { period: { start: d.of(DATES), ...(d.once(2) ? {} : { end: '2026-03-01' }) } }),
        participant: [{ individual: ref(d.of(people)) }],
      })
      const observations = Array.from({ length: 3 }, (_, i) =>
        keep(organization, {
          resourceType: 'Observation',
          identifier: [
            { system: 'urn:test', value: `${prefix}${organization.id}-${String(p)}-o${String(i)}` },
          ],
          status: 'final',
          category: [{ coding: [{ system: `${HL7}/observation-category`, code: 'laboratory' }] }],
          code: { coding: [d.of(CODES)] },
          ...about,
          ...(d.once(2) ? { encounter: ref(encounter) } : {}),
          ...(d.once(4) ? {} : { effectiveDateTime: d.of(DATES) }),
          ...(d.once(3)
            ? { performer: [ref(d.of(people))] }
            : d.once(8)
              ? {
                  performer: [
                    ref(d.of([...resources.values()].filter((r) => r.resourceType === 'Patient'))),
                  ],
                }
              : {}),
          ...(d.once(6)
            ? { component: [{ code: { coding: [d.of(CODES)] }, valueString: 'x' }] }
            : {}),
        }),
      )
      keep(organization, {
        resourceType: 'DiagnosticReport',
        status: 'final',
        code: { coding: [d.of(CODES)] },
        ...about,
        ...(d.once(3)
          ? {}
          : d.once(2)
            ? { issued: '2025-05-02T09:00:00Z' }
            : { effectiveDateTime: d.of(DATES) }),
        ...filled('result', observations.filter(() => d.once(2)).map(ref)),
      })
      keep(organization, {
        resourceType: 'Condition',
        clinicalStatus: { coding: [{ system: `${HL7}/condition-clinical`, code: 'active' }] },
        code: { coding: [d.of(CODES)] },
        ...about,
        ...(d.once(3) ? {} : { onsetDateTime: d.of(DATES) }),
        ...(d.once(2) ? { asserter: ref(d.of(people)) } : {}),
      })
      if (d.once(2))
        keep(organization, {
          resourceType: 'MedicationRequest',
          status: 'active',
          intent: 'order',
          medicationCodeableConcept: { coding: [d.of(CODES)] },
          ...about,
          ...(d.once(2) ? { authoredOn: d.of(DATES) } : {}),
          requester: ref(d.of(people)),
        })
      if (d.once(2))
        keep(organization, {
          resourceType: 'Immunization',
          status: 'completed',
          vaccineCode: { coding: [d.of(CODES)] },
          patient: ref(patient),
          occurrenceDateTime: d.of(DATES),
        })
      if (d.once(2))
        keep(organization, {
          resourceType: 'DocumentReference',
          status: 'current',
          type: { coding: [d.of(CODES)] },
          ...about,
          author: [ref(d.of(people))],
          ...(d.once(2) ? { date: '2025-05-02T09:00:00Z' } : {}),
          content: [{ attachment: { title: 'x' } }],
        })
    }
  }
  // A record of a patient that another organisation registered.
  const patients = [...resources.values()].filter((r) => r.resourceType === 'Patient')
  for (let i = 0; i < 3; i++)
    keep(d.of(ORGANIZATIONS), {
      resourceType: 'Observation',
      identifier: [{ system: 'urn:test', value: `${prefix}guest-${String(i)}` }],
      status: 'final',
      code: { coding: [d.of(CODES)] },
      subject: ref(d.of(patients)),
      effectiveDateTime: d.of(DATES),
    })
  const consents = 12 + d.roll(8)
  for (let i = 0; i < consents; i++) {
    const patient = d.of(patients)
    const keeper = d.once(6)
      ? d.of(ORGANIZATIONS)
      : ORGANIZATIONS.find(({ id }) => JSON.stringify(patient.meta).includes(`"${prefix}${id}"`))!
    keep(keeper, consent(prefix, d, ref(patient), [...resources.values()], people))
  }
  return { resources, tag, standsFor }
}

/** An array that has something in it, which R4 asks of every array. */
const filled = (name: string, values: readonly Json[]): Json =>
  values.length === 0 ? {} : { [name]: values }

function labels(d: Dice): Json[] {
  const out: Json[] = []
  if (d.once(4)) out.push({ system: `${HL7}/v3-Confidentiality`, code: d.of(['N', 'R', 'V', 'L']) })
  if (d.once(8)) out.push({ system: `${HL7}/v3-ActCode`, code: d.of(SENSITIVE) })
  return out
}

function consent(
  prefix: string,
  d: Dice,
  patient: Json,
  all: readonly Json[],
  people: readonly Json[],
): Json {
  const root = provision(prefix, d, all, people, 0)
  return {
    resourceType: 'Consent',
    ...(d.once(4)
      ? {
          extension: [
            {
              url: `${GUIDE}/transfer-notification`,
              valueIdentifier: { system: 'urn:test', value: '1' },
            },
          ],
        }
      : {}),
    status: d.once(6) ? d.of(['inactive', 'proposed', 'entered-in-error', 'rejected']) : 'active',
    scope: {
      coding: [
        { system: `${HL7}/consentscope`, code: d.once(12) ? 'research' : 'patient-privacy' },
      ],
    },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient,
    dateTime: d.of(['2024-01-01', '2025-01-01', '2026-01-01']),
    performer: [patient],
    policy: [{ uri: 'http://example.org/policy' }],
    provision: {
      ...root,
      ...(d.once(3)
        ? {
            period: d.of([
              { start: '2025-01-01' },
              { start: '2020', end: '2025-12-31' },
              { end: '2030' },
              { start: '2030' },
            ]),
          }
        : {}),
    },
  }
}

function provision(
  prefix: string,
  d: Dice,
  all: readonly Json[],
  people: readonly Json[],
  depth: number,
): Json {
  const some = <T>(n: number, value: () => T): T | undefined => (d.once(n) ? value() : undefined)
  // Half of the consents say little, as most do; what is inside of them says more.
  const rare = depth === 0 && d.once(2) ? 4 : 1
  const out: Json = { type: d.once(depth === 0 ? 5 : 2) ? 'deny' : 'permit' }
  const set = (name: string, value: unknown): void => {
    if (value !== undefined) out[name] = value
  }
  const actor = (): Json => ({
    role: {
      coding: [
        d.once(10)
          ? { system: `${HL7}/v3-ParticipationType`, code: 'AUT' }
          : { system: `${HL7}/v3-ParticipationType`, code: 'IRCP' },
      ],
    },
    reference: {
      reference: d.once(4)
        ? d.once(2)
          ? `Practitioner/${d.of(people).id as string}`
          : `PractitionerRole/${prefix}${d.of(ORGANIZATIONS).id}-role`
        : `Organization/${prefix}${d.of(ORGANIZATIONS).id}`,
    },
  })
  set(
    'extension',
    some(2, () => [country(d), ...(d.once(3) ? [country(d)] : [])]),
  )
  set(
    'actor',
    some(depth === 0 ? 2 : 4, () => [actor(), ...(d.once(2) ? [actor()] : [])]),
  )
  set(
    'purpose',
    some(2, () => [
      { system: `${HL7}/v3-ActReason`, code: d.of(['TREAT', 'TREAT', 'HRESCH', 'HPAYMT', 'BTG']) },
      ...(d.once(3) ? [{ system: `${HL7}/v3-ActReason`, code: d.of(['HRESCH', 'TREAT']) }] : []),
    ]),
  )
  set(
    'action',
    some(8 * rare, () => [
      {
        coding: [
          {
            system: `${HL7}/consentaction`,
            code: d.of(['access', 'disclose', 'collect', 'correct']),
          },
        ],
      },
    ]),
  )
  set(
    'class',
    some(5 * rare, () => [
      d.once(8)
        ? { system: 'urn:other', code: 'x' }
        : { system: 'http://hl7.org/fhir/resource-types', code: d.of(CLASSES) },
      { system: 'http://hl7.org/fhir/resource-types', code: d.of(CLASSES) },
    ]),
  )
  set(
    'code',
    some(6 * rare, () => [{ coding: [d.of(CODES)] }, ...(d.once(3) ? [{ text: 'anything' }] : [])]),
  )
  set(
    'securityLabel',
    some(6 * rare, () => [
      d.once(3)
        ? { system: `${HL7}/v3-ActCode`, code: d.of([...SENSITIVE, 'SUD']) }
        : { system: `${HL7}/v3-Confidentiality`, code: d.of(['N', 'R', 'V', 'L']) },
    ]),
  )
  set(
    'dataPeriod',
    some(6 * rare, () => (d.once(2) ? { start: d.of(BOUNDS) } : { end: d.of(BOUNDS) })),
  )
  set(
    'data',
    some(8 * rare, () => {
      const about = all.filter((r) => r.resourceType !== 'Consent')
      const r = d.once(4) ? d.of(people) : d.of(about)
      return [
        {
          meaning:
            r.resourceType === 'Practitioner'
              ? 'authoredby'
              : d.of(['instance', 'related', 'dependents']),
          reference: { reference: `${r.resourceType as string}/${r.id as string}` },
        },
      ]
    }),
  )
  if (depth > 0)
    set(
      'period',
      some(8 * rare, () => d.of([{ start: '2025-01-01' }, { end: '2025-12-31' }])),
    )
  if (depth < 2)
    set(
      'provision',
      some(depth === 0 ? 2 : 4, () =>
        Array.from({ length: 1 + d.roll(2) }, () => provision(prefix, d, all, people, depth + 1)),
      ),
    )
  return out
}

const country = (d: Dice): Json => ({
  url: `${GUIDE}/destination-country`,
  valueCodeableConcept: {
    coding: [{ system: 'urn:iso:std:iso:3166', code: d.of(['KR', 'KR', 'KZ', 'RU']) }],
  },
})
