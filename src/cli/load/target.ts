// Where a load sends to: here a server over HTTP; the store itself is in store-target.ts.
// https://hl7.org/fhir/R4/http.html#transaction
// Must not decide what an answer means.
import type { Issue } from '../../errors.ts'

export type Answer = {
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  readonly issues: readonly Issue[]
  readonly body?: string | undefined
  /** Seconds that the server asks to wait. */
  readonly retryAfter?: number
}

/** Send the text of a Bundle to the base of a server. Never throws. */
export type Target = (bundle: string) => Promise<Answer>

/** Answers need not repeat what was sent. */
export const PREFER = 'return=minimal'
const TIMEOUT_MS = 300_000

/** A server by the URL of its FHIR base. */
export const httpTarget =
  (base: string): Target =>
  async (text) => {
    try {
      const response = await fetch(base, {
        method: 'POST',
        headers: {
          'content-type': 'application/fhir+json; charset=utf-8',
          accept: 'application/fhir+json',
          prefer: PREFER,
        },
        body: text,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const body = await response.text()
      const wait = Number(response.headers.get('retry-after') ?? NaN)
      return {
        status: response.status,
        issues: response.ok ? [] : issuesOf(body, response.status),
        body,
        ...(Number.isFinite(wait) ? { retryAfter: wait } : {}),
      }
    } catch (error) {
      return { status: 0, issues: [issue('transient', reasonOf(error))] }
    }
  }

/** One issue of a load. */
export const issue = (code: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  diagnostics,
})

/** fetch hides the reason in `cause`: "ECONNREFUSED" is there. */
function reasonOf(error: unknown): string {
  const cause = (error as Error).cause as { code?: string; message?: string } | undefined
  return cause?.code ?? cause?.message ?? (error as Error).message
}

/** An issue as any server may write it. */
type Loose = Partial<Issue> & { readonly details?: { readonly text?: string } }

/** The issues of an OperationOutcome; the first of the text when it is none. */
export function issuesOf(body: string, status: number): readonly Issue[] {
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
