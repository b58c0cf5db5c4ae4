// Which resource each entry of a transaction is, so that none appears twice and links find it.
// https://hl7.org/fhir/R4/http.html#trules, https://hl7.org/fhir/R4/bundle.html#bundle-unique
// Must not change anything.
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import type { BundleEntry } from './bundle-entry.ts'
import { conditionQuery } from './conditional.ts'
import type { Target, Targets } from './transaction-link.ts'
import type { Part } from './transaction-part.ts'

/** @throws Failure 400 naming both entries that have the same full URL or write the same resource */
export function requireDistinct(parts: readonly Part[], entries: readonly BundleEntry[]): void {
  const seen = new Map<string, BundleEntry>()
  const claim = (identity: string, entry: BundleEntry, what: string): void => {
    const other = seen.get(identity)
    if (other === undefined) seen.set(identity, entry)
    else if (other !== entry) throw duplicate(other, entry, what)
  }
  for (const entry of entries)
    if (entry.fullUrl !== undefined)
      claim(`fullUrl ${entry.fullUrl}`, entry, `have the fullUrl ${entry.fullUrl}`)
  for (const part of parts) {
    const { type, ids, entry } = part
    for (const id of ids) claim(`${type}/${id}`, entry, `are about ${type}/${id}`)
    const condition = conditionOf(part)
    // Each would make what the other's condition forbids.
    if (condition !== undefined)
      claim(`condition ${type}?${condition}`, entry, `create a ${type} on the same condition`)
  }
}

const duplicate = (a: BundleEntry, b: BundleEntry, what: string): Failure =>
  new Failure('malformed', [
    {
      severity: 'error',
      code: 'duplicate',
      diagnostics: `Entries ${a.index} and ${b.index} both ${what}; a resource may appear in a transaction once`,
      expression: [`Bundle.entry[${a.index}]`, `Bundle.entry[${b.index}]`],
    },
  ])

/** The condition of a create or update, its parameters in order, when it selects nothing. */
function conditionOf({ type, entry, selected }: Part): string | undefined {
  if (selected === undefined || selected.versions.length > 0) return undefined
  const text = entry.request.headers['if-none-exist']
  const query = text === undefined ? entry.request.query : conditionQuery(text, type)
  return query
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('&')
}

/** What the full URLs of the Bundle will be on this server. */
export function targetsOf(parts: readonly Part[], context: Context): Targets {
  const targets = new Map<string, Target>()
  for (const { type, ids, entry, selected } of parts) {
    const [id] = ids
    const { fullUrl, request } = entry
    if (fullUrl === undefined || id === undefined || request.method === 'DELETE') continue
    const local = `${type}/${id}`
    if (fullUrl === `${context.baseUrl}/${local}`) continue
    // The version that a new resource will have; who updates one knows its versions already.
    const version = request.method === 'POST' ? (selected?.versions[0]?.version ?? 1) : undefined
    targets.set(fullUrl, { local, version })
  }
  return targets
}
