// transaction: all entries or none, through one commit. https://hl7.org/fhir/R4/http.html#trules
// Must not write anything outside that commit, nor let the order of the entries matter.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { bundleText, type EntryText } from '../fhir/bundle.ts'
import type { FhirResponse, Resource } from '../fhir/message.ts'
import { handle } from '../handle.ts'
import type { Assertion, Change } from '../store/store.ts'
import { bodyOf, incomingOf, type BundleEntry } from './bundle-entry.ts'
import { answeredEntry, answerEntry } from './bundle-response.ts'
import { createRoom, noRoom, type Room } from './bundle-room.ts'
import { createResource } from './create.ts'
import { collectFailures } from './transaction-failure.ts'
import { resolveConditionalReferences } from './transaction-condition.ts'
import { requireDistinct, targetsOf } from './transaction-identity.ts'
import { rewriteLinks, type ConditionalReference } from './transaction-link.ts'
import { rewritePatch } from './transaction-patch.ts'
import { partsOf, resolvePart, type Part } from './transaction-part.ts'
import type { Beside } from './rule.ts'
import { inTurn } from '../turn.ts'
import { updateResource } from './update.ts'
import { commit, type Write } from './write.ts'

/** Look-ups of one transaction that are under way at once. */
const TOGETHER = 16

/**
 * The answer to a transaction: 200 with an answer to each entry, in their order.
 * @param read the entries, fresh each time: a commit that comes too late is prepared again
 * @throws Failure of an entry, its expressions beginning with `Bundle.entry[i]`; then nothing was written
 */
export async function transaction(
  read: () => Promise<readonly BundleEntry[]>,
  context: Context,
): Promise<FhirResponse> {
  const { prepared, applied } = await commit(async () => prepare(await read(), context), context)
  const answers = new Array<EntryText>(prepared.size)
  let from = 0
  for (const { part, write } of prepared.writes) {
    const to = from + write.changes.length
    answers[part.entry.index] = answeredEntry(
      write.respond(applied.slice(from, to)),
      part.entry.request,
    )
    from = to
  }
  const room = createRoom()
  await inTurn(prepared.reads, TOGETHER, async (entry) => {
    answers[entry.index] = await answerEntry(entry, room, context)
  })
  return { status: 200, headers: {}, body: bundleText('transaction-response', [], answers) }
}

type Prepared = {
  readonly size: number
  /** In the order in which their changes stand in `changes`. */
  readonly writes: readonly { readonly part: Part; readonly write: Write }[]
  readonly reads: readonly BundleEntry[]
  readonly changes: readonly Change[]
  readonly assertions: readonly Assertion[]
}

async function prepare(entries: readonly BundleEntry[], context: Context): Promise<Prepared> {
  const failures = collectFailures()
  const { parts, reads } = partsOf(entries, failures, context)
  failures.throwIfAny()

  await inTurn(parts, TOGETHER, (part) => failures.of(part.entry, () => resolvePart(part, context)))
  failures.throwIfAny()
  requireDistinct(parts, entries)

  const conditional = linkUp(parts, context)
  const assertions = await resolveConditionalReferences(conditional, parts, failures, context)
  failures.throwIfAny()

  const beside = besideOf(parts)
  const writes: { part: Part; write: Write }[] = []
  await inTurn(parts, TOGETHER, (part) =>
    failures.of(part.entry, async () => {
      writes.push({ part, write: await writeOf(part, beside, context) })
    }),
  )
  const room = createRoom()
  await inTurn(reads, TOGETHER, (entry) =>
    failures.of(entry, () => tryRead(entry, parts, room, context)),
  )
  failures.throwIfAny()

  writes.sort((a, b) => a.part.rank - b.part.rank || a.part.entry.index - b.part.entry.index)
  return {
    size: entries.length,
    writes,
    reads,
    changes: writes.flatMap(({ write }) => write.changes),
    assertions: [...assertions, ...writes.flatMap(({ write }) => write.assertions)],
  }
}

/** Point links between the entries to where their targets will be; what is left are the conditional references. */
function linkUp(parts: readonly Part[], context: Context): readonly ConditionalReference[] {
  const targets = targetsOf(parts, context)
  const conditional: ConditionalReference[] = []
  for (const { entry } of parts) {
    if (entry.resource === undefined) continue
    rewriteLinks(entry, targets, context.definitions, (c) => conditional.push(c))
    if (entry.request.method === 'PATCH') rewritePatch(entry, targets)
  }
  return conditional
}

/** What the transaction leaves behind; what a conditional create found stays what it is. */
function besideOf(parts: readonly Part[]): Beside {
  const beside = new Map<string, () => Resource | undefined>()
  for (const { type, ids, entry, selected } of parts) {
    const { method } = entry.request
    if (method === 'DELETE') continue
    const isFound = method === 'POST' && selected !== undefined && selected.versions.length > 0
    const resource = (): Resource | undefined =>
      isFound || method === 'PATCH' ? undefined : incomingOf(entry).plain
    for (const id of ids) beside.set(`${type}/${id}`, resource)
  }
  return beside
}

async function writeOf(part: Part, beside: Beside, context: Context): Promise<Write> {
  const { type, ids, entry, selected, deletion, prepare } = part
  const { request } = entry
  if (deletion !== undefined) return deletion
  if (request.method === 'PATCH')
    return prepare({ ...request, body: bodyOf(entry) }, context, beside)
  const incoming = incomingOf(entry)
  if (request.method === 'POST')
    return createResource(type, ids[0]!, incoming, selected, request, context, beside)
  const update = await updateResource(type, ids[0]!, incoming, request, context, beside)
  if (selected === undefined) return update
  return { ...update, assertions: [...update.assertions, selected.assertion] }
}

/** A read is answered after the commit, when it is too late to fail: try it before. */
async function tryRead(
  entry: BundleEntry,
  parts: readonly Part[],
  room: Room,
  context: Context,
): Promise<void> {
  if (room.isFull()) return
  const { path } = entry.request
  const changing = parts.find((p) => p.type === path[0] && p.ids.includes(path[1]!))
  if (changing?.entry.request.method === 'DELETE' && path.length === 2)
    throw fail('gone', `${path.join('/')} is deleted by entry ${changing.entry.index}`)
  // What this very transaction writes isn't there yet.
  if (changing !== undefined) return
  const { body } = await handle(
    { ...entry.request, body: bodyOf(entry) },
    { ...context, isTrial: true },
  )
  if (!room.takes(body?.length ?? 0)) throw noRoom()
}
