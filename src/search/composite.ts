// Search type composite: values joined by `$`, fulfilled by one and the same element.
// https://hl7.org/fhir/R4/search.html#combining
// Must not let parts of different elements meet: the systolic code and the diastolic value are no match.
import { fail } from '../errors.ts'
import { shown } from './emit.ts'
import type { Settings } from './emit.ts'
import { leavesOf } from './kinds.ts'
import type { CompositeBranch } from './parameters.ts'
import { splitEscaped } from './parse.ts'
import type { Condition, Leaf } from './plan.ts'

/**
 * What one value (still escaped) of a composite means: one alternative for each branch of its expression.
 * @throws Failure `parameter`
 */
export function compositeConditions(
  branches: readonly CompositeBranch[],
  text: string,
  at: string,
  settings: Settings,
): readonly Condition[] {
  const values = splitEscaped(text, '$')
  const types = branches[0]?.parts.map((part) => part.type) ?? []
  if (values.length !== types.length || values.includes('')) {
    const right = `${types.length} values (${types.join(', ')}) joined by $`
    throw fail('parameter', `${shown(text)} is not a composite value: expected ${right}`, at)
  }
  return branches.flatMap(({ parts }) => {
    const leaves = parts.map(({ type, paths }, i) =>
      leavesOf(type)({ paths, text: values[i] ?? '', targets: [], at, settings }),
    )
    return combinations(leaves).map((combination): Condition => {
      const inside = combination.filter((_, i) => parts[i]?.outside !== true)
      const outside = combination.filter((_, i) => parts[i]?.outside === true)
      const together: Condition = { kind: 'together', of: inside }
      return outside.length === 0 ? together : { kind: 'and', of: [...outside, together] }
    })
  })
}

const combinations = (alternatives: readonly (readonly Leaf[])[]): readonly (readonly Leaf[])[] =>
  alternatives.reduce<readonly (readonly Leaf[])[]>(
    (done, next) => done.flatMap((leaves) => next.map((leaf) => [...leaves, leaf])),
    [[]],
  )
