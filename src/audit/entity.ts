// The entities of an AuditEvent: the query, resources, patients, consents, and the id of the request.
// https://hl7.org/fhir/R4/auditevent-definitions.html#AuditEvent.entity, IHE BALP
// Must not hold what a resource says: references only.
import { Buffer } from 'node:buffer'
import { isId } from '../interaction/id.ts'
import { BALP, code, OWN } from './agent.ts'
import type { Facts, Thing } from './event.ts'
import { partOf } from './part.ts'

const ENTITY = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const ROLE = 'http://terminology.hl7.org/CodeSystem/object-role'

const PERSON = code(ENTITY, '1')
const PATIENT = code(ROLE, '1')
const OBJECT = code(ENTITY, '2')
const DOMAIN_RESOURCE = code(ROLE, '4')
const QUERY = code(ROLE, '24')

export const patientEntity = (id: string): object => ({
  what: { reference: `Patient/${id}` },
  type: PERSON,
  role: PATIENT,
})

const referenceOf = (type: string, id: string, version: number): string =>
  version === 0 ? `${type}/${id}` : `${type}/${id}/_history/${version}`

type ConsentVersion = { readonly id: string; readonly version: number }

/** The consent and its version that decided, as our guide has it. */
const decisionOf = ({ id, version }: ConsentVersion) => ({
  extension: [
    {
      url: `${OWN}/StructureDefinition/consent-decision`,
      valueReference: { reference: referenceOf('Consent', id, version) },
    },
  ],
})

export const consentEntity = (consent: ConsentVersion): object => ({
  ...decisionOf(consent),
  what: { reference: referenceOf('Consent', consent.id, consent.version) },
  type: code('http://hl7.org/fhir/resource-types', 'Consent'),
})

export const dataEntity = (thing: Thing): object =>
  partOf(thing, () => {
    const { type, id, version, decision } = thing
    return {
      ...(decision?.consent === undefined ? {} : decisionOf(decision.consent)),
      what: { reference: referenceOf(type, id, version) },
      type: OBJECT,
      role: DOMAIN_RESOURCE,
    }
  })

/** What was asked for by its id and not given: the caller named it, whether or not it is there. */
export function askedEntity({ request }: Facts): readonly object[] {
  const [type, id] = request.path
  if (type === undefined || id === undefined || !/^[A-Z][A-Za-z]*$/.test(type) || !isId(id))
    return []
  return [{ what: { reference: `${type}/${id}` }, type: OBJECT, role: DOMAIN_RESOURCE }]
}

/** As it was asked, in base64, so that nothing in it is read as anything else. */
export function queryEntity({ request, baseUrl }: Facts): object {
  const { method, path, query } = request
  const asked =
    query.length === 0
      ? ''
      : `?${new URLSearchParams(query.map(([name, value]) => [name, value])).toString()}`
  const url = [baseUrl, ...path.map(encodeURIComponent)].join('/')
  return {
    type: OBJECT,
    role: QUERY,
    query: Buffer.from(`${method} ${url}${asked}`).toString('base64'),
  }
}

/** The id by which other programs know the request; the trace that it belongs to beside it. */
export const requestEntity = ({ request }: Facts): readonly object[] =>
  request.from === undefined
    ? []
    : [
        {
          what: { identifier: { value: request.from.requestId } },
          type: code(`${BALP}/CodeSystem/BasicAuditEntityType`, 'XrequestId'),
          ...(request.from.trace === undefined ? {} : { name: request.from.trace }),
        },
      ]
