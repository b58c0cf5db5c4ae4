// Where a check stands while it walks through a resource, and what it has found so far.
// https://hl7.org/fhir/R4/validation.html
// Must not be shared by two resources that are validated, nor hold more than a hundred findings.
import { issueOf, type Issue } from '../errors.ts'
import type { Property } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/message.ts'
import type { Message } from '../words/message.ts'

/** The name of the outermost resource, then elements and places in arrays. */
export type Step = string | number | Property

export type Finding = Message & {
  readonly severity: 'error' | 'warning' | 'information'
  /** Of the value set of issue types. */
  readonly code: string
  readonly path: string
  /** Other places that it is about. */
  readonly also: readonly string[]
}

export type Scope = {
  readonly findings: Finding[]
  readonly path: Step[]
  /** Whether only what forbids to store the resource is looked for. */
  readonly storing: boolean
  /** The resource that the value at hand is in. */
  resource: Resource
  /** The same, or the one that contains it. */
  root: Resource
  /** The Bundle around it. */
  bundle: Resource | undefined
  /** Profiles of referenced resources on the way: references run in circles. */
  depth: number
  /** Characters of expressions that may still be parsed by the slow engine, here and in what is looked at on the way. */
  readonly effort: { left: number }
}

export type Check = (value: unknown, scope: Scope) => void

const MOST = 100

export const scopeOf = (resource: Resource, storing: boolean): Scope => ({
  findings: [],
  path: [resource.resourceType],
  storing,
  resource,
  root: resource,
  bundle: undefined,
  depth: 0,
  effort: { left: 4000 },
})

/** Notes what is wrong at the place where the scope is, or at elements of it. */
export function report(
  scope: Scope,
  severity: Finding['severity'],
  code: string,
  message: Message,
  ...below: readonly string[]
): void {
  if (scope.findings.length >= MOST || (scope.storing && severity !== 'error')) return
  const here = pathOf(scope.path)
  const [path = here, ...also] = below.map((one) => `${here}.${one}`)
  scope.findings.push({
    ...message,
    severity,
    code,
    path,
    also,
  })
}

/** FHIRPath of names and indexes: `valueQuantity` is `value`. */
export function pathOf(steps: readonly Step[]): string {
  let path = ''
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`
    else if (typeof step === 'string') path += step
    else path += `.${step.element.name}`
  }
  return path
}

/** Whether a check finds no errors, without a word of it. */
export function passes(check: Check, value: unknown, scope: Scope): boolean {
  const quiet: Scope = { ...scope, findings: [], storing: true }
  check(value, quiet)
  return quiet.findings.length === 0
}

/** What was found, in words; the same thing that two profiles demand is said once. */
export function issuesOf(findings: readonly Finding[]): Issue[] {
  const said = new Set<string>()
  const issues: Issue[] = []
  for (const finding of findings) {
    const { severity, code, path, also, key, params } = finding
    const same = JSON.stringify([path, key, { ...params, profile: undefined }])
    if (said.has(same)) continue
    said.add(same)
    issues.push(issueOf(severity, code, { key, params }, path, ...also))
  }
  return issues
}
