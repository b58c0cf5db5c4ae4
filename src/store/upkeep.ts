// What is done to a store beside the servers that use it, while they serve: removing old history, and the leases by
// which one process of many does such work. Both stores implement it; the contract of requests (store.ts) knows
// nothing of it. Must not touch a current version, nor what its number says of how many there were.

import type { Notes } from './indexing.ts'

/** One step of a purge, short enough to let a server write in between. */
export type PurgeSlice = {
  /** Versions removed (or, in a dry run, that would be), by type. */
  readonly removed: Readonly<Record<string, number>>
  /** Where the next step begins; undefined when nothing is left. */
  readonly next: string | undefined
}

export type Purge = {
  /** Versions replaced before this instant (ms since 1970) go; a current version never does. */
  readonly before: number
  /** `next` of the step before; undefined to begin. */
  readonly from: string | undefined
  /** Count only. */
  readonly dryRun: boolean
}

/** A right to do something that lasts until an instant, unless it is taken again before. */
export type Leases = {
  /**
   * Take a lease, or keep one that the owner has. One that has run out is anybody's.
   * @param now by the clock of the caller; the clocks of all processes must agree to less than a lease lasts
   * @returns whether the owner has it until then
   */
  take(name: string, owner: string, until: number, now: number): Promise<boolean>
  /** Give it back; without effect when somebody else has it. */
  release(name: string, owner: string): Promise<void>
  /** Who took it last, and until when (ms); the lease may have run out. */
  holder(name: string): Promise<{ readonly owner: string; readonly until: number } | undefined>
}

/** Errors: as those of a Store. */
export type Upkeep = {
  readonly leases: Leases
  readonly notes: Notes
  /** Remove some versions from the history, oldest first. */
  purge(purge: Purge): Promise<PurgeSlice>
  /** Up to when (ms) the history may have been purged; 0 when it never was. */
  purgedBefore(): Promise<number>
  close(): Promise<void>
}
