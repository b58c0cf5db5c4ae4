// What a filter asks, as conditions: each comparison is one on the entries of its parameter.
// https://hl7.org/fhir/R4/search_filter.html#ops
// Must not bend an operator to a type that it doesn't fit: it is refused, with those that do.
import { fail, placed } from '../errors.ts'
import { chainCondition } from './chain.ts'
import type { ChainRoom, ChainStep } from './chain.ts'
import { dateTarget } from './date.ts'
import { namesOf, shown } from './emit.ts'
import type { Settings } from './emit.ts'
import { allOf, conditionOf, oneOf } from './filter.ts'
import { parseFilter } from './filter-parse.ts'
import type { FilterNode, FilterStep } from './filter-parse.ts'
import { leavesOf } from './kinds.ts'
import type { SearchParameter, SearchType } from './parameters.ts'
import type { Condition, Leaf } from './plan.ts'
import type { Scope } from './scope.ts'
import { foldString } from './string.ts'
import { conceptOf } from './token.ts'

const ORDERED = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb', 'pr']

/** Operators by search type. */
const OPERATORS: Readonly<Record<SearchType, readonly string[]>> = {
  string: ['eq', 'ne', 'co', 'sw', 'ew', 'pr'],
  token: ['eq', 'ne', 'ss', 'sb', 'in', 'ni', 'pr'],
  date: [...ORDERED, 'po'],
  number: ORDERED,
  quantity: ORDERED,
  reference: ['eq', 'ne', 're', 'pr'],
  uri: ['eq', 'ne', 'pr'],
  composite: ['eq'],
  words: [],
}

const ALL_OPERATORS = new Set(Object.values(OPERATORS).flat())

export type FilterRoom = ChainRoom & { readonly settings: Settings }

/**
 * The condition that the text of a `_filter` is.
 * @param at the parameter as an error names it
 * @throws Failure `parameter` or `unsupported` that says at which character
 */
export function filterCondition(
  text: string,
  scope: Scope,
  at: string,
  room: FilterRoom,
): Condition {
  const conditionAt = (node: FilterNode, within: Scope): Condition => {
    switch (node.kind) {
      case 'and':
        return allOf(node.of.map((one) => conditionAt(one, within)))
      case 'or':
        return oneOf(node.of.map((one) => conditionAt(one, within)))
      case 'not':
        return { kind: 'not', of: conditionAt(node.of, within) }
      case 'compare': {
        const { op, value, place } = node
        const comparison = (): Condition => {
          if (!ALL_OPERATORS.has(op)) {
            const right = [...ALL_OPERATORS].join(' ')
            throw fail('parameter', `${shown(op)} is no operator: expected one of ${right}`, at)
          }
          return chainCondition(node.steps.map(stepOf), within, at, room, (parameter, modifier) => {
            if (modifier !== undefined) {
              throw fail('parameter', `A filter takes operators, not ${shown(`:${modifier}`)}`, at)
            }
            return compare(parameter, op, value, at, room.settings)
          })
        }
        return placed(`At character ${place} of the filter`, comparison, 'At character')
      }
    }
  }

  const stepOf = ({ where, ...step }: FilterStep): ChainStep =>
    where === undefined ? step : { ...step, also: (within) => conditionAt(where, within) }

  return conditionAt(parseFilter(text, at), scope)
}

function compare(
  parameter: SearchParameter,
  op: string,
  value: string,
  at: string,
  settings: Settings,
): Condition {
  const { code, type, paths, targets } = parameter
  if (!OPERATORS[type].includes(op)) {
    const right = `${code} (${type}) takes ${OPERATORS[type].join(', ') || 'none'}`
    throw fail('unsupported', `${op} can not be used here; ${right}`, at)
  }
  const plain = (modifier?: string, asked = value): Condition =>
    conditionOf(parameter, { modifier, value: asked, values: [asked] }, at, settings)
  if (op === 'pr') {
    if (value !== 'true' && value !== 'false') {
      throw fail('parameter', `${shown(value)}: pr expects true or false`, at)
    }
    return plain('missing', value === 'true' ? 'false' : 'true')
  }
  if (code === '_id') {
    if (op !== 'eq' && op !== 'ne') throw fail('unsupported', '_id takes eq and ne', at)
    return op === 'eq' ? plain() : { kind: 'not', of: plain() }
  }
  if (code === '_lastUpdated') {
    return op === 'po'
      ? { kind: 'updated', ...dateTarget(`eq${value}`, at, settings), op: 'ap' }
      : { kind: 'updated', ...dateTarget(op + value, at, settings) }
  }
  const leaves = (text: string): readonly Leaf[] =>
    type === 'composite' || type === 'words'
      ? []
      : leavesOf(type)({ paths, text, targets, at, settings })
  const unequal = (of: readonly Leaf[]): Condition =>
    oneOf(of.map((leaf) => ({ kind: 'other', of: leaf })))
  switch (type) {
    case 'string': {
      const words = {
        eq: 'equals',
        ne: 'equals',
        co: 'contains',
        sw: 'starts',
        ew: 'ends',
      } as const
      const folded = foldString(value)
      if (folded === '') {
        throw fail('parameter', `${shown(value)} has no letter or digit to search for`, at)
      }
      const leaf: Leaf = {
        kind: 'string',
        paths: namesOf(paths),
        op: words[op as keyof typeof words],
        value: folded,
      }
      return op === 'ne' ? unequal([leaf]) : leaf
    }
    case 'token': {
      if (op === 'eq') return plain()
      if (op === 'ne') return unequal(leaves(value))
      const asked = { paths, text: value, targets, at, settings }
      if (op === 'ss') return conceptOf(asked, 'below')
      if (op === 'sb') return conceptOf(asked, 'above')
      const inside = conceptOf(asked, 'in')
      return op === 'ni' ? { kind: 'not', of: inside } : inside
    }
    case 'date':
      if (op !== 'po') return oneOf(leaves(op + value))
      return {
        kind: 'date',
        paths: namesOf(paths),
        ...dateTarget(`eq${value}`, at, settings),
        op: 'ap',
      }
    case 'number':
    case 'quantity':
      return oneOf(leaves(op + value))
    case 'reference':
    case 'uri':
      return op === 'ne' ? unequal(leaves(value)) : plain()
    case 'composite':
    case 'words':
      return plain()
  }
}
