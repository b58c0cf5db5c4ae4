// Canonical URLs with their versions, and which of several resources with one URL is meant.
// https://hl7.org/fhir/R4/references.html#canonical
import type { ConformanceResource } from './conformance.ts'

/** `url|version` in its parts. */
export function splitCanonical(canonical: string): readonly [url: string, version?: string] {
  const bar = canonical.lastIndexOf('|')
  return bar < 0 ? [canonical] : [canonical.slice(0, bar), canonical.slice(bar + 1)]
}

/** The one that is meant when no version is asked for: not retired if possible, of the highest version, else the first. */
export const best = <T extends Pick<ConformanceResource, 'status' | 'version'>>(
  all: readonly T[],
): T | undefined =>
  all.reduce<T | undefined>(
    (one, other) => (one === undefined || isBetter(other, one) ? other : one),
    undefined,
  )

type Judged = Pick<ConformanceResource, 'status' | 'version'>

function isBetter(one: Judged, other: Judged): boolean {
  const retired = (resource: Judged): boolean => resource.status === 'retired'
  if (retired(one) !== retired(other)) return retired(other)
  return compareVersions(one.version ?? '', other.version ?? '') > 0
}

/**
 * Below 0 when the first is lower: numbers as numbers, and a release after its previews (`2.0.0-ballot` < `2.0.0`).
 * @example compareVersions('1.10.0', '1.9.2') // 1
 */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(/[.\-+]/))
  for (let i = 0; i < Math.max(a!.length, b!.length); i++) {
    const [x, y] = [a![i], b![i]]
    if (x === y) continue
    const isNumber = (part: string | undefined): boolean => /^\d+$/.test(part ?? '')
    if (x === undefined) return isNumber(y) ? -1 : 1
    if (y === undefined) return isNumber(x) ? 1 : -1
    if (isNumber(x) && isNumber(y)) {
      if (Number(x) !== Number(y)) return Number(x) < Number(y) ? -1 : 1
    } else return x < y ? -1 : 1
  }
  return 0
}
