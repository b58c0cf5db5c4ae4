// Parameters that say how much of a result to return, in which order and how whole: _count, _sort, _total and so on.
// https://hl7.org/fhir/R4/search.html#return
// Must not filter.
import { fail, placed } from '../errors.ts'
import type { Failure } from '../errors.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { namesOf, shown } from './emit.ts'
import type { Settings } from './emit.ts'
import { nearest } from './nearest.ts'
import type { ParsedParameter } from './parse.ts'
import type { SortKey } from './plan.ts'
import { canonicalNames } from './quantity.ts'
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

/** Own parameter: whether the answer tells how it came about. */
export function explainOf({ value }: ParsedParameter, at: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true'
  throw fail('parameter', `${shown(value)}: expected true or false`, at)
}

export function totalOf({ value }: ParsedParameter, at: string): Total {
  if (TOTALS.includes(value)) return value as Total
  throw fail('parameter', `${shown(value)}: expected one of ${TOTALS.join(', ')}`, at)
}

/** Which kind of units to add to what was received, `_units`: amounts (mmol/L) or masses (mg/dL). */
export type UnitsView = 'si' | 'conventional'

/** The value of `_units`. @param at the parameter as an error names it */
export function viewOf(value: string, at: string): UnitsView {
  if (value === 'si' || value === 'conventional') return value
  throw fail('parameter', `${shown(value)}: expected si or conventional`, at)
}

/** What `_elements` names, and a failure for each name that no searched type has. */
export type AskedElements = {
  readonly known: readonly string[]
  readonly failures: readonly Failure[]
}

/** Elements at the top of the searched types: `name`, `Patient.name`, `value`, `value[x]`, `valueQuantity`. */
export function elementsOf(
  { value }: ParsedParameter,
  scope: Scope,
  definitions: Definitions,
  at: string,
): AskedElements {
  // It is not an element, but some clients ask for it; it is always there.
  const names = new Set(['resourceType'])
  for (const type of scope.types ?? definitions.resourceTypes) {
    for (const { name, element } of definitions.properties(type).values()) {
      for (const one of [name, element.name, ...(element.choice ? [`${element.name}[x]`] : [])]) {
        names.add(one)
        names.add(`${type}.${one}`)
      }
    }
  }
  const known: string[] = []
  const failures: Failure[] = []
  for (const name of value.split(',').map((one) => one.trim())) {
    if (names.has(name)) known.push(name)
    else {
      const near = nearest(name, names)
      const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''
      failures.push(fail('parameter', `There is no element ${shown(name)} to return${hint}`, at))
    }
  }
  return { known, failures }
}

/** `-date,name`: a minus sorts the other way round. Quantities are sorted by their canonical values. */
export function sortOf(
  { value }: ParsedParameter,
  scope: Scope,
  at: string,
  settings: Settings,
): readonly SortKey[] {
  const keys = value.split(',')
  const sortKey = (key: string): SortKey => {
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
    if (parameter.type === 'words') throw fail('parameter', `${code} has no order to sort by`, at)
    const paths =
      parameter.type === 'quantity' && settings.units !== undefined
        ? canonicalNames(parameter.paths)
        : namesOf(parameter.paths)
    return { by: parameter.type, paths, descending }
  }
  return keys.length === 1
    ? keys.map(sortKey)
    : keys.map((key, i) => placed(`Key ${i + 1} of ${keys.length}`, () => sortKey(key)))
}
