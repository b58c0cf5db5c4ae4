// Where a load sends to: here a server over HTTP; the store itself is in store-target.ts.
// https://hl7.org/fhir/R4/http.html#transaction
// Must not decide what an answer means.
import type { Issue } from '../../errors.ts'
import { issue, issuesIn } from '../../fhir/issues.ts'

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

/** An access token that is good for a while; another than the one that was refused. @throws Error that says why not */
export type Tokens = (refused?: string) => Promise<string>

/** A server by the URL of its FHIR base, and how to get in where it asks for that. */
export const httpTarget = (base: string, tokens?: Tokens): Target => {
  const post = (text: string, token: string | undefined): Promise<Response> =>
    fetch(base, {
      method: 'POST',
      headers: {
        'content-type': 'application/fhir+json; charset=utf-8',
        accept: 'application/fhir+json',
        prefer: PREFER,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: text,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  return async (text) => {
    try {
      const token = await tokens?.()
      let response = await post(text, token)
      if (response.status === 401 && token !== undefined)
        response = await post(text, await tokens?.(token))
      const body = await response.text()
      const wait = Number(response.headers.get('retry-after') ?? NaN)
      return {
        status: response.status,
        issues: response.ok ? [] : issuesIn(body, response.status),
        body,
        ...(Number.isFinite(wait) ? { retryAfter: wait } : {}),
      }
    } catch (error) {
      return { status: 0, issues: [issue('transient', reasonOf(error))] }
    }
  }
}

/** fetch hides the reason in `cause`: "ECONNREFUSED" is there. */
function reasonOf(error: unknown): string {
  const cause = (error as Error).cause as { code?: string; message?: string } | undefined
  return cause?.code ?? cause?.message ?? (error as Error).message
}
