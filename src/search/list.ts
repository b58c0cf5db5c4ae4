// `_list`: the members of a List.
// https://hl7.org/fhir/R4/search.html#list
// Must not guess what the current allergies or problems of a patient are: the functional lists are refused.
import { fail } from '../errors.ts'
import { namesOf, shown } from './emit.ts'
import type { SearchParameters } from './parameters.ts'
import type { ParsedParameter } from './parse.ts'
import type { Condition } from './plan.ts'

const LIST = /^(?:List\/)?([A-Za-z0-9\-.]{1,64})$/

/** @throws Failure `parameter`, or `unsupported` for a functional list */
export function listCondition(
  { steps, values }: ParsedParameter,
  at: string,
  parameters: SearchParameters,
): Condition {
  if (steps.length > 1 || steps[0]?.modifier !== undefined) {
    throw fail('parameter', '_list takes no modifier and no chain', at)
  }
  const ids = values.map((value) => {
    if (value.startsWith('$')) {
      const right = 'give the id of a List'
      throw fail(
        'unsupported',
        `The functional list ${shown(value)} is not supported; ${right}`,
        at,
      )
    }
    const id = LIST.exec(value)?.[1]
    if (id !== undefined) return id
    throw fail('parameter', `${shown(value)} is not a list: expected the id of a List`, at)
  })
  const item = parameters.forType('List').get('item')
  return {
    kind: 'referred',
    paths: namesOf(item?.paths ?? []),
    types: ['List'],
    where: { kind: 'id', ids: [...new Set(ids)] },
  }
}
