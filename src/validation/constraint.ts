// Invariants: the FHIRPath of a constraint as a check.
// https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.constraint
// Must not fail what can't be decided: an expression that gives nothing, or can't be evaluated, refuses no resource.
import type { Definitions } from '../fhir/definitions.ts'
import { compileInvariant } from '../fhir/fhirpath.ts'
import { compilePath, type CompiledPath } from '../fhir/path-compile.ts'
import { truthOf, Unevaluable } from '../fhir/path-value.ts'
import type { Constraint } from '../fhir/structure-definition.ts'
import { message } from '../words/message.ts'
import { resolveIn } from './resolve.ts'
import { report, type Check } from './scope.ts'

/** Proved otherwise, and faster: by the structure, or by the checks of resource.ts, reference.ts and bundle.ts. */
const NATIVE = new Set([
  ...['ele-1', 'ext-1', 'txt-1', 'txt-2', 'dom-2', 'dom-3', 'dom-4', 'dom-5', 'ref-1', 'bdl-7'],
])

const BEST_PRACTICE = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice'

const isBestPractice = ({ extension }: Constraint): boolean =>
  extension?.some(({ url, valueBoolean }) => url === BEST_PRACTICE && valueBoolean !== false) ??
  false

/**
 * @param type of the values that are checked
 * @param profile that the constraints are of, undefined for R4's own
 * @returns undefined if there is nothing to check
 */
export function constraintCheck(
  constraints: readonly Constraint[] | undefined,
  type: string,
  profile: string | undefined,
  definitions: Definitions,
): Check | undefined {
  const checked = (constraints ?? [])
    .filter((one) => one.expression !== undefined && !NATIVE.has(one.key) && !isBestPractice(one))
    .map((constraint) => ({ ...constraint, run: runOf(constraint, type, definitions) }))
  if (checked.length === 0) return undefined
  return (value, scope) => {
    const environment = {
      resource: scope.resource,
      rootResource: scope.root,
      context: value,
      resolve: (reference: string) => resolveIn(scope, reference),
    }
    for (const { key, human = key, severity, run } of checked) {
      const isError = severity !== 'warning'
      if (!isError && scope.storing) continue
      let met: boolean | undefined
      try {
        met = truthOf(run(value, environment))
      } catch (error) {
        if (!(error instanceof Unevaluable)) throw error
        report(
          scope,
          'warning',
          'not-supported',
          message('invariant-unknown', { constraint: key, profile }),
        )
      }
      if (met === false)
        report(
          scope,
          isError ? 'error' : 'warning',
          'invariant',
          message('invariant', { constraint: key, human, profile }),
        )
    }
  }
}

/** Compiled when a value is first met: most types of most resources never are. */
function runOf(
  { expression = '' }: Constraint,
  type: string,
  definitions: Definitions,
): CompiledPath {
  let run: CompiledPath | undefined
  return (value, environment) => {
    run ??= compilePath(expression, type, definitions) ?? compileInvariant(expression, type)
    return run(value, environment)
  }
}
