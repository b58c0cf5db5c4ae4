// What a request was, as AuditEvents: what was done, what a consent decided, what went to another organization.
// https://hl7.org/fhir/R4/auditevent.html, https://profiles.ihe.net/ITI/BALP (IHE Basic Audit Log Patterns)
// Must not look anything up: all of it is in the facts. Each event has one custodian, which may read it, so that a
// caller must not find in its own events what it was not to know.
import type { Decision } from '../consent/access.ts'
import type { FhirRequest } from '../fhir/message.ts'
import {
  agent,
  agentsOf,
  BALP,
  callerOf,
  clientAgent,
  clientWho,
  code,
  DCM,
  networkOf,
  organizationAgent,
  OWN,
  purposeOf,
  serverAgent,
  serverWho,
  userAgent,
} from './agent.ts'
import {
  askedEntity,
  consentEntity,
  dataEntity,
  patientEntity,
  queryEntity,
  requestEntity,
} from './entity.ts'
import { part } from './part.ts'

/** Something that a request concerned. `version`: 0 where it isn't known (what is about to be written). */
export type Thing = {
  readonly type: string
  readonly id: string
  readonly version: number
  readonly patients: readonly string[]
  /** Id of an Organization, '' where there is none. */
  readonly custodian: string
  readonly decision?: Decision
}

export type Facts = {
  readonly request: FhirRequest
  /** Of interaction/name.ts. */
  readonly interaction: string
  readonly baseUrl: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Of the answer; for a write that is about to be made, what it will be. */
  readonly status: number
  /** What was said of a refusal. */
  readonly said?: string
  readonly things: readonly Thing[]
  /** Country (ISO 3166-1 alpha-2) of an Organization. */
  readonly countryOf: (organization: string) => string | undefined
}

/** An AuditEvent without its type and id, which the log gives it. */
export type Event = Readonly<Record<string, unknown>>

/** Marks what this log made, apart from AuditEvents that clients send. */
export const LOG_TAG = { system: `${OWN}/CodeSystem/log`, code: 'log' } as const
const CUSTODIAN = `${OWN}/CodeSystem/custodian`

/** Resources in one event at most; more of them make several events. */
const MOST = 200

/** All events of one request. */
export function eventsOf(facts: Facts): readonly Event[] {
  const { things, request } = facts
  const own = request.principal?.organization ?? ''
  const seen: Thing[] = []
  const decided: Thing[] = []
  const gone: Thing[] = []
  for (const thing of things) {
    const { decision, custodian, patients } = thing
    if (decision?.seen !== false) seen.push(thing)
    if (decision !== undefined && SAID[decision.reason] !== undefined) decided.push(thing)
    if (custodian !== '' && custodian !== own && patients.length > 0 && isDisclosed(thing))
      gone.push(thing)
  }
  const events = portions(seen).map((some) => restEvent(facts, some))
  for (const some of byCustodian(decided)) events.push(decisionEvent(facts, some))
  if (isReading(facts))
    for (const some of byCustodian(gone))
      events.push(disclosureEvent(facts, some, 'source'), disclosureEvent(facts, some, 'recipient'))
  return events
}

/** What a patient sees of the own record isn't disclosed, and neither is the log to who audits it. */
const isDisclosed = ({ type, decision }: Thing): boolean =>
  decision?.seen === true && decision.reason !== 'patient' && type !== 'AuditEvent'

function portions<T>(all: readonly T[]): (readonly T[])[] {
  if (all.length <= MOST) return [all]
  const some: (readonly T[])[] = []
  for (let i = 0; i < all.length; i += MOST) some.push(all.slice(i, i + MOST))
  return some
}

function byCustodian(things: readonly Thing[]): (readonly Thing[])[] {
  if (things.length === 0) return []
  const groups = new Map<string, Thing[]>()
  for (const thing of things) {
    const group = groups.get(thing.custodian)
    if (group === undefined) groups.set(thing.custodian, [thing])
    else group.push(thing)
  }
  return [...groups.values()].flatMap(portions)
}

type Kind = {
  /** Code of http://hl7.org/fhir/restful-interaction. */
  readonly subtype: string
  readonly action: string
  /** Of IHE BALP, for what succeeded. */
  readonly profile?: string
}

const READ: Kind = { subtype: 'read', action: 'R', profile: 'Read' }
const QUERY: Kind = { subtype: 'search-type', action: 'E', profile: 'Query' }
const UPDATE: Kind = { subtype: 'update', action: 'U', profile: 'Update' }
const DELETE: Kind = { subtype: 'delete', action: 'D', profile: 'Delete' }
const OPERATION: Kind = { subtype: 'operation', action: 'E' }

