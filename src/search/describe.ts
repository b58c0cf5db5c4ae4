// A plan in words, for who asks how a search was understood.
// https://hl7.org/fhir/R4/search.html
// Must not be read by a program: it is cut where it gets long.
import { FOREVER, UNBOUNDED } from './entry.ts'
import type { Condition, Leaf, Plan, SortKey, WordsQuery } from './plan.ts'

/** Alternatives and paths that are shown; of more, their number. */
const SHOWN = 6

/** What a plan asks for, in one line each: types, condition, order, page. */
export function describePlan({ types, where, sort, count, total, includes }: Plan): string[] {
  return [
    `searches ${types === undefined ? 'all types' : list(types, ', ')}`,
    `where ${describe(where)}`,
    ...(sort.length === 0 ? [] : [`sorted by ${sort.map(key).join(', then ')}`]),
    `a page of ${count}${total ? ', and the exact total' : ''}`,
    ...includes.map(
      ({ reverse, paths, iterate }) =>
        `with what ${reverse ? 'refers to them' : 'they refer to'} at ${list(paths, ', ')}${iterate === true ? ', again and again' : ''}`,
    ),
  ]
}

/** A condition in one line. */
export function describe(c: Condition): string {
  switch (c.kind) {
    case 'and':
    case 'or':
      if (c.of.length === 0) return c.kind === 'and' ? 'anything' : 'nothing'
      return c.of.length === 1 ? describe(c.of[0]!) : `(${list(c.of.map(describe), ` ${c.kind} `)})`
    case 'not':
      return `not ${describe(c.of)}`
    case 'id':
      return `id of ${c.type ?? 'any type'}: ${list(c.ids, ', ')}`
    case 'type':
      return `is of type ${list(c.types, ', ')}`
    case 'updated':
      return `last updated ${c.op} ${interval(c.low, c.high, date)}`
    case 'present':
      return `${c.entry} at ${list(c.paths, ', ')} is there`
    case 'other':
      return `another entry than ${describe(c.of)}`
    case 'refers':
      return `refers at ${list(c.paths, ', ')} to ${list(c.types, ', ')} where ${describe(c.where)}`
    case 'referred':
      return `is referred to at ${list(c.paths, ', ')} by ${list(c.types, ', ')} where ${describe(c.where)}`
    case 'shares':
      return `has a token at ${c.path} that ${list(c.types, ', ')} has at ${c.there ?? c.path} where ${describe(c.where)}`
    case 'together':
      return `(${c.of.map(describe).join(' in one group with ')})`
    case 'words':
      return `words at ${list(c.paths, ', ')}: ${words(c.of)}`
    case 'concept':
      return `token at ${list(c.paths, ', ')} ${c.by.op} ${c.by.op === 'in' ? c.by.valueSet : `${c.by.system}|${c.by.code}`}`
    default:
      return `${c.kind} at ${list(c.paths, ', ')} ${value(c)}`
  }
}

const words = (query: WordsQuery): string =>
  'word' in query
    ? JSON.stringify(query.word) + (query.op === 'starts' ? '*' : '')
    : `(${list(query.of.map(words), query.op === 'all' ? ' and ' : ' or ')})`

function value(l: Leaf): string {
  switch (l.kind) {
    case 'token':
      return `= ${l.system === undefined ? '' : `${l.system}|`}${l.code ?? 'any code'}`
    case 'string':
    case 'uri':
      return `${l.op} ${JSON.stringify(l.value)}`
    case 'date':
      return `${l.op} ${interval(l.low, l.high, date)}`
    case 'number':
      return `${l.op} ${interval(l.low, l.high, String)}`
    case 'quantity':
      return `${l.op} ${interval(l.low, l.high, String)}${l.code === undefined ? '' : ` in ${l.system === undefined ? '' : `${l.system}|`}${l.code}`}`
    case 'reference':
      return `→ ${l.type === undefined ? '(any type)/' : l.type === '' ? '' : `${l.type}/`}${l.id}`
  }
}

const key = (k: SortKey): string =>
  `${'paths' in k ? `${k.by} at ${list(k.paths, ', ')}` : k.by}${k.descending ? ' descending' : ''}`

const date = (ms: number): string => (Math.abs(ms) >= FOREVER ? 'open' : new Date(ms).toISOString())

const interval = (low: number, high: number, show: (n: number) => string): string => {
  const shown = (n: number): string => (Math.abs(n) >= UNBOUNDED ? 'open' : show(n))
  return low === high ? shown(low) : `[${shown(low)}, ${shown(high)})`
}

const list = (all: readonly string[] | undefined, separator: string): string =>
  all === undefined
    ? 'any'
    : all.length <= SHOWN
      ? all.join(separator)
      : `${all.slice(0, SHOWN).join(separator)}${separator}${all.length - SHOWN} more`
