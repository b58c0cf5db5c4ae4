// Index entries by which a name is found from other scripts, at two paths beside the plain one: keys of Latin form for
// names in Cyrillic and for Latin ones that are written in several ways, and keys of Hangul.
// https://hl7.org/fhir/R4/search.html#string
// Must not repeat what the plain entry says already: most names in Latin letters have none of these.
import type { Emit } from '../emit.ts'
import { fieldsOf, pathBeside } from '../emit.ts'
import type { Entry, IndexPath } from '../entry.ts'
import { cyrillicKeys } from './cyrillic.ts'
import { hangulKey } from './hangul.ts'
import { latinKey } from './latin.ts'
import { splitName } from './surname.ts'
import { joined, wordsOf } from './word.ts'
import type { Word } from './word.ts'

/** What path.ts calls the type of a HumanName's `family`, `given` and `text`, which are strings besides. */
export const NAME_PART = 'HumanName.part'

/** A key and the path beside the plain one that it stands at. */
type Key = { readonly beside: 'latin' | 'hangul'; readonly value: string }

const keysOf = ({ folded, script }: Word): readonly Key[] => {
  switch (script) {
    case 'latin':
      return [{ beside: 'latin', value: latinKey(folded) }]
    case 'cyrillic':
      return cyrillicKeys(folded).map((value) => ({ beside: 'latin', value }))
    case 'hangul':
      return [{ beside: 'hangul', value: hangulKey(folded) }]
    case undefined:
      return []
  }
}

/** Words of a text beyond these say nothing more about who it is. */
const MOST_WORDS = 8
const LONGEST = 80

/** Keys of one part: as one word, however it is divided, unless it is what the plain entry has. */
export function partKeys(folded: string): readonly Key[] {
  const known = kept.get(folded)
  if (known !== undefined) return known
  const keys = madeOf(folded)
  if (kept.size >= KEPT) kept.clear()
  kept.set(folded, keys)
  return keys
}

// Names repeat, within a resource (`name` and `family`) and across resources.
const KEPT = 8192
const kept = new Map<string, readonly Key[]>()

function madeOf(folded: string): readonly Key[] {
  if (folded.length > LONGEST) return []
  const words = wordsOf(folded).slice(0, MOST_WORDS)
  const one = joined(words)
  const keys = one === undefined ? words.flatMap(keysOf) : keysOf(one)
  return keys.filter(({ beside, value }) => beside === 'hangul' || value !== folded)
}

/** Keys of a whole name of which the parts aren't known: of each word, and of all but the first or the last as one. */
export function wholeKeys(folded: string): readonly Key[] {
  if (folded.length > LONGEST) return []
  const words = wordsOf(folded).slice(0, MOST_WORDS)
  const most = words.length > 2 ? [joined(words.slice(1)), joined(words.slice(0, -1))] : []
  return [...words, ...most.filter((word) => word !== undefined)].flatMap((word) => {
    if (word.script !== 'hangul') return keysOf(word)
    // As they are written too: the plain entry only says how the text begins.
    return [word.folded, ...(splitName(word.folded) ?? [])].flatMap((value): Key[] => [
      { beside: 'hangul', value: hangulKey(value) },
      { beside: 'hangul', value },
    ])
  })
}

/** Whether the words of a text are those of the parts, in any order. */
function isCovered(text: string, parts: readonly string[]): boolean {
  let rest = bare(text)
  for (const part of [...parts].sort((a, b) => b.length - a.length))
    rest = rest.replace(bare(part), '')
  return rest === ''
}

const bare = (text: string): string => wordsOf(text).reduce((all, { folded }) => all + folded, '')

function push(keys: readonly Key[], path: IndexPath, group: number, out: Entry[]): void {
  for (const { beside, value } of keys) {
    if (value === '') continue
    out.push({ kind: 'string', path: pathBeside(path, beside), group, value, exact: value })
  }
}

/** Entries beside those of a family or given name. */
export const emitPartKeys: (fold: (text: string) => string) => Emit =
  (fold) => (value, path, group, out) => {
    if (typeof value === 'string' && value !== '') push(partKeys(fold(value)), path, group, out)
  }

/** Entries beside those of a HumanName. */
export const emitNameKeys: (fold: (text: string) => string) => Emit =
  (fold) => (value, path, group, out) => {
    const fields = fieldsOf(value)
    if (fields === undefined) return
    const { family, given, text } = fields
    const parts = [family, ...(Array.isArray(given) ? (given as readonly unknown[]) : [given])]
      .filter((part): part is string => typeof part === 'string' && part !== '')
      .map(fold)
    for (const part of parts) push(partKeys(part), path, group, out)
    if (typeof text !== 'string' || text === '') return
    const whole = fold(text)
    if (!isCovered(whole, parts)) push(wholeKeys(whole), path, group, out)
  }
