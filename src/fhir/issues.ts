// The issues that an answer of some server tells of, https://hl7.org/fhir/R4/operationoutcome.html
// Must not throw: what came may be anything.
import type { Issue } from '../errors.ts'

/** An issue that we make of what was no outcome. */
export const issue = (code: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  diagnostics,
})

/** An issue as any server may write it. */
type Loose = Partial<Issue> & { readonly details?: { readonly text?: string } }

/** The issues of an OperationOutcome; the first of the text when it is none. */
export function issuesIn(body: string, status: number): readonly Issue[] {
  try {
    const outcome = JSON.parse(body) as { issue?: readonly Loose[] } | null
    if (Array.isArray(outcome?.issue) && outcome.issue.length > 0)
      return outcome.issue.map((i: Loose) => ({
        severity: i.severity ?? 'error',
        code: i.code ?? 'processing',
        diagnostics: i.diagnostics ?? i.details?.text ?? `Status ${status}`,
        ...(Array.isArray(i.expression) ? { expression: i.expression } : {}),
      }))
  } catch {
    // Something between us and the server answered.
  }
  return [issue('processing', `Status ${status}: ${body.slice(0, 200)}`)]
}
