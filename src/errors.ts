// Everything that a caller did wrong, or that stands in the way, as one class with a kind.
// https://hl7.org/fhir/R4/http.html (status codes) and https://hl7.org/fhir/R4/valueset-issue-type.html
// One table maps a kind to status and issue code. Whatever else is thrown is a fault of ours: http/ logs it
// and tells the caller a request id only. Must not carry stacks, paths or driver text into an answer.

import { textOf, type Message } from './words/message.ts'

/** One line of an OperationOutcome. `expression` is FHIRPath, as in `Patient.name[0].given[1]`. */
export type Issue = {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information'
  readonly code: string
  readonly diagnostics: string
  readonly expression?: readonly string[]
  /** What `diagnostics` says in English, for other languages: outcomes have it in their reader's. */
  readonly message?: Message
}

/** An issue as an OperationOutcome has it. */
export const plainIssue = ({ message: _, ...issue }: Issue): Omit<Issue, 'message'> => issue

/** An issue about elements or parameters, the first of which it is found at; '' for none. */
export const issueOf = (
  severity: Issue['severity'],
  code: string,
  message: Message,
  ...expression: readonly string[]
): Issue => ({
  severity,
  code,
  diagnostics: textOf(message),
  ...(expression.length === 0 || expression[0] === '' ? {} : { expression }),
  message,
})

const KINDS = {
  malformed: [400, 'structure'],
  parameter: [400, 'invalid'],
  unsupported: [400, 'not-supported'],
  unauthenticated: [401, 'login'],
  forbidden: [403, 'forbidden'],
  'too-costly': [403, 'too-costly'],
  'not-found': [404, 'not-found'],
  'method-not-allowed': [405, 'not-supported'],
  'not-acceptable': [406, 'not-supported'],
  conflict: [409, 'conflict'],
  gone: [410, 'deleted'],
  precondition: [412, 'conflict'],
  'multiple-matches': [412, 'multiple-matches'],
  'too-large': [413, 'too-long'],
  'media-type': [415, 'not-supported'],
  invalid: [422, 'invalid'],
  throttled: [429, 'throttled'],
  unavailable: [503, 'transient'],
  full: [507, 'no-store'],
} as const satisfies Record<string, readonly [number, string]>

export type Kind = keyof typeof KINDS

/** HTTP status of a kind. */
export const statusOf = (kind: Kind): number => KINDS[kind][0]

/** The one error class: thrown by any stage, caught at the edge and at a batch entry. */
export class Failure extends Error {
  readonly kind: Kind
  readonly issues: readonly Issue[]
  readonly headers: Readonly<Record<string, string>>

  constructor(
    kind: Kind,
    issues: readonly Issue[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(issues[0]?.diagnostics ?? kind)
    this.name = 'Failure'
    this.kind = kind
    this.issues = issues
    this.headers = headers
  }

  get status(): number {
    return statusOf(this.kind)
  }
}

/**
 * A Failure with one issue; the issue code is the kind's own unless given. What is met often is a Message, and said in
 * the caller's language; the rest is said in English.
 * @example throw fail('parameter', 'There is no parameter "nmae"; did you mean "name"?', 'Patient.nmae')
 */
export function fail(
  kind: Kind,
  said: string | Message,
  expression?: string,
  code: string = KINDS[kind][1],
): Failure {
  if (typeof said !== 'string')
    return new Failure(kind, [issueOf('error', code, said, expression ?? '')])
  const issue: Issue = {
    severity: 'error',
    code,
    diagnostics: said,
    ...(expression === undefined ? {} : { expression: [expression] }),
  }
  return new Failure(kind, [issue])
}

/**
 * What `make` gives; where it is refused, each line says the place before all else.
 * @param unless how a line begins that says a nearer place already
 */
export function placed<T>(place: string, make: () => T, unless = '\0'): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Failure) || error.message.startsWith(unless)) throw error
    const issues = error.issues.map(({ message: _, ...issue }) => ({
      ...issue,
      diagnostics: `${place}: ${issue.diagnostics}`,
    }))
    throw new Failure(error.kind, issues, error.headers)
  }
}

/** An error as plain data, for the way between threads and processes: there an Error loses what is its own. */
export type PlainError =
  | {
      readonly kind: Kind
      readonly issues: readonly Issue[]
      readonly headers: Readonly<Record<string, string>>
      /** What the log says of where it comes from. */
      readonly cause: object | undefined
    }
  /** The stack of a fault, for the log. */
  | { readonly fault: string }

/** @see PlainError */
export function toPlain(error: unknown): PlainError {
  if (!(error instanceof Failure))
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  const { kind, issues, headers } = error
  if (error.cause === undefined) return { kind, issues, headers, cause: undefined }
  const { name, code, errcode, message } = error.cause as Record<string, unknown>
  return { kind, issues, headers, cause: { name, code, errcode, message } }
}

/** The error that became plain on the other side. */
export function fromPlain(plain: PlainError): Error {
  if ('fault' in plain) return new Error(plain.fault)
  const failure = new Failure(plain.kind, plain.issues, plain.headers)
  return plain.cause === undefined ? failure : Object.assign(failure, { cause: plain.cause })
}
