// Whether the versions of one resource are sound, and whether its index entries are those of its text.
// Must not touch a database: each store brings what it keeps.
import type { Resource } from '../fhir/message.ts'
import type { Entry } from '../search/entry.ts'
import { checksum } from './checksum.ts'
import type { Version } from './store.ts'

/** A version as a store keeps it; `order` rises with every version of a resource, `hash` is the checksum of the text. */
export type Kept = Version & { readonly order: number; readonly hash: number | undefined }

/** Something that is wrong with one version. */
export type Fault = {
  readonly aspect: 'text' | 'version'
  readonly version: number
  readonly message: string
}

/**
 * What is wrong with the versions of a resource.
 * @param versions in their order; the last one is current
 * @param purgedBefore what was replaced before this instant (ms) may have been removed on purpose
 */
export function faultsOf(versions: readonly Kept[], purgedBefore: number): Fault[] {
  const faults: Fault[] = []
  const first = versions[0]
  let expected = first !== undefined && first.updated < purgedBefore ? first.version : 1
  for (const [i, one] of versions.entries()) {
    const { version } = one
    const fault = (aspect: Fault['aspect'], message: string) =>
      faults.push({ aspect, version, message })
    if (version !== expected)
      fault(
        'version',
        version > expected ? `${missing(expected, version - 1)} before it` : 'is there twice',
      )
    expected = version + 1
    const before = versions[i - 1]
    if (before !== undefined && before.order >= one.order)
      fault('version', 'is not later than the version before it')
    if (one.text === undefined) {
      if (one.method !== 'DELETE') fault('text', 'has no text, and is no deletion')
    } else if (one.method === 'DELETE') fault('text', 'has a text, but is a deletion')
    else for (const message of faultsOfText(one, one.text)) fault('text', message)
  }
  return faults
}

const missing = (from: number, to: number): string =>
  from === to
    ? `version ${String(from)} is missing`
    : `versions ${String(from)} to ${String(to)} are missing`

function faultsOfText({ type, id, version, updated, hash }: Kept, text: string): string[] {
  const faults: string[] = []
  if (hash === undefined) faults.push('has no checksum')
  else if (hash !== checksum(text)) faults.push('is not the text that was written')
  const resource = parsed(text)
  if (resource === undefined) return [...faults, 'is no JSON object']
  const says = [
    resource.resourceType,
    resource.id,
    resource.meta?.versionId,
    resource.meta?.lastUpdated,
  ]
  const is = [type, id, String(version), new Date(updated).toISOString()]
  if (says.some((value, i) => value !== is[i]))
    faults.push(`says that it is ${says.join(' ')}, and is kept as ${is.join(' ')}`)
  return faults
}

/** The resource of a text; undefined when it is none. */
export function parsed(text: string): Resource | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Resource)
      : undefined
  } catch {
    return undefined
  }
}

/**
 * How the entries that are kept differ from those that there should be, in words; undefined when they are the same.
 * Both are keys that say all of an entry; how often and in what order they come doesn't count.
 */
export function differenceOf(
  kept: readonly string[],
  wanted: readonly string[],
): string | undefined {
  const have = new Set(kept)
  const want = new Set(wanted)
  const lost = [...want].filter((key) => !have.has(key)).length
  const extra = [...have].filter((key) => !want.has(key)).length
  if (lost === 0 && extra === 0) return undefined
  const said = [
    lost > 0 ? `${String(lost)} missing` : '',
    extra > 0 ? `${String(extra)} too many` : '',
  ]
  return `its index entries differ from its text: ${said.filter((s) => s !== '').join(', ')}`
}

/** All that an entry says, as a text. */
export function keyOf(entry: Entry): string {
  const { kind, path, group } = entry
  // Adding 0 makes 0 of -0, which no store tells apart.
  switch (kind) {
    case 'token':
      return JSON.stringify([kind, path, group, entry.system, entry.code])
    case 'string':
      return JSON.stringify([kind, path, group, entry.value, entry.exact])
    case 'date':
    case 'number':
      return JSON.stringify([kind, path, group, entry.low + 0, entry.high + 0])
    case 'quantity':
      return JSON.stringify([
        kind,
        path,
        group,
        entry.low + 0,
        entry.high + 0,
        entry.system,
        entry.code,
        entry.unit,
      ])
    case 'reference':
      return JSON.stringify([kind, path, group, entry.type, entry.id])
    case 'uri':
      return JSON.stringify([kind, path, group, entry.value])
    case 'words':
      return JSON.stringify([kind, path, group, ...entry.words])
  }
}
