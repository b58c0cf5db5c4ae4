// Breaking the glass: a clinician who says why sees one patient's record for a time; each custodian of it is told.
// docs/access.md, "Breaking the glass"
// Must not open more than one patient's record, nor open anything before the telling of it is kept.
import { randomUUID } from 'node:crypto'
import type { Principal } from '../auth/principal.ts'
import { fail } from '../errors.ts'
import { stringify } from '../fhir/json.ts'
import type { FhirRequest, Resource } from '../fhir/message.ts'
import type { Settings } from '../search/emit.ts'
import type { Entry } from '../search/entry.ts'
import type { Condition, Plan } from '../search/plan.ts'
import { CUSTODIAN, CUSTODIAN_SYSTEM, custodianOf, inRecord, RECORD } from '../search/record.ts'
import type { Store } from '../store/store.ts'
import { BREAK_GLASS, patientAt, RULE } from './entries.ts'
import { both, either, not } from './fold.ts'
import { CATEGORY, CATEGORY_SYSTEM, UNTIL } from './grant.ts'
import { patientsNamed } from './named.ts'
import { ACT_REASON } from './rule.ts'
import { inForce } from './rulings.ts'
import { message } from '../words/message.ts'

export type Glass = {
  /** Whether this request breaks it. */
  readonly broken: boolean
  /** Ids of the patients whose records are open to the caller now. */
  readonly patients: readonly string[]
}

export type GlassRoom = {
  readonly store: Store
  readonly settings: Settings
  readonly extract: (resource: Resource) => readonly Entry[]
  /** How long a record stays open. */
  readonly minutes: number
  readonly now: number
}

const CLOSED: Glass = { broken: false, patients: [] }
/** Records that one person has open at a time, at most. */
const MOST_OPEN = 100

/**
 * What is open to the caller: by this request, and by those of the last minutes.
 * @throws Failure 403 for who isn't a clinician, 400 for a request that isn't about one patient
 */
export async function glassOf(
  request: FhirRequest,
  { breakGlass, roles, user, organization }: Principal,
  room: GlassRoom,
): Promise<Glass> {
  const isClinician = roles.includes('clinician') && user !== undefined
  if (!isClinician) {
    if (breakGlass === undefined) return CLOSED
    throw fail('forbidden', message('glass-by-clinician'))
  }
  const patients = await openTo(user, room)
  if (breakGlass === undefined) return { broken: false, patients }
  const patient = await patientOf(request, room)
  if (patient === undefined) return { broken: true, patients }
  if (!patients.includes(patient))
    for (const custodian of await custodiansOf(patient, organization, room))
      await tell({ patient, custodian, user, organization, reason: breakGlass }, room)
  return { broken: true, patients: [...patients, patient] }
}

async function openTo(user: string, { store, settings, now }: GlassRoom): Promise<string[]> {
  const granted: Condition = {
    kind: 'token',
    paths: [RULE],
    system: BREAK_GLASS,
    code: user,
  }
  const { matches } = await store.search(
    plan(['Communication'], both(granted, inForce(now)), MOST_OPEN),
  )
  const patients = matches.map(({ text }) =>
    patientAt(JSON.parse(text ?? '{}') as Resource, 'subject', settings),
  )
  return [...new Set(patients.filter((patient) => patient !== undefined))]
}

/** The one patient that a request is about; undefined where what it reads isn't there or is in nobody's record. */
async function patientOf(
  request: FhirRequest,
  { store, settings, extract }: GlassRoom,
): Promise<string | undefined> {
  const named = patientsNamed(request, settings)
  if (named?.length === 1) return named[0]
  const [type = '', id = ''] = request.path
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (named !== undefined || !isRead || !/^[A-Z]/.test(type) || !/^[A-Za-z0-9]/.test(id))
    throw fail(
      'parameter',
      'Break the glass for one patient: read a resource of the record, or name the patient by the parameter patient or subject',
      'X-Break-Glass',
    )
  const text = (await store.read(type, id))?.text
  if (text === undefined) return undefined
  const patients = new Set(
    extract(JSON.parse(text) as Resource).flatMap((entry) =>
      entry.kind === 'token' && entry.path === RECORD ? [entry.code.slice('Patient/'.length)] : [],
    ),
  )
  if (patients.size > 1)
    throw fail(
      'parameter',
      'This is in the records of several patients; name one, by the parameter patient of a search',
      'X-Break-Glass',
    )
  return [...patients][0]
}

/** All that keep something of the patient, but the caller's own organization. */
async function custodiansOf(
  patient: string,
  organization: string,
  { store }: GlassRoom,
): Promise<readonly string[]> {
  const found: string[] = []
  for (;;) {
    const known = [organization, ...found].map((system): Condition => ({
      kind: 'token',
      paths: [CUSTODIAN],
      system,
      code: '',
    }))
    const where = both(inRecord(patient), not(either(...known)))
    const [next] = (await store.search(plan(undefined, where, 1))).matches
    const custodian = next?.text && custodianOf(JSON.parse(next.text) as Resource)
    if (!custodian || found.includes(custodian)) return found
    found.push(custodian)
  }
}

type Breaking = {
  readonly patient: string
  readonly custodian: string
  readonly user: string
  readonly organization: string
  readonly reason: string
}

async function tell(
  { patient, custodian, user, organization, reason }: Breaking,
  { store, extract, minutes, now }: GlassRoom,
): Promise<void> {
  const id = randomUUID()
  const tag = [{ system: CUSTODIAN_SYSTEM, code: custodian }]
  const told = {
    extension: [{ url: UNTIL, valueInstant: new Date(now + minutes * 60_000).toISOString() }],
    status: 'completed',
    category: [{ coding: [{ system: CATEGORY_SYSTEM, code: CATEGORY }], text: 'Break-glass' }],
    priority: 'urgent',
    subject: { reference: `Patient/${patient}` },
    about: [{ reference: `Organization/${organization}` }],
    sent: new Date(now).toISOString(),
    recipient: [{ reference: `Organization/${custodian}` }],
    sender: { reference: user },
    reasonCode: [{ coding: [{ system: ACT_REASON, code: 'BTG', display: 'break the glass' }] }],
    payload: [{ contentString: reason }],
  }
  const entries = extract({ resourceType: 'Communication', id, meta: { tag }, ...told })
  const content = {
    metaRest: `,"tag":${stringify(tag)}`,
    rest: `,${stringify(told).slice(1)}`,
    entries,
  }
  const done = await store.commit([
    { kind: 'put', type: 'Communication', id, method: 'POST', content, ifVersion: 0 },
  ])
  if (!done.ok) throw fail('conflict', 'The custodian could not be told; send the request again')
}

const plan = (types: readonly string[] | undefined, where: Condition, count: number): Plan => ({
  types,
  where,
  sort: [],
  count,
  total: false,
  includes: [],
})
