// OperationOutcome from issues, https://hl7.org/fhir/R4/operationoutcome.html
// Must not add text of its own beyond what the issues say.
import type { Issue } from '../errors.ts'

/** JSON text of an OperationOutcome; with no issue it says that all is well. */
export const outcomeText = (issues: readonly Issue[]): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: issues.length > 0 ? issues.map(readable) : [ALL_OK],
  })

/** Issues quote what was sent; an outcome with a character that FHIR forbids, or a megabyte of it, would be none. */
function readable(issue: Issue): Issue {
  const { expression, diagnostics } = issue
  if (!UNREADABLE.test(diagnostics) && !expression?.some((e) => e === '' || UNREADABLE.test(e)))
    return issue
  const { expression: _, ...others } = issue
  const shown = expression?.map(shorten).filter((e) => e !== '') ?? []
  return {
    ...others,
    diagnostics: shorten(diagnostics),
    ...(shown.length === 0 ? {} : { expression: shown }),
  }
}

const UNREADABLE = /[\0-\x08\x0b\x0c\x0e-\x1f]|\p{Surrogate}|^[^]{2001}/u

const shorten = (text: string): string =>
  (text.length > 2000 ? `${text.slice(0, 2000)}…` : text)
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '\ufffd')
    .toWellFormed()

const ALL_OK: Issue = { severity: 'information', code: 'informational', diagnostics: 'No issues' }

/** An issue that informs only. */
export const information = (diagnostics: string): Issue => ({
  severity: 'information',
  code: 'informational',
  diagnostics,
})
