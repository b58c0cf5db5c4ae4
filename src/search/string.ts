// Search type string: text folded so that case and accents don't matter, by its parts where it is a name or an address.
// https://hl7.org/fhir/R4/search.html#string
// Must not take a Hangul syllable apart (이 is no prefix of 임), nor make one letter of the Kazakh ә ғ қ ң ө ұ ү һ і and theirs.
import { fail } from '../errors.ts'
import type { Emit, MakeLeaves } from './emit.ts'
import { fieldsOf, namesOf, shown } from './emit.ts'
import type { Entry, IndexPath } from './entry.ts'
import { emitNameKeys, emitPartKeys, NAME_PART } from './name/entries.ts'
import { unescape } from './parse.ts'

// Marks that are accents on Latin, Greek and Cyrillic letters. Vowel signs of other scripts are letters and stay.
const ACCENTS =
  /(?:[\u0300-\u036f]|[\u0483-\u0487]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]|[\ufe20-\ufe2f])+/g
const PLAIN = /^[\x20-\x7e]*$/
const SPACES = /\s+/g
const NEEDS_TRIM = /^\s|\s$|\s\s|[^\S ]/

/** Without accents, in lower case, with single spaces, in NFC. Folding twice changes nothing. */
export function foldString(text: string): string {
  if (PLAIN.test(text)) return tidy(text.toLowerCase())
  const bare = text.normalize('NFKD').replace(ACCENTS, '')
  // By way of upper case, since ß and ſ have no other way to ss and s (and ẞ none but by ß); a last ς is a σ.
  const folded = bare
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(ACCENTS, '')
  return tidy(folded.replaceAll('ς', 'σ').normalize('NFC'))
}

const tidy = (text: string): string =>
  NEEDS_TRIM.test(text) ? text.replace(SPACES, ' ').trim() : text

/** What `:exact` compares. */
export const exactString = (text: string): string => text.normalize('NFC')

/** An entry for a text; none for what isn't one. */
export function pushText(value: unknown, path: IndexPath, group: number, out: Entry[]): void {
  if (typeof value !== 'string' || value === '') return
  const forms = formsOf(value)
  out.push({ kind: 'string', path, group, value: forms.value, exact: forms.exact })
}

// Names and places repeat, within a resource (`name` and `family`) and across resources.
const KEPT = 8192
const KEPT_LENGTH = 64
type Forms = { readonly value: string; readonly exact: string }
const kept = new Map<string, Forms>()

function formsOf(text: string): Forms {
  const known = kept.get(text)
  if (known !== undefined) return known
  const forms = { value: foldString(text), exact: exactString(text) }
  if (text.length <= KEPT_LENGTH) {
    if (kept.size >= KEPT) kept.clear()
    kept.set(text, forms)
  }
  return forms
}

const emitText: Emit = (value, path, group, out) => {
  pushText(value, path, group, out)
}

const emitParts =
  (names: readonly string[]): Emit =>
  (value, path, group, out) => {
    const fields = fieldsOf(value)
    if (!fields) return
    for (const name of names) {
      const part = fields[name]
      if (Array.isArray(part)) for (const item of part) pushText(item, path, group, out)
      else if (part !== undefined) pushText(part, path, group, out)
    }
  }

const foldedOnce = (text: string): string => formsOf(text).value

const both =
  (one: Emit, other: Emit): Emit =>
  (value, path, group, out, settings) => {
    one(value, path, group, out, settings)
    other(value, path, group, out, settings)
  }

/** By element type. */
export const STRING_EMITS: Readonly<Record<string, Emit>> = {
  string: emitText,
  markdown: emitText,
  code: emitText,
  uri: emitText,
  url: emitText,
  HumanName: both(
    emitParts(['family', 'given', 'prefix', 'suffix', 'text']),
    emitNameKeys(foldedOnce),
  ),
  [NAME_PART]: both(emitText, emitPartKeys(foldedOnce)),
  Address: emitParts(['line', 'city', 'district', 'state', 'postalCode', 'country', 'text']),
}

/** Without modifier: begins with, folded. */
export const stringLeaves: MakeLeaves = ({ paths: from, text, modifier, at }) => {
  const paths = namesOf(from)
  const plain = unescape(text)
  if (modifier === 'exact') {
    const exact = exactString(plain)
    return [{ kind: 'string', paths, op: 'exact', value: exact, folded: foldString(exact) }]
  }
  const value = foldString(plain)
  if (value === '') {
    throw fail('parameter', `${shown(plain)} has no letter or digit to search for`, at)
  }
  return [{ kind: 'string', paths, op: modifier === 'contains' ? 'contains' : 'starts', value }]
}
