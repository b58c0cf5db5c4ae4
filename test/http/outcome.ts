// What every refusal has to be: the status, and a valid OperationOutcome that says what is wrong and where.
import assert from 'node:assert/strict'
import type { Answer, TestServer } from '../support/server.ts'

export type Expected = {
  readonly code?: string
  readonly expression?: string
  /** Of the diagnostics of the first issue. */
  readonly says?: RegExp
}

/** Nothing that only the inside of the server knows. */
const INSIDE =
  /\bat .*:\d+:\d+|node_modules|\/src\/|\.ts\b|file:\/\/|SQLITE|sqlite|[Mm]ongo|undefined/

/** Assert that an answer refuses the request, in JSON. */
export function assertRefused(
  server: TestServer,
  answer: Answer,
  status: number,
  { code, expression, says }: Expected = {},
): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/fhir\+json/)
  assert.equal(answer.body?.resourceType, 'OperationOutcome', answer.text)
  assert.deepEqual(server.context.validator.validate(answer.body, { type: 'OperationOutcome' }), [])
  assert.doesNotMatch(answer.text, INSIDE)
  const issue = answer.body.issue[0]
  assert.equal(issue.severity, 'error')
  if (code !== undefined) assert.equal(issue.code, code, answer.text)
  if (expression !== undefined) assert.deepEqual(issue.expression, [expression], answer.text)
  if (says !== undefined) assert.match(issue.diagnostics as string, says)
}

/** The id in a Location header. */
export const createdId = (answer: Answer): string =>
  /\/([A-Za-z0-9\-.]{1,64})\/_history\/\d+$/.exec(answer.headers.get('location') ?? '')![1]!
