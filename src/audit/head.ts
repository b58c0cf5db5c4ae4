// Heads: signed statements on what a chain holds up to an entry, to be kept by outsiders.
// https://www.rfc-editor.org/rfc/rfc9162#section-4.10 has the like. docs/audit.md says the bytes.
// Must not hold personal data: hashes, numbers and times only.
import { hash } from 'node:crypto'
import type { KeptHead, Sealed, Trail } from '../store/trail.ts'
import { rootOf } from './bytes.ts'
import type { Signer } from './key.ts'

/** What is signed: entries `from` to `to`, with the hash of the last and the root of the tree over them. */
export type Statement = {
  readonly log: string
  readonly chain: string
  readonly from: number
  readonly to: number
  readonly hash: string
  readonly root: string
  readonly time: string
  /** `kid` of the key. */
  readonly key: string
}

/** `statement` is the JSON text that was signed, to the letter. */
export type Head = { readonly statement: string; readonly signature: string }

export const statementOf = ({ statement }: Head): Statement => JSON.parse(statement) as Statement

/** Hash by which a head can be kept without what it says: SHA-256 of its statement, which holds hashes that nobody guesses. */
export const digestOf = ({ statement }: Head): string => hash('sha256', statement, 'hex')

export const headOf = ({ text }: KeptHead): Head => JSON.parse(text) as Head

/** @param entries hashes of the entries, the last one's at the end */
export function makeHead(
  { chain, from, entries, at, baseUrl }: Covered,
  signer: Signer,
): { readonly head: Head; readonly kept: KeptHead } {
  const to = from + entries.length - 1
  const statement = JSON.stringify({
    log: baseUrl,
    chain,
    from,
    to,
    hash: entries.at(-1)!,
    root: rootOf(entries),
    time: new Date(at).toISOString(),
    key: signer.key.kid,
  } satisfies Statement)
  const head = { statement, signature: signer.sign(statement) }
  return { head, kept: { chain, number: to, text: JSON.stringify(head) } }
}

export type Covered = {
  readonly chain: string
  readonly from: number
  readonly entries: readonly string[]
  readonly at: number
  readonly baseUrl: string
}

/** Entries under one head at most, so that a proof is made of few. */
export const MOST_COVERED = 4096

const PAGE = 500

/** Hashes of entries of a chain, as they are kept; `most` of them. */
export async function hashesOf(
  trail: Trail,
  chain: string,
  from: number,
  most = MOST_COVERED,
): Promise<readonly string[]> {
  const hashes: string[] = []
  while (hashes.length < most) {
    const page: readonly Sealed[] = await trail.read(
      chain,
      from + hashes.length,
      Math.min(PAGE, most - hashes.length),
    )
    for (const { hash } of page) hashes.push(hash)
    if (page.length < PAGE) break
  }
  return hashes
}

/** The last head of a chain. */
export async function lastHead(trail: Trail, chain: string): Promise<Head | undefined> {
  const [kept] = await trail.lastHeads(1, `${chain}~`)
  return kept?.chain === chain ? headOf(kept) : undefined
}

/** Sign what no head covers yet of a chain that may be anybody's. @returns whether there was anything */
export async function cover(
  trail: Trail,
  chain: string,
  signer: Signer,
  about: Pick<Covered, 'at' | 'baseUrl'>,
): Promise<boolean> {
  const last = await lastHead(trail, chain)
  let from = last === undefined ? 1 : statementOf(last).to + 1
  let isAny = false
  for (;;) {
    const entries = await hashesOf(trail, chain, from)
    if (entries.length === 0) return isAny
    await trail.publish(makeHead({ chain, from, entries, ...about }, signer).kept)
    isAny = true
    from += entries.length
  }
}
