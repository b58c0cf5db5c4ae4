// Whose a stored resource is, read from the beginning of its text; and the tags that say so of what is written.
// docs/adr/0006-who-may-see-what.md
// Must not parse a resource: reads stay as cheap as they are.
import type { Meta } from '../fhir/message.ts'
import { fieldsOf } from '../search/emit.ts'
import {
  COUNTRY_SYSTEM,
  custodianOf,
  CUSTODIAN_SYSTEM,
  RECIPIENT_SYSTEM,
} from '../search/record.ts'
import type { Version } from '../store/store.ts'
import type { Custody } from './access.ts'

/** The meta of a stored resource, whose text begins as `render` of store/store.ts has it; empty for none. */
export function metaOf(text: string): Meta {
  const begins = BEGINNING.exec(text)?.[0].length
  if (begins === undefined) return {}
  let depth = 0
  for (let i = begins; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === QUOTE) i = endOfString(text, i)
    else if (c === OPEN || c === OPEN_LIST) depth++
    else if ((c === CLOSE || c === CLOSE_LIST) && --depth === 0)
      return JSON.parse(text.slice(begins, i + 1)) as Meta
  }
  return {}
}

const BEGINNING = /^\{"resourceType":"\w+","id":"[\w.-]+","meta":(?=\{)/
const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [34, 92, 123, 125, 91, 93]

/** Place of the quote that ends a string. */
function endOfString(text: string, start: number): number {
  let i = start + 1
  for (; i < text.length && text.charCodeAt(i) !== QUOTE; i++)
    if (text.charCodeAt(i) === BACKSLASH) i++
  return i
}

/** Id of the custodian of a version; '' where it has none. */
export const custodianIn = ({ type, text }: Version): string =>
  text === undefined ? '' : (custodianOf({ resourceType: type, meta: metaOf(text) }) ?? '')

/** Country of an Organization's first address that is a code of ISO 3166-1 alpha-2, in any case; undefined for none. */
export function countryOf(text: string): string | undefined {
  const { address } = JSON.parse(text) as { address?: unknown }
  const all: readonly unknown[] = Array.isArray(address) ? address : []
  for (const one of all) {
    const country = fieldsOf(one)?.['country']
    if (typeof country === 'string' && /^[A-Za-z]{2}$/.test(country)) return country.toUpperCase()
  }
  return undefined
}

/**
 * Ids of the patients that a version is about: those that it names anywhere, where its type is of a patient's record.
 * @param isOfPatients whether resources of a type can be in a patient's compartment
 */
export function patientsIn(
  { type, id, text }: Version,
  isOfPatients: (type: string) => boolean,
): readonly string[] {
  if (type === 'Patient') return [id]
  if (text === undefined || !isOfPatients(type)) return []
  const found = new Set<string>()
  for (const [, patient] of text.matchAll(PATIENT)) found.add(patient!)
  return [...found]
}

/** Systems of tags that the server alone gives. */
const OURS: ReadonlySet<unknown> = new Set([CUSTODIAN_SYSTEM, COUNTRY_SYSTEM, RECIPIENT_SYSTEM])

const PATIENT = /"reference":"(?:[^"\\]*\/)?Patient\/([A-Za-z0-9\-.]{1,64})["/]/g

/** The meta of what is written, with the tags of its custodian and of whom it is for in place of what the caller says of that. */
export function withCustody(
  meta: Meta | undefined,
  { organization, country }: Custody,
  recipients: readonly string[] = [],
): Meta {
  const tags: readonly unknown[] = Array.isArray(meta?.tag) ? meta.tag : []
  const tag = tags.filter((one) => {
    const system = fieldsOf(one)?.['system']
    return !OURS.has(system)
  })
  tag.push({ system: CUSTODIAN_SYSTEM, code: organization })
  if (country !== undefined) tag.push({ system: COUNTRY_SYSTEM, code: country })
  for (const code of recipients) tag.push({ system: RECIPIENT_SYSTEM, code })
  return { ...meta, tag }
}
