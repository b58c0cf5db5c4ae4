// OperationOutcome from issues, https://hl7.org/fhir/R4/operationoutcome.html
// Must not add text of its own beyond what the issues say.
import type { Issue } from '../errors.ts'

/** JSON text of an OperationOutcome; with no issue it says that all is well. */
export const outcomeText = (issues: readonly Issue[]): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: issues.length > 0 ? issues : [ALL_OK],
  })

const ALL_OK: Issue = { severity: 'information', code: 'informational', diagnostics: 'No issues' }

/** An issue that informs only. */
export const information = (diagnostics: string): Issue => ({
  severity: 'information',
  code: 'informational',
  diagnostics,
})
