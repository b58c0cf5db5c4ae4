// What becomes of a result that is there already, by the number that its sender gave it.
// https://hl7.org/fhir/R4/valueset-observation-status.html
// Must not let a final result change without a word: a correction says that it is one.
import { stringify } from '../fhir/json.ts'
import type { Resource } from '../fhir/message.ts'
import type { Problems } from './refused.ts'

/** Those that may still become another result. */
const OPEN = new Set(['registered', 'preliminary', 'partial'])

const CORRECTING = new Set(['corrected', 'amended', 'entered-in-error'])

/**
 * `same`: nothing is to be written; `write`: it is new, or takes the place of what is there.
 * @param next what would be written
 */
export function againOf(
  next: Resource,
  { status, statusPlace }: { readonly status: string; readonly statusPlace: string },
  known: Resource | undefined,
  problems: Problems,
): 'same' | 'write' {
  if (known === undefined) {
    if (status === 'entered-in-error')
      problems.add(204, statusPlace, 'What should be taken back is not here')
    return 'write'
  }
  const before = known['status'] as string
  if (said(next) === said(known) && status === before) return 'same'
  if (OPEN.has(before) || CORRECTING.has(status)) return 'write'
  problems.add(
    205,
    statusPlace,
    `There is a result with this number that is ${before}; a change of it has the status C (corrected)`,
  )
  return 'write'
}

/** What a result says, of what a device may send a second time. */
const said = (resource: Resource): string => {
  const { code, subject, effectiveDateTime, dataAbsentReason, result, ...others } = resource
  const values = Object.entries(others).filter(([name]) => name.startsWith('value'))
  return stringify([
    (code as { text?: unknown }).text,
    effectiveDateTime,
    dataAbsentReason,
    (subject as { reference?: string }).reference?.startsWith('urn:') === true ? '' : subject,
    Array.isArray(result) ? result.length : 0,
    ...values,
  ])
}
