// A proof that one entry is in the log: the entry, its way to the root, and the signed head with that root.
// docs/audit.md; script/verify-proof.ts checks one with nothing but the public key.
// Must not need anything else of the log than what stands between two heads.
import { fail } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { Trail } from '../store/trail.ts'
import type { Audit } from './audit.ts'
import { NOTHING, pathOf, type Step } from './bytes.ts'
import { hashesOf, headOf, statementOf, type Head } from './head.ts'
import { knownIds } from './id.ts'

export type Proof = {
  /** Of the entry in the chain of the head. */
  readonly number: number
  /** Text of the entry, to the letter. */
  readonly entry: string
  /** Hash of the entry before it. */
  readonly previous: string
  /** From the leaf to the root. */
  readonly path: readonly Step[]
  readonly head: Head
}

/** @throws Failure 404 for what is not of the log */
export async function proofOf(
  id: string,
  { trail, notes }: Pick<Store, 'trail' | 'notes'>,
  audit: Pick<Audit, 'cover'>,
): Promise<Proof> {
  const place = (await knownIds(notes)).placeOf(id)
  const entry = place && (await trail.read(place.chain, place.number, 1))[0]
  if (place === undefined || entry?.number !== place.number)
    throw fail('not-found', `AuditEvent/${id} is not of the log of this server, so it has no proof`)
  const { chain, number } = place
  let head = await coveringHead(trail, chain, number)
  if (head === undefined) {
    await audit.cover(chain)
    head = await coveringHead(trail, chain, number)
  }
  if (head === undefined)
    throw fail('unavailable', 'The entry is too new to be signed; try again in some seconds')
  const { from, to } = statementOf(head)
  const hashes = await hashesOf(trail, chain, from, to - from + 1)
  const before = number === 1 ? undefined : (await trail.read(chain, number - 1, 1))[0]
  return {
    number,
    entry: entry.text,
    previous: before?.hash ?? NOTHING,
    path: pathOf(hashes, number - from),
    head,
  }
}

/** The first head whose entries have this one among them. */
async function coveringHead(
  trail: Trail,
  chain: string,
  number: number,
): Promise<Head | undefined> {
  const heads = (await trail.heads(chain, number, 2)).map(headOf)
  return heads.find((head) => statementOf(head).from <= number)
}
