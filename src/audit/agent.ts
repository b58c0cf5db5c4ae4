// The agents of an AuditEvent: the client, this server, the person at the client, their organization, and for what purpose.
// https://hl7.org/fhir/R4/auditevent-definitions.html#AuditEvent.agent, IHE BALP
// Must not name anybody but as the token of the caller does.
import type { Principal } from '../auth/principal.ts'
import type { Event, Facts } from './event.ts'
import { part } from './part.ts'

/** Of our guide, profiles/ieum. */
export const OWN = 'http://ieum.example/fhir'
export const BALP = 'https://profiles.ihe.net/ITI/BALP'
export const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
const REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'

type Code = { readonly system: string; readonly code: string }

export const code = (system: string, value: string): Code => ({ system, code: value })

export const concept = (system: string, value: string): { readonly coding: readonly Code[] } => ({
  coding: [code(system, value)],
})

export const agent = (type: Code, who: object, requestor: boolean, more: object = {}): object => ({
  type: { coding: [type] },
  ...more,
  who,
  requestor,
})

/** In a query the parameters flow to the server, as DICOM sees it; in a read the data flow from it. */
const CLIENT_AND_SERVER: Readonly<Record<string, readonly [client: Code, server: Code]>> = {
  Read: [code(DCM, '110152'), code(DCM, '110153')],
  Delete: [
    code(DCM, '110150'),
    code('http://terminology.hl7.org/CodeSystem/provenance-participant-type', 'custodian'),
  ],
}
const TO_SERVER = [code(DCM, '110153'), code(DCM, '110152')] as const
const WRITES: ReadonlySet<string | undefined> = new Set(['Create', 'Update', 'Delete'])

/** Those of a RESTful interaction. @param profile of BALP, by which their roles are named */
export function agentsOf(facts: Facts, profile: string | undefined): readonly object[] {
  const [client, server] = CLIENT_AND_SERVER[profile ?? ''] ?? TO_SERVER
  return part(`agents ${profile ?? ''} ${callerOf(facts)}`, () => [
    clientAgent(facts, client),
    serverAgent(facts, server),
    ...userAgent(facts, WRITES.has(profile) ? 'AUT' : 'IRCP'),
    ...organizationAgent(facts),
  ])
}

/** All that agents are made of, in one line. */
export function callerOf({ request, baseUrl }: Facts): string {
  const { principal, from } = request
  if (principal === undefined) return JSON.stringify([baseUrl, from?.address])
  const { client, clientName, organization, roles, user, purpose } = principal
  return JSON.stringify([
    ...[baseUrl, from?.address, client, clientName, organization, user, purpose],
    ...roles,
  ])
}

export function clientAgent(facts: Facts, type: Code): object {
  const { principal } = facts.request
  const isAlone = principal?.user === undefined
  return agent(type, clientWho(facts), isAlone, {
    ...(isAlone ? rolesOf(principal) : {}),
    network: networkOf(facts),
  })
}

export const serverAgent = (facts: Facts, type: Code): object =>
  agent(type, serverWho(facts), false, { network: { address: facts.baseUrl, type: '5' } })

/** The person at the client, if there is one. */
export function userAgent({ request }: Facts, participation: string): readonly object[] {
  const { principal } = request
  if (principal?.user === undefined) return []
  const who = { reference: principal.user }
  return [
    agent(code(PARTICIPATION, participation), who, true, {
      ...rolesOf(principal),
      purposeOfUse: [concept(REASON, principal.purpose)],
    }),
  ]
}

export function organizationAgent({ request }: Facts): readonly object[] {
  const { principal } = request
  if (principal === undefined) return []
  const who = { reference: `Organization/${principal.organization}` }
  return [
    agent(code('http://terminology.hl7.org/CodeSystem/v3-RoleClass', 'PROV'), who, false, {
      purposeOfUse: [concept(REASON, principal.purpose)],
    }),
  ]
}

const rolesOf = (principal: Principal | undefined): object =>
  principal === undefined || principal.roles.length === 0
    ? {}
    : { role: principal.roles.map((role) => concept(`${OWN}/CodeSystem/role`, role)) }

export function clientWho({ request }: Facts): object {
  const { principal } = request
  if (principal === undefined) return { display: 'anybody' }
  return {
    identifier: { system: `${OWN}/client`, value: principal.client },
    ...(principal.clientName === undefined ? {} : { display: principal.clientName }),
  }
}

export const serverWho = ({ baseUrl }: Pick<Facts, 'baseUrl'>): object => ({
  identifier: { system: 'urn:ietf:rfc:3986', value: baseUrl },
})

export function networkOf({ request }: Facts): object {
  const address = request.from?.address
  return address === undefined ? { address: 'localhost', type: '1' } : { address, type: '2' }
}

/** Breaking the glass is a purpose of its own, with the reason in the words of the caller. */
export function purposeOf(principal: Principal | undefined): Event {
  if (principal === undefined) return {}
  const { purpose, breakGlass } = principal
  return {
    purposeOfEvent:
      breakGlass === undefined
        ? part(`purpose ${purpose}`, () => [concept(REASON, purpose)])
        : [{ ...concept(REASON, 'BTG'), text: breakGlass }],
  }
}