/** By the name of an interaction. */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['read', READ],
  ['vread', { ...READ, subtype: 'vread' }],
  ['search-type', QUERY],
  ['search-compartment', QUERY],
  ['search-system', { ...QUERY, subtype: 'search-system' }],
  ['create', { subtype: 'create', action: 'C', profile: 'Create' }],
  ['update', UPDATE],
  ['conditional-update', UPDATE],
  ['patch', { ...UPDATE, subtype: 'patch' }],
  ['conditional-patch', { ...UPDATE, subtype: 'patch' }],
  ['delete', DELETE],
  ['conditional-delete', DELETE],
  ['history-instance', { subtype: 'history-instance', action: 'R' }],
  ['history-type', { subtype: 'history-type', action: 'R' }],
  ['history-system', { subtype: 'history-system', action: 'R' }],
  ['batch', { subtype: 'batch', action: 'E' }],
  ['transaction', { subtype: 'transaction', action: 'E' }],
  ['capabilities', { subtype: 'capabilities', action: 'R' }],
])

const kindOf = ({ interaction }: Facts): Kind => KINDS.get(interaction) ?? OPERATION

const isReading = (facts: Facts): boolean => 'RE'.includes(kindOf(facts).action)

const outcomeOf = (status: number): string => (status < 400 ? '0' : status < 500 ? '4' : '8')

function restEvent(facts: Facts, things: readonly Thing[]): Event {
  const { request, interaction, status, said } = facts
  const kind = kindOf(facts)
  const patients = patientsOf(things)
  const isDone = status < 400
  const isOperation = interaction.startsWith('$')
  const subtype = part(`subtype ${kind.subtype} ${interaction}`, () => [
    code('http://hl7.org/fhir/restful-interaction', kind.subtype),
    ...(isOperation ? [code(`${OWN}/CodeSystem/operation`, interaction.slice(1))] : []),
  ])
  const isQuery = kind.profile === 'Query' || kind === OPERATION || things.length === 0
  const profiles =
    !isDone || kind.profile === undefined
      ? []
      : [
          `${BALP}/StructureDefinition/IHE.BasicAudit.${patients.length === 1 ? 'Patient' : ''}${kind.profile}`,
        ]
  return {
    meta: metaOf(request.principal?.organization ?? things[0]?.custodian ?? '', profiles),
    ...(isDone && patients.length > 0 ? narrative(facts, kind, things) : {}),
    ...countries(facts, things),
    type: REST,
    subtype,
    action: kind.action,
    recorded: instantOf(facts.at),
    outcome: outcomeOf(status),
    ...(said === undefined ? {} : { outcomeDesc: said }),
    ...purposeOf(request.principal),
    agent: agentsOf(facts, kind.profile),
    source: serverSource(facts),
    entity: [
      ...(isQuery ? [queryEntity(facts)] : []),
      ...(things.length === 0 ? askedEntity(facts) : things.map(dataEntity)),
      ...patients.map(patientEntity),
      ...requestEntity(facts),
    ],
  }
}

const SAID: Readonly<Record<string, string>> = {
  consent: 'A consent permits it',
  denied: 'A consent denies it',
  residency: 'A consent permits it, but the law of the country of the record asks for more',
  'break-glass': 'The caller broke the glass',
  assigned: 'It is a Task of or for the organization of the caller',
  recipient: 'It answers what the organization of the caller asked',
  none: 'No consent speaks of it',
}

/** What a consent, or its absence, said; for the custodian of the record. */
function decisionEvent(facts: Facts, things: readonly Thing[]): Event {
  const { principal } = facts.request
  const isDenied = things.some(({ decision }) => decision?.seen === false)
  const reasons = new Set<string>()
  const rules = new Set<string>()
  const consents = new Map<string, { readonly id: string; readonly version: number }>()
  for (const { decision } of things) {
    if (decision === undefined) continue
    reasons.add(decision.reason)
    if (decision.rule !== undefined) rules.add(decision.rule)
    const { consent } = decision
    if (consent !== undefined) consents.set(`${consent.id}/${consent.version}`, consent)
  }
  const isConsent = consents.size > 0
  const profiles =
    isConsent && !isDenied ? [`${BALP}/StructureDefinition/IHE.BasicAudit.AuthZconsent`] : []
  return {
    meta: metaOf(things[0]!.custodian, profiles),
    ...countries(facts, things),
    type: code(DCM, '110113'),
    subtype: [
      code(`${BALP}/CodeSystem/AuthZsubType`, isConsent ? 'AuthZ-Consent' : 'AuthZ-Role'),
      ...[...reasons].map((reason) => code(`${OWN}/CodeSystem/decision`, reason)),
    ],
    action: 'E',
    recorded: instantOf(facts.at),
    outcome: isDenied ? '4' : '0',
    outcomeDesc: [...[...reasons].map((reason) => SAID[reason]), ...rules].join('; '),
    ...purposeOf(principal),
    agent: part(`deciding ${callerOf(facts)}`, () => [
      clientAgent(facts, code(DCM, '110150')),
      ...userAgent(facts, 'IRCP'),
      ...organizationAgent(facts),
      agent(AUTHORIZER, serverWho(facts), false),
    ]),
    source: serverSource(facts),
    entity: [
      ...[...consents.values()].map(consentEntity),
      ...things.map(dataEntity),
      ...patientsOf(things).map(patientEntity),
      ...requestEntity(facts),
    ],
  }
}

