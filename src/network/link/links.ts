// Links between two records of one person: what each says of the other, and what it said before.
// https://hl7.org/fhir/R4/patient-definitions.html#Patient.link; IHE PMIR: the one that is replaced is inactive.
// Must not touch anything else of a record.
import type { Resource } from '../../fhir/message.ts'

/** What the first says of the second: that it is about the same person, or that it stands in its place. */
export type LinkType = 'seealso' | 'replaced-by'

/** https://hl7.org/fhir/R4/valueset-link-type.html */
type Said = LinkType | 'replaces' | 'refer'

const ANSWERED: Readonly<Record<LinkType, Said>> = {
  seealso: 'seealso',
  'replaced-by': 'replaces',
}

type Link = { readonly other?: { readonly reference?: unknown }; readonly type?: unknown }

export const linksOf = ({ link }: Resource): readonly Link[] =>
  Array.isArray(link) ? (link as Link[]) : []

/** Whether a reference leads to a Patient here. */
const leadsTo = (id: string, { other }: Link, baseUrl: string): boolean => {
  const reference = other?.reference
  if (typeof reference !== 'string') return false
  const local = reference.startsWith(`${baseUrl}/`)
    ? reference.slice(baseUrl.length + 1)
    : reference
  return local.replace(/\/_history\/.*$/, '') === `Patient/${id}`
}

/** What a Patient says of another; undefined for nothing. */
export const saidOf = (patient: Resource, id: string, baseUrl: string): Said | undefined =>
  linksOf(patient).find((link) => leadsTo(id, link, baseUrl))?.type as Said | undefined

/** The two with their links, or the same where they have them. `lead` is the one that is replaced. */
export function linked(
  lead: Resource,
  other: Resource,
  type: LinkType,
  baseUrl: string,
): readonly [Resource, Resource] {
  const first = saying(lead, other.id!, type, baseUrl)
  const second = saying(other, lead.id!, ANSWERED[type], baseUrl)
  if (type !== 'replaced-by' || first['active'] === false) return [first, second]
  return [{ ...first, active: false }, second]
}

function saying(patient: Resource, id: string, type: Said, baseUrl: string): Resource {
  if (saidOf(patient, id, baseUrl) === type) return patient
  const rest = linksOf(patient).filter((link) => !leadsTo(id, link, baseUrl))
  return { ...patient, link: [...rest, { other: { reference: `Patient/${id}` }, type }] }
}

/** A Patient that says nothing of another; the same where it says nothing. */
export function unlinked(patient: Resource, id: string, baseUrl: string): Resource {
  if (saidOf(patient, id, baseUrl) === undefined) return patient
  const { link: _, ...rest } = patient
  const left = linksOf(patient).filter((link) => !leadsTo(id, link, baseUrl))
  return left.length === 0 ? rest : { ...rest, link: left }
}
