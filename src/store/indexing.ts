// The index made anew while servers go on: some resources at a time, and notes on how far it has come.
// Both stores implement it beside the contract of requests (store.ts) on the same connection.
// Must not change a text or a version, nor hold up others for longer than a few milliseconds.
import type { Resource } from '../fhir/message.ts'
import type { Entry } from '../search/entry.ts'
import type { Leases } from './upkeep.ts'

/** Small texts by name that every process on the store can read: what the index is made of, how far a job has come. */
export type Notes = {
  read(name: string): Promise<string | undefined>
  /** Undefined removes it. */
  write(name: string, text: string | undefined): Promise<void>
  /** Write it unless it is there already: what is there then, the same for all that ask at once. */
  writeOnce(name: string, text: string): Promise<string>
  /** Several, in their order: all or none on the embedded store; on the hub's a crash may leave the first of them only. */
  writeAll(notes: readonly NoteChange[]): Promise<void>
  /** Those whose names begin so and come behind `after`, in the order of their names; some at a time, [] at the end. */
  list(prefix: string, after?: string): Promise<readonly Note[]>
}

export type Note = { readonly name: string; readonly text: string }

/** Undefined removes it. */
export type NoteChange = { readonly name: string; readonly text: string | undefined }

/** Notes that `list` gives at a time. */
export const NOTES_AT_A_TIME = 500

export type ReindexStep = {
  readonly type: string
  /** `next` of the step before; undefined to begin. */
  readonly from: string | undefined
  /** Only what was last written before this instant (ms): what is later was indexed as it should be. */
  readonly before: number
  /** Index entries of a resource, as they are made when it is written. */
  readonly extract: (resource: Resource) => readonly Entry[]
}

/** `looked`: resources that were read, `changed`: those whose entries were not the ones that they should be. */
export type ReindexSlice = {
  readonly looked: number
  readonly changed: number
  /** Where the next step begins; undefined when nothing is left. */
  readonly next: string | undefined
}

/** Errors: as those of a Store. */
export type Indexing = {
  readonly leases: Leases
  /** Entries of some resources of a type made anew, those first that were not changed for longest. */
  reindex(step: ReindexStep): Promise<ReindexSlice>
}