const AUTHORIZER = code(
  'http://terminology.hl7.org/CodeSystem/extra-security-role-type',
  'authserver',
)

/** A record that went to another organization, as the one that keeps it and the one that gets it have to note it. */
function disclosureEvent(
  facts: Facts,
  things: readonly Thing[],
  side: 'source' | 'recipient',
): Event {
  const { principal } = facts.request
  const { custodian } = things[0]!
  const own = principal?.organization ?? ''
  const source = { reference: `Organization/${custodian}` }
  const recipient = own === '' ? clientWho(facts) : { reference: `Organization/${own}` }
  const isSource = side === 'source'
  const profile = `IHE.BasicAudit.PrivacyDisclosure.${isSource ? 'Source' : 'Recipient'}`
  return {
    meta: metaOf(isSource ? custodian : own, [`${BALP}/StructureDefinition/${profile}`]),
    ...(isSource ? narrative(facts, READ, things) : {}),
    ...countries(facts, things),
    type: code(DCM, isSource ? '110106' : '110107'),
    subtype: [code('http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle', 'disclose')],
    action: isSource ? 'R' : 'C',
    recorded: instantOf(facts.at),
    outcome: '0',
    ...purposeOf(principal),
    agent: part(`disclosing ${custodian} ${callerOf(facts)}`, () => [
      { ...serverAgent(facts, code(DCM, '110153')), who: source },
      agent(code(DCM, '110152'), recipient, principal?.user === undefined, {
        network: networkOf(facts),
      }),
      ...userAgent(facts, 'IRCP'),
      agent(code('http://snomed.info/sct', '159541003'), source, false),
    ]),
    source: sourceOf(isSource ? source : recipient),
    entity: [
      ...things.map(dataEntity),
      ...patientsOf(things).map(patientEntity),
      ...requestEntity(facts),
    ],
  }
}

/** Begin and end of a process that writes a chain. `ties`: ends of chains before it, in words of the log. */
export const processEvent = (
  facts: Pick<Facts, 'baseUrl' | 'at'>,
  what: 'start' | 'stop',
  ties: readonly string[],
): Event => ({
  meta: metaOf('', []),
  type: code(DCM, '110100'),
  subtype: [code(DCM, what === 'start' ? '110120' : '110121')],
  action: 'E',
  recorded: instantOf(facts.at),
  outcome: '0',
  agent: [agent(code(DCM, '110150'), serverWho(facts), false)],
  source: serverSource(facts),
  ...(ties.length === 0
    ? {}
    : {
        entity: ties.map((value) => ({
          what: { identifier: { system: `${OWN}/log/entry`, value } },
          type: code(`${OWN}/CodeSystem/log`, 'end-of-chain'),
        })),
      }),
})

/** Somebody signed in, or tried to. */
export type SignIn = {
  readonly client: string
  readonly clientName?: string
  readonly organization?: string
  /** `Practitioner/1`. */
  readonly user?: string
  readonly event: 'sign-in' | 'sign-out' | 'token' | 'revocation'
  /** What was wrong; absent where it succeeded. */
  readonly refused?: string
  /** IP address. */
  readonly address?: string
}

