// Loads the R4 definitions: from the cache folder, or from the package at the first start.
// https://hl7.org/fhir/R4/downloads.html
// Must not fail because of the cache: what is missing, corrupt or can't be written is made anew in memory.
import { madeOfR4 } from './cache.ts'
import { makeCompact, type Compact } from './definitions-compact.ts'
import { expandDefinitions } from './definitions-expand.ts'
import type { Definitions } from './definitions.ts'

/** Counted up whenever the compact form, or what is put into it, changes. */
const FORMAT = 2

/**
 * Synchronous: ten milliseconds from the cache, about half a second when it has to be made.
 * @param cacheFolder created if need be; holds `definitions-<package version>-<format>.json` afterwards
 */
export function loadDefinitions(cacheFolder: string): Definitions {
  const isWhole = (c: Partial<Compact>): boolean =>
    Boolean(c.types && c.searchParameters && c.compartments && c.codes)
  return expandDefinitions(
    madeOfR4<Compact>(
      cacheFolder,
      'definitions',
      FORMAT,
      isWhole,
      makeCompact,
      import.meta.resolve('./definitions-compact.ts'),
    ),
  )
}
