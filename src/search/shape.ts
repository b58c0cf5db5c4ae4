// The element type of a value that comes without its type, from its shape and from what it is wanted for.
// https://hl7.org/fhir/R4/datatypes.html
// Must not be used where definitions say the type: shapes are a last resort, for expressions of other people's making.
import { fieldsOf, numberOf } from './emit.ts'
import type { EntryKind } from './entry.ts'

const OF_TEXT: Readonly<Record<EntryKind, string>> = {
  token: 'code',
  string: 'string',
  date: 'dateTime',
  number: 'string',
  quantity: 'string',
  reference: 'canonical',
  uri: 'uri',
}

// The first one whose elements are there; Coding after ContactPoint and Quantity, which have a system too.
const SHAPES: readonly (readonly [type: string, ...elements: string[]])[] = [
  ['Resource', 'resourceType'],
  ['CodeableConcept', 'coding'],
  ['Reference', 'reference'],
  ['HumanName', 'family'],
  ['HumanName', 'given'],
  ['Address', 'city'],
  ['Address', 'line'],
  ['Address', 'country'],
  ['Period', 'start'],
  ['Period', 'end'],
  ['Timing', 'repeat'],
  ['Timing', 'event'],
  ['Range', 'low'],
  ['Range', 'high'],
  ['SampledData', 'origin'],
  ['Money', 'currency'],
]

/** Undefined where it can't be told. */
export function typeOfShape(value: unknown, kind: EntryKind): string | undefined {
  if (typeof value === 'string') return OF_TEXT[kind]
  if (typeof value === 'boolean') return 'boolean'
  if (numberOf(value) !== undefined) return 'decimal'
  const fields = fieldsOf(value)
  if (fields === undefined) return undefined
  // One without any of these has only an extension, or is an Attachment.
  const isReference = ['reference', 'identifier', 'display'].some(
    (name) => fields[name] !== undefined,
  )
  if (kind === 'reference' && isReference && fields['resourceType'] === undefined)
    return 'Reference'
  for (const [type, ...elements] of SHAPES) {
    if (elements.every((element) => fields[element] !== undefined)) return type
  }
  if (numberOf(fields['value']) !== undefined) return 'Quantity'
  if (fields['value'] !== undefined) {
    // A ContactPoint's system is a word (phone, email), an Identifier's a URI.
    const { system } = fields
    return typeof system === 'string' && !system.includes(':') ? 'ContactPoint' : 'Identifier'
  }
  if (fields['code'] !== undefined) return 'Coding'
  return fields['text'] === undefined ? undefined : 'CodeableConcept'
}
