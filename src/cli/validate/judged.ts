// One resource of a file and what validation says of it.
// Must not repeat what the resource says beyond its type and id.
import type { Issue } from '../../errors.ts'

export type Judged = {
  /** The file as it was named. */
  readonly file: string
  /** From 1; 1 for a document that is no NDJSON. */
  readonly line: number
  /** `Patient/p1`, `Patient`, or `?` for what could not be read. */
  readonly resource: string
  readonly issues: readonly Issue[]
}

export type Counts = {
  resources: number
  /** Resources with at least one error. */
  invalid: number
  errors: number
  warnings: number
  information: number
}

export const isError = ({ severity }: Issue): boolean =>
  severity === 'error' || severity === 'fatal'

/** Adds what was found to the counts. */
export function add(counts: Counts, { issues }: Judged): void {
  counts.resources++
  if (issues.some(isError)) counts.invalid++
  for (const issue of issues) {
    if (isError(issue)) counts.errors++
    else if (issue.severity === 'warning') counts.warnings++
    else counts.information++
  }
}

/** Where an issue is, as FHIRPath; the resource when it says nothing more. */
export const placeOf = ({ expression }: Issue, resource: string): string =>
  expression?.[0] ?? resource.split('/')[0]!