/** https://hl7.org/fhir/R4/valueset-audit-event-sub-type.html: 110114 with Login, Logout, Node Authentication. */
export function signInEvent(
  facts: Pick<Facts, 'baseUrl' | 'at'>,
  { client, clientName, organization, user, event, refused, address }: SignIn,
): Event {
  const network = address === undefined ? {} : { network: { address, type: '2' } }
  const who = {
    identifier: { system: `${OWN}/client`, value: client },
    ...(clientName === undefined ? {} : { display: clientName }),
  }
  return {
    meta: metaOf(organization ?? '', []),
    type: code(DCM, '110114'),
    subtype: [code(DCM, SIGN_IN[event]), code(`${OWN}/CodeSystem/sign-in`, event)],
    action: 'E',
    recorded: instantOf(facts.at),
    outcome: refused === undefined ? '0' : '4',
    ...(refused === undefined ? {} : { outcomeDesc: refused }),
    agent: [
      agent(code(DCM, '110150'), who, user === undefined, network),
      ...(user === undefined
        ? []
        : [
            agent(
              code('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP'),
              { reference: user },
              true,
            ),
          ]),
      ...(organization === undefined
        ? []
        : [
            agent(
              code('http://terminology.hl7.org/CodeSystem/v3-RoleClass', 'PROV'),
              { reference: `Organization/${organization}` },
              false,
            ),
          ]),
    ],
    source: serverSource(facts),
  }
}

const SIGN_IN = {
  'sign-in': '110122',
  'sign-out': '110123',
  token: '110126',
  revocation: '110123',
} as const

/** What events have that are of no request. @param custodian who may see it, '' for auditors only */
export const logged = (
  { baseUrl, at }: Pick<Facts, 'baseUrl' | 'at'>,
  custodian: string,
  { type, subtype, action, period, ...rest }: Event,
): Event => ({
  meta: metaOf(custodian, []),
  type,
  subtype,
  action,
  ...(period === undefined ? {} : { period }),
  recorded: instantOf(at),
  ...rest,
  source: serverSource({ baseUrl }),
})

const REST = part('rest', () =>
  code('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest'),
)

const sourceOf = (observer: object): object => ({
  observer,
  type: [code('http://terminology.hl7.org/CodeSystem/security-source-type', '4')],
})

const serverSource = (facts: Pick<Facts, 'baseUrl'>): object =>
  part(`source ${facts.baseUrl}`, () => sourceOf(serverWho(facts)))

const metaOf = (custodian: string, profiles: readonly string[]) =>
  part(`meta ${custodian} ${profiles.join(' ')}`, () => ({
    profile: [`${OWN}/StructureDefinition/ieum-auditevent`, ...profiles],
    tag: [LOG_TAG, ...(custodian === '' ? [] : [code(CUSTODIAN, custodian)])],
  }))

let last = { at: NaN, text: '' }

/** Events of one request, and of all in one millisecond, have the same. */
function instantOf(at: number): string {
  if (last.at !== at) last = { at, text: new Date(at).toISOString() }
  return last.text
}

/** Where the records are kept, and where who asks is. */
function countries({ countryOf, request }: Facts, things: readonly Thing[]): Event {
  if (things.length === 0) return {}
  const from = new Set<string>()
  for (const { custodian } of things) {
    const country = custodian === '' ? undefined : countryOf(custodian)
    if (country !== undefined) from.add(country)
  }
  const own = request.principal?.organization
  const to = own === undefined ? undefined : countryOf(own)
  const extension = [...from].map((country) => countryExtension('record-country', country))
  if (to !== undefined) extension.push(countryExtension('requestor-country', to))
  return extension.length === 0 ? {} : { extension }
}

const countryExtension = (name: string, country: string) => ({
  url: `${OWN}/StructureDefinition/${name}`,
  valueCode: country,
})

const patientsOf = (things: readonly Thing[]): readonly string[] =>
  things.length === 1
    ? things[0]!.patients
    : [...new Set(things.flatMap(({ patients }) => patients))]

const DID: Readonly<Record<string, string>> = {
  R: 'read',
  E: 'looked up',
  C: 'wrote',
  U: 'changed',
  D: 'deleted',
}

/** In plain words, for the patient. */
function narrative({ request, at }: Facts, { action }: Kind, things: readonly Thing[]): Event {
  const { principal } = request
  const who =
    principal === undefined
      ? 'Somebody'
      : `${principal.user ?? principal.clientName ?? principal.client} of Organization/${principal.organization}`
  const types =
    things.length === 1 ? things[0]!.type : [...new Set(things.map(({ type }) => type))].join(', ')
  const purpose = principal?.breakGlass === undefined ? principal?.purpose : 'BTG'
  const why = purpose === undefined ? '' : ` for the purpose ${purpose}`
  const consents = new Set(things.flatMap(({ decision }) => decision?.consent?.id ?? []))
  const basis = consents.size === 0 ? '' : `, by the consent ${[...consents].join(', ')}`
  const text = `${instantOf(at)}: ${who} ${DID[action] ?? 'used'} ${things.length} × ${types}${why}${basis}`
  const div = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
  return {
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${div}</div>` },
  }
}
