// What a definition of one's own has to be, so that others can be validated by it: based on something else than itself,
// with expressions that are FHIRPath.
// https://hl7.org/fhir/R4/structuredefinition.html
// Must not take for ever over what somebody sends: the slow parser reads a bounded amount.
import { Failure } from '../errors.ts'
import { splitCanonical } from '../fhir/canonical.ts'
import { compileFhirPath } from '../fhir/fhirpath.ts'
import { parsePath } from '../fhir/path-syntax.ts'
import type { FindStructure } from '../fhir/structure-definition.ts'
import { message } from '../words/message.ts'
import { report, type Check, type Scope } from './scope.ts'
import { show } from './wording.ts'

/** Definitions upon definitions at most, see snapshot.ts. */
const DEEPEST = 50

/** `StructureDefinition.baseDefinition`, as far as what it leads to is at hand. */
export const baseCheck =
  (find: FindStructure): Check =>
  (value, scope) => {
    const { url, baseDefinition } = value as { url?: unknown; baseDefinition?: unknown }
    if (typeof url !== 'string') return
    let base = baseDefinition
    for (let steps = 0; typeof base === 'string' && steps < DEEPEST; steps += 1) {
      if (splitCanonical(base)[0] === url) {
        const said = message('definition-circular', { found: show(url) })
        report(scope, 'error', 'invalid', said, 'baseDefinition')
        return
      }
      base = find(base)?.baseDefinition
    }
  }

/** `ElementDefinition.constraint`. */
export const expressionCheck: Check = (value, scope) => {
  const { expression } = value as { expression?: unknown }
  if (typeof expression !== 'string' || isFhirPath(expression, scope)) return
  const said = message('expression-broken', { found: show(expression) })
  report(scope, 'error', 'invalid', said, 'expression')
}

function isFhirPath(expression: string, { effort }: Scope): boolean {
  if (parsePath(expression) !== undefined || effort.left < expression.length) return true
  effort.left -= expression.length
  try {
    compileFhirPath(expression)
    return true
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return false
  }
}
