// A row of the embedded store as a Version of the contract.
import type { Version } from '../store.ts'

/** Kept as their place in this list. */
export const METHODS: readonly Version['method'][] = ['POST', 'PUT', 'PATCH', 'DELETE']

/** Milliseconds are the upper bits of a `seq`, a counter the lower ones. */
export const TICKS = 2048

export const updatedOf = (seq: number): number => Math.floor(seq / TICKS)

export const versionOf = (
  type: string,
  id: string,
  version: number,
  seq: number,
  method: number,
  text: string | null | undefined,
): Version => ({
  type,
  id,
  version,
  updated: updatedOf(seq),
  method: METHODS[method]!,
  text: text ?? undefined,
})
