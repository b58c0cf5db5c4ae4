// The bytes of the log: what an entry's hash is of, and the Merkle tree over entries. docs/audit.md has it in full.
// https://www.rfc-editor.org/rfc/rfc9162#section-2.1
// Must not change: what was signed with this is checked with this.
import { hash } from 'node:crypto'
import { Buffer } from 'node:buffer'

/** Stands for the entry before the first one of a chain. */
export const NOTHING = '0'.repeat(64)

const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex')

/**
 * Hash of an entry: SHA-256 of the hash before it (32 bytes) and the text (UTF-8).
 * @param previous hexadecimal, NOTHING for the first
 */
export const entryHash = (previous: string, text: string): string =>
  sha256(Buffer.concat([Buffer.from(previous, 'hex'), Buffer.from(text)]))

/** A leaf of the tree: a zero byte and the hash of the entry. */
const leafOf = (entry: string): string => sha256(Buffer.from(`00${entry}`, 'hex'))

const nodeOf = (left: string, right: string): string =>
  sha256(Buffer.from(`01${left}${right}`, 'hex'))

/** Root of the tree over hashes of entries, one at least. */
export const rootOf = (entries: readonly string[]): string =>
  entries.length === 1
    ? leafOf(entries[0]!)
    : nodeOf(
        rootOf(entries.slice(0, split(entries.length))),
        rootOf(entries.slice(split(entries.length))),
      )

/** The greatest power of two below a number of leaves. */
const split = (leaves: number): number => 2 ** Math.ceil(Math.log2(leaves) - 1)

/** A neighbour on the way from a leaf to the root, and on which side it stands. */
export type Step = { readonly side: 'left' | 'right'; readonly hash: string }

/** The way of one entry (0-based) to the root, from below. */
export function pathOf(entries: readonly string[], index: number): readonly Step[] {
  if (entries.length === 1) return []
  const middle = split(entries.length)
  const left = entries.slice(0, middle)
  const right = entries.slice(middle)
  return index < middle
    ? [...pathOf(left, index), { side: 'right', hash: rootOf(right) }]
    : [...pathOf(right, index - middle), { side: 'left', hash: rootOf(left) }]
}

/** The text of an entry as a resource that is stored: what the store decides is left out. */
export const TEXT = /^(\{"resourceType":"AuditEvent","id":"([A-Za-z0-9.-]+)",)"meta":\{/
