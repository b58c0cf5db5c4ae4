// One table: the kinds of entries and the element types that each can be made of.
// https://hl7.org/fhir/R4/search.html#table
// Must not hold how they are made: each search type has its file.
import { DATE_EMITS, dateLeaves } from './date.ts'
import type { Emit, MakeLeaves } from './emit.ts'
import type { EntryKind } from './entry.ts'
import { NUMBER_EMITS, numberLeaves } from './number.ts'
import { QUANTITY_EMITS, quantityLeaves } from './quantity.ts'
import { REFERENCE_EMITS, referenceLeaves } from './reference.ts'
import { STRING_EMITS, stringLeaves } from './string.ts'
import { TOKEN_EMITS, tokenLeaves } from './token.ts'
import { URI_EMITS, uriLeaves } from './uri.ts'

const EMITS: Readonly<Record<EntryKind, Readonly<Record<string, Emit>>>> = {
  token: TOKEN_EMITS,
  string: STRING_EMITS,
  date: DATE_EMITS,
  number: NUMBER_EMITS,
  quantity: QUANTITY_EMITS,
  reference: REFERENCE_EMITS,
  uri: URI_EMITS,
}

/** How entries of a kind are made of elements of a type; undefined when they can't be. */
export const emitOf = (kind: EntryKind, type: string): Emit | undefined => EMITS[kind][type]

/** Whether a search type keeps entries of its own (composite and special don't). */
export const isEntryKind = (type: string): type is EntryKind => Object.hasOwn(EMITS, type)

const LEAVES: Readonly<Record<EntryKind, MakeLeaves>> = {
  token: tokenLeaves,
  string: stringLeaves,
  date: dateLeaves,
  number: numberLeaves,
  quantity: quantityLeaves,
  reference: referenceLeaves,
  uri: uriLeaves,
}

/** What a value of a query means for entries of a kind. */
export const leavesOf = (kind: EntryKind): MakeLeaves => LEAVES[kind]
