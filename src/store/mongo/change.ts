// What changes make of resources: which versions are current afterwards, which were on the way there.
// https://hl7.org/fhir/R4/http.html#update
// Must not touch the database: it gets what is current, and gives documents.
import { checksum } from '../checksum.ts'
import type { Applied, Change } from '../store.ts'
import { render } from '../store.ts'
import { tooLarge } from './availability.ts'
import type { Clock } from './clock.ts'
import { millisecondsOf } from './clock.ts'
import type { ResourceDocument, VersionDocument } from './document.ts'
import { indexed, referenceOf, versionOf } from './document.ts'

/** Bytes of a text; MongoDB takes documents of 16 MB, and the index entries need room beside it. */
const LARGEST = 15_000_000

/** One resource in a commit: as it is stored, as it shall be, and the versions in between (the stored one among them). */
export type Resource = {
  readonly stored: ResourceDocument | undefined
  current: ResourceDocument | undefined
  readonly older: VersionDocument[]
}

/** Applies a change to its resource; undefined when the version is not the one that the change needs. */
export function apply(resource: Resource, change: Change, clock: Clock): Applied | undefined {
  const { current } = resource
  const live = current?.live === true
  if (change.ifVersion !== undefined && change.ifVersion !== (live ? current.version : 0))
    return undefined
  if (!live && change.kind === 'delete')
    return { current: current && versionOf(current), changed: false, created: false }
  if (live && change.kind === 'put' && isSame(current, change))
    return { current: versionOf(current), changed: false, created: false }
  const next = nextOf(current, change, clock)
  if (current !== undefined) resource.older.push(olderOf(current, millisecondsOf(next.seq)))
  resource.current = next
  return { current: versionOf(next), changed: true, created: !live }
}

type Put = Extract<Change, { kind: 'put' }>

const isSame = (current: ResourceDocument, { type, id, content }: Put): boolean =>
  current.text === render(type, id, current.version, millisecondsOf(current.seq), content)

function nextOf(
  current: ResourceDocument | undefined,
  change: Change,
  clock: Clock,
): ResourceDocument {
  const { type, id } = change
  const _id = referenceOf(type, id)
  const version = (current?.version ?? 0) + 1
  const seq = clock(current?.seq ?? 0)
  if (change.kind === 'delete')
    return { _id, type, id, version, seq, method: 'DELETE', live: false }
  const text = render(type, id, version, millisecondsOf(seq), change.content)
  // Bytes are never fewer than UTF-16 units; only long texts need counting.
  if (text.length > LARGEST / 3 && Buffer.byteLength(text) > LARGEST) throw tooLarge()
  const { method } = change
  return {
    _id,
    type,
    id,
    version,
    seq,
    method,
    live: true,
    text,
    hash: checksum(text),
    ...indexed(change.content.entries),
  }
}

function olderOf({ _id, ...current }: ResourceDocument, until: number): VersionDocument {
  const { type, id, version, seq, method, text, hash } = current
  return {
    _id: `${_id}/${String(version)}`,
    ref: _id,
    type,
    id,
    version,
    seq,
    until,
    method,
    ...(text === undefined ? {} : { text }),
    ...(hash === undefined ? {} : { hash }),
  }
}
