// Parameters that say how much of a result to return, in which order and how whole: _count, _sort, _total and so on.
// https://hl7.org/fhir/R4/search.html#return
// Must not filter.
import { fail } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { namesOf, shown } from './emit.ts'
import { nearest } from './nearest.ts'
import type { ParsedParameter } from './parse.ts'
import type { SortKey } from './plan.ts'
import type { Scope } from './scope.ts'

export type Summary = 'true' | 'text' | 'data' | 'count'
export type Total = 'none' | 'estimate' | 'accurate'

const COUNT = /^\d{1,9}$/
const SUMMARIES = ['true', 'text', 'data', 'count', 'false']
const TOTALS = ['none', 'estimate', 'accurate']

/** Size of a page, at most `most`; 0 asks for the total only. */
export function countOf({ value }: ParsedParameter, most: number, at: string): number {
  if (COUNT.test(value)) return Math.min(Number(value), most)
  throw fail('parameter', `${shown(value)} is not a page size: expected 0 or more`, at)
}

/** Undefined for `false`. */
export function summaryOf({ value }: ParsedParameter, at: string): Summary | undefined {
  if (SUMMARIES.includes(value)) return value === 'false' ? undefined : (value as Summary)
  throw fail('parameter', `${shown(value)}: expected one of ${SUMMARIES.join(', ')}`, at)
}

export function totalOf({ value }: ParsedParameter, at: string): Total {
  if (TOTALS.includes(value)) return value as Total
  throw fail('parameter', `${shown(value)}: expected one of ${TOTALS.join(', ')}`, at)
}

/** Names of elements at the top of the searched types. */
export function elementsOf(
  { value }: ParsedParameter,
  scope: Scope,
  definitions: Definitions,
  at: string,
): readonly string[] {
  const names = value.split(',').map((name) => name.trim())
  const known = new Set<string>()
  for (const type of scope.types ?? definitions.resourceTypes) {
    for (const element of definitions.types.get(type)?.elements ?? []) known.add(element.name)
  }
  for (const name of names) {
    if (known.has(name)) continue
    const near = nearest(name, known)
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''
    throw fail('parameter', `There is no element ${shown(name)} to return${hint}`, at)
  }
  return names
}

/** `-date,name`: a minus sorts the other way round. */
export function sortOf({ value }: ParsedParameter, scope: Scope, at: string): readonly SortKey[] {
  return value.split(',').map((key): SortKey => {
    const descending = key.startsWith('-')
    const code = descending ? key.slice(1) : key
    if (code === '_id') return { by: 'id', descending }
    if (code === '_lastUpdated') return { by: 'updated', descending }
    const parameter = scope.parameters.get(code)
    if (parameter === undefined) {
      const near = nearest(code, scope.parameters.keys())
      const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''
      throw fail('parameter', `There is no parameter ${shown(code)} to sort by${hint}`, at)
    }
    if (parameter.type === 'composite') {
      throw fail('parameter', `${code} is a composite parameter; sort by its parts`, at)
    }
    return { by: parameter.type, paths: namesOf(parameter.paths), descending }
  })
}
