// What is done to a store by its operator and not by requests: looking whether it is sound, mending its index.
// Both stores implement it beside store.ts, so that the contract that requests use stays small.
// Must not change a text or a version: what only a backup can bring back is reported, not invented.
import type { Resource } from '../fhir/message.ts'
import type { Entry } from '../search/entry.ts'
import type { Version } from './store.ts'

/** One thing that is wrong. */
export type Finding = {
  /** `file`: the database itself. `text`, `version`: what was stored. `index`: what is made of it, and can be made again. */
  readonly aspect: 'file' | 'text' | 'version' | 'index'
  /** `Patient/12`; undefined when it is of no one resource. */
  readonly reference?: string
  readonly version?: number
  readonly message: string
  readonly repaired: boolean
}

export type CheckOptions = {
  /** Index entries of a resource, as they are made when it is written. */
  readonly extract: (resource: Resource) => readonly Entry[]
  /** Write the index anew where it differs. */
  readonly repair: boolean
  readonly onFinding: (finding: Finding) => void
  /** `part` 0 to 1. */
  readonly onProgress?: (done: number, part: number, at: string) => void
}

/** What was looked at. */
export type Checked = {
  /** Resources that are here, and those that are deleted. */
  readonly resources: number
  readonly deleted: number
  readonly versions: number
  readonly entries: number
  /** Places kept for resources that nothing refers to any more: harmless; a repair removes them. */
  readonly unused: number
}

/**
 * Errors: as those of a Store.
 */
export type Maintenance = {
  check(options: CheckOptions): Promise<Checked>
  /** All of a type that is here, in no order: what search parameters there are decides what an index is made of. */
  currentOf(type: string): Promise<readonly Pick<Version, 'text' | 'updated'>[]>
  close(): Promise<void>
}
