// Settings of search from what the configuration says.
// https://hl7.org/fhir/R4/search.html#date (times without a zone)
// Must not read the environment: the caller gives the values.
import type { Definitions } from '../fhir/definitions.ts'
import type { Settings } from './emit.ts'
import type { Units } from './unit.ts'
import { createZone } from './zone.ts'

export type SearchOptions = {
  /** Base URLs of this server, as in `http://127.0.0.1:3000/fhir`; references under one are local. */
  readonly baseUrl?: string | readonly string[]
  /** Zone of dates and times that have none: `UTC` (default), `+09:00` or an IANA name such as `Asia/Almaty`. */
  readonly zone?: string
  /** Knowledge of units, as terminology/units.ts has it. */
  readonly units?: Units
  /** For tests. */
  readonly now?: () => number
}

/** @throws RangeError for a zone that doesn't exist */
export function createSettings(definitions: Definitions, options: SearchOptions = {}): Settings {
  const bases = typeof options.baseUrl === 'string' ? [options.baseUrl] : (options.baseUrl ?? [])
  return {
    zone: createZone(options.zone ?? 'UTC'),
    bases: bases.map((base) => (base.endsWith('/') ? base : `${base}/`)),
    isResourceType: (name) => definitions.isResourceType(name),
    now: options.now ?? Date.now,
    ...(options.units === undefined ? {} : { units: options.units }),
  }
}
