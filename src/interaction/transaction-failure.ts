// What went wrong in the entries of a transaction, as one Failure. https://hl7.org/fhir/R4/http.html#transaction-response
// Must not swallow a fault: only a Failure is the entry's own.
import { Failure, type Issue } from '../errors.ts'
import type { BundleEntry } from './bundle-entry.ts'

export type Failures = {
  /** Do something for an entry; a Failure of it is kept. */
  of(entry: BundleEntry, work: () => Promise<void>): Promise<void>
  /** The same for work that doesn't wait. */
  during(entry: BundleEntry, work: () => void): void
  /** @throws Failure of the kind of the first failing entry, with the issues of all that failed */
  throwIfAny(): void
}

const MOST_ISSUES = 100

/** An empty collection. */
export function collectFailures(): Failures {
  const failed: { entry: BundleEntry; failure: Failure }[] = []
  const keep = (entry: BundleEntry, error: unknown): void => {
    if (!(error instanceof Failure)) throw error
    // Not the entry's doing: the answer must carry Retry-After as it came.
    if (error.kind === 'unavailable' || error.kind === 'full') throw error
    failed.push({ entry, failure: error })
  }
  return {
    async of(entry, work) {
      try {
        await work()
      } catch (error) {
        keep(entry, error)
      }
    },
    during(entry, work) {
      try {
        work()
      } catch (error) {
        keep(entry, error)
      }
    },
    throwIfAny() {
      if (failed.length === 0) return
      failed.sort((a, b) => a.entry.index - b.entry.index)
      const issues = failed.flatMap(({ entry, failure }) =>
        failure.issues.map((issue) => inEntry(issue, entry)),
      )
      throw new Failure(failed[0]!.failure.kind, issues.slice(0, MOST_ISSUES))
    },
  }
}

/** An issue whose expressions begin at the Bundle: `Patient.name` → `Bundle.entry[2].resource.name`. */
function inEntry(issue: Issue, entry: BundleEntry): Issue {
  const at = `Bundle.entry[${entry.index}]`
  const expressions = (issue.expression ?? ['']).map((expression) => placeOf(expression, entry, at))
  return { ...issue, expression: [...new Set(expressions)] }
}

function placeOf(expression: string, { resource }: BundleEntry, at: string): string {
  if (expression.startsWith('Bundle.entry[')) return expression
  const [type] = expression.split(/[.[]/, 1)
  if (type !== undefined && type !== '' && type === resource?.resourceType)
    return `${at}.resource${expression.slice(type.length)}`
  if (expression === 'resourceType') return `${at}.resource`
  if (expression === 'If-Match') return `${at}.request.ifMatch`
  return at
}
