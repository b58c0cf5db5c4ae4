// What a version and its index entries look like as MongoDB documents, and back.
// One array for each kind of entry, because a multikey index can't span two arrays; names are one letter, because
// they are repeated in every document. Must not turn anything that a user sent into a field name.
import type { Entry, EntryKind, ValueEntry } from '../../search/entry.ts'
import type { Version } from '../store.ts'
import { millisecondsOf } from './clock.ts'

/** The field that holds the words of the full text, see words below. */
export const WORDS = 'w'

/** The field that holds the entries of a kind. */
export const FIELD = {
  token: 't',
  string: 's',
  date: 'd',
  number: 'n',
  quantity: 'q',
  reference: 'r',
  uri: 'u',
} as const satisfies Record<EntryKind, string>

/** One entry. `p` path; token: `c` code, `s` system; string and uri: `v`, string also `e` exact; else `l`, `h`. */
type Item = { readonly p: string; readonly [name: string]: string | number }
type Items = { [field in (typeof FIELD)[EntryKind]]?: Item[] }

/** The words at one path, `w`. */
export type Said = { readonly p: string; readonly w: readonly string[] }

/**
 * The index entries of one resource. `g` is there only when an entry is of a group other than 0: the same entries by
 * group, so that a composite can ask for parts within one group (without it all are of group 0).
 */
export type Indexed = Items & { g?: Items[]; [WORDS]?: Said[] }

/** All fields that are made of index entries. */
export const ENTRY_FIELDS = [...Object.values(FIELD), 'g', WORDS] as const

/** What all versions have in common. `seq` is of clock.ts, from which `updated` follows. */
type Stored = {
  type: string
  id: string
  version: number
  seq: number
  method: Version['method']
  text?: string
  /** Checksum of the text, see store/checksum.ts. */
  hash?: number
}

/**
 * Collection `resource`: the current version, a deletion included; `_id` is `Type/id`. `touched` says nothing: a commit
 * that read a resource and left it as it is raises it, see commit.ts.
 */
export type ResourceDocument = Stored & Indexed & { _id: string; live: boolean; touched?: number }

/**
 * Collection `version`: what was current once; `_id` is `Type/id/version`, `ref` is `Type/id`, `until` the instant (ms)
 * at which the next one took its place.
 */
export type VersionDocument = Stored & { _id: string; ref: string; until: number }

export const referenceOf = (type: string, id: string): string => `${type}/${id}`

/** Fields that make a Version, without the index entries, which can be larger than the text. */
export const VERSION_FIELDS = { type: 1, id: 1, version: 1, seq: 1, method: 1, text: 1 } as const

export const versionOf = (stored: Stored): Version => ({
  type: stored.type,
  id: stored.id,
  version: stored.version,
  updated: millisecondsOf(stored.seq),
  method: stored.method,
  text: stored.text,
})

/** Characters of the text. */
export const lengthOf = ({ text }: { readonly text?: string | undefined }): number =>
  text?.length ?? 0

function itemOf(entry: ValueEntry): Item {
  switch (entry.kind) {
    case 'token':
      return { p: entry.path, c: entry.code, s: entry.system }
    case 'string':
      return { p: entry.path, v: entry.value, e: entry.exact }
    case 'date':
    case 'number':
      return { p: entry.path, l: entry.low, h: entry.high }
    case 'quantity':
      return {
        p: entry.path,
        l: entry.low,
        h: entry.high,
        s: entry.system,
        c: entry.code,
        u: entry.unit,
      }
    case 'reference':
      return { p: entry.path, i: entry.id, t: entry.type }
    case 'uri':
      return { p: entry.path, v: entry.value }
  }
}

/** Index entries as the arrays of a document. */
export function indexed(entries: readonly Entry[]): Indexed {
  const all: Indexed = {}
  const groups = new Map<number, Items>()
  const grouped = entries.some((entry) => entry.group !== 0)
  for (const entry of entries) {
    if (entry.kind === 'words') {
      ;(all[WORDS] ??= []).push({ p: entry.path, w: entry.words })
      continue
    }
    const item = itemOf(entry)
    const field = FIELD[entry.kind]
    ;(all[field] ??= []).push(item)
    if (!grouped) continue
    let group = groups.get(entry.group)
    if (group === undefined) groups.set(entry.group, (group = {}))
    ;(group[field] ??= []).push(item)
  }
  if (grouped) all.g = [...groups.values()]
  return all
}
