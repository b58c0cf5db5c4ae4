// Code systems and assigning authorities as HL7 v2 names them → FHIR's URIs.
// HL7 tables 0396 (coding systems) and 0203 (identifier types); https://hl7.org/fhir/R4/terminologies-systems.html
// Must not take a local name for one that is known everywhere: what is local has a URI with its sender in it.

export const LOINC = 'http://loinc.org'
const SID = 'http://ieum.example/fhir/sid'

const SYSTEMS: Readonly<Record<string, string>> = {
  LN: LOINC,
  LOINC,
  SCT: 'http://snomed.info/sct',
  UCUM: 'http://unitsofmeasure.org',
  I10: 'http://hl7.org/fhir/sid/icd-10',
  IBT: 'urn:iso:std:iso:3166',
}

/** @param name as the third component of a CE or CWE; undefined comes back for a local one */
export function codingSystem(name: string): string | undefined {
  const upper = name.toUpperCase()
  const table = /^HL7(\d{4})$/.exec(upper)?.[1]
  if (table !== undefined) return `http://terminology.hl7.org/CodeSystem/v2-${table}`
  if (Object.hasOwn(SYSTEMS, upper)) return SYSTEMS[upper]
  return isUri(name) ? name : undefined
}

/** The system of codes that a sender made up itself. */
export const localCodes = (sender: string): string => `${SID}/code/${sender}`

/** By the identifier types of table 0203 that say of which country a national number is. */
const NATIONAL: Readonly<Record<string, string>> = {
  NNKAZ: `${SID}/pid/kz/iin`,
  NNKOR: 'https://mois.go.kr/rrn',
  NNRUS: 'https://fhir.ru/ig/core/systems/snils',
  NNKGZ: `${SID}/pid/kg/pin`,
  NNBLR: `${SID}/pid/by/id`,
  NNARM: `${SID}/pid/am/psn`,
}

/**
 * The system of an identifier of a patient, or of a thing.
 * @param authority its assigning authority: namespace, universal id and what kind of that (HD)
 * @param sender of names that nobody else knows
 */
export function identifierSystem(
  {
    namespace,
    id,
    kind,
  }: { readonly namespace: string; readonly id: string; readonly kind: string },
  type: string,
  sender: string,
): string {
  if (id !== '') {
    if (kind === 'ISO' || /^[0-2](\.\d+)+$/.test(id)) return `urn:oid:${id}`
    if (kind === 'UUID') return `urn:uuid:${id.toLowerCase()}`
    if (isUri(id)) return id
    if (kind === 'DNS') return `https://${id}`
  }
  // With a namespace that is a URI people mean it, wherever they put it.
  if (isUri(namespace)) return namespace
  const national = NATIONAL[type]
  if (national !== undefined && Object.hasOwn(NATIONAL, type)) return national
  const name = [namespace, id].filter((part) => part !== '').join('.') || type || 'id'
  return `${SID}/local/${sender}/${encodeURIComponent(name)}`
}

const isUri = (text: string): boolean => /^([a-z][a-z0-9+.-]*:\/\/|urn:)\S+$/.test(text)
