// The entries of a transaction that write: what kind of write each is, and which resource it means.
// https://hl7.org/fhir/R4/http.html#trules
// Must not write, nor look at the links in resources.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { operations } from '../operation/operations.ts'
import type { BundleEntry } from './bundle-entry.ts'
import { select, type Selected } from './conditional.ts'
import { requireType } from './content.ts'
import { selectExisting } from './create.ts'
import { newId } from './id.ts'
import { requireCreate } from './needs.ts'
import { route, writeOf } from './route.ts'
import type { Failures } from './transaction-failure.ts'
import { conditionalTarget, requireSameId } from './update.ts'
import type { Prepare, Write } from './write.ts'

/** A writing entry; `ids`, `selected` and `deletion` are filled in by `resolvePart`. */
export type Part = {
  readonly entry: BundleEntry
  readonly type: string
  /** Deletions come first, then creations, then updates and patches. */
  readonly rank: number
  readonly prepare: Prepare
  /** Ids of the resources that it writes or, as a conditional create, finds: one, but for a conditional deletion. */
  ids: readonly string[]
  /** What the condition of a create or update selected. */
  selected: Selected | undefined
  /** A deletion, already prepared: it depends on nothing else in the Bundle. */
  deletion: Write | undefined
}

const RANK: Readonly<Record<string, number>> = { DELETE: 0, POST: 1, PUT: 2, PATCH: 2 }

/** Tell apart the entries that write and those that read; what is neither is a failure. */
export function partsOf(
  entries: readonly BundleEntry[],
  failures: Failures,
  context: Context,
): { readonly parts: readonly Part[]; readonly reads: readonly BundleEntry[] } {
  const parts: Part[] = []
  const reads: BundleEntry[] = []
  for (const entry of entries)
    failures.during(entry, () => {
      const { request } = entry
      route(request, context)
      const prepare = writeOf(request)
      if (prepare !== undefined) {
        const [type, id] = request.path as [string, string | undefined]
        if (entry.resource !== undefined && request.method !== 'DELETE')
          requireFitting(entry, type, id, context)
        parts.push({
          entry,
          type,
          rank: RANK[request.method]!,
          prepare,
          ids: id === undefined ? [] : [id],
          selected: undefined,
          deletion: undefined,
        })
      } else {
        requireHarmless(entry)
        reads.push(entry)
      }
    })
  return { parts, reads }
}

function requireFitting(
  { request, resource }: BundleEntry,
  type: string,
  id: string | undefined,
  context: Context,
): void {
  if (request.method === 'PATCH') return
  requireType(resource!, type, context)
  if (request.method === 'PUT' && id !== undefined) requireSameId(resource!, type, id)
}

/** An operation that writes commits by itself, which a transaction can't take back. */
function requireHarmless({ request }: BundleEntry): void {
  const last = request.path.at(-1)
  if (last?.startsWith('$') && operations.some((o) => o.affectsState && `$${o.name}` === last))
    throw fail(
      'unsupported',
      `${last} changes resources by itself and can't be part of a transaction; send it alone or in a batch`,
    )
}

/** Look up what the conditions of an entry select, and choose the id of a new resource. */
export async function resolvePart(part: Part, context: Context): Promise<void> {
  const { type, ids, prepare } = part
  const { request, resource } = part.entry
  if (request.method === 'DELETE') {
    part.deletion = await prepare(request, context)
    part.ids = part.deletion.changes.map((c) => c.id)
  } else if (request.method === 'POST') {
    part.selected = await selectExisting(type, request, context)
    part.ids = [part.selected?.versions[0]?.id ?? newId()]
  } else if (ids.length === 0) {
    const selected = await select(type, request.query, context)
    if (request.method === 'PUT') {
      if (selected.versions.length === 0) requireCreate(request, type)
      part.ids = [await conditionalTarget(type, resource!.id, newId(), selected, context)]
      part.selected = selected
    } else part.ids = selected.versions.map((v) => v.id)
  }
}
