// Makes changes, entries and plans for the contract suite, as short as the tests need them.
import type { Entry } from '../../../src/search/entry.ts'
import { ALL, type Condition, type Plan } from '../../../src/search/plan.ts'
import type { Change, Found, Store, Version } from '../../../src/store/store.ts'

export type Put = Extract<Change, { kind: 'put' }>

/** A put whose text says `"note":NOTE`, so that it is the same as another one with the same note. */
export const put = (
  type: string,
  id: string,
  entries: readonly Entry[] = [],
  note: string | number = 1,
): Put => ({
  kind: 'put',
  type,
  id,
  method: 'PUT',
  content: { metaRest: '', rest: `,"note":${JSON.stringify(note)}}`, entries },
})

export const remove = (type: string, id: string): Change => ({ kind: 'delete', type, id })

export const token = (path: string, code: string, system = '', group = 0): Entry => ({
  kind: 'token',
  path,
  group,
  system,
  code,
})
export const string = (path: string, value: string, exact = value, group = 0): Entry => ({
  kind: 'string',
  path,
  group,
  value,
  exact,
})
export const date = (path: string, low: number, high: number, group = 0): Entry => ({
  kind: 'date',
  path,
  group,
  low,
  high,
})
export const number = (path: string, low: number, high = low, group = 0): Entry => ({
  kind: 'number',
  path,
  group,
  low,
  high,
})
export const quantity = (
  path: string,
  value: number,
  [system, code, unit]: readonly [string, string, string] = ['', '', ''],
  group = 0,
  high = value,
): Entry => ({ kind: 'quantity', path, group, low: value, high, system, code, unit })
export const reference = (path: string, type: string, id: string, group = 0): Entry => ({
  kind: 'reference',
  path,
  group,
  type,
  id,
})
export const uri = (path: string, value: string, group = 0): Entry => ({
  kind: 'uri',
  path,
  group,
  value,
})

export const plan = (where: Condition = ALL, more: Partial<Plan> = {}): Plan => ({
  types: undefined,
  where,
  sort: [],
  count: 100,
  total: false,
  includes: [],
  ...more,
})

export const idsOf = (versions: readonly Version[]): string[] => versions.map(({ id }) => id)

/** Ids of all matches, in alphabetical order. */
export async function matching(
  store: Store,
  where: Condition,
  types?: string[],
): Promise<string[]> {
  const found = await store.search(plan(where, { types, count: 1000 }))
  return idsOf(found.matches).sort()
}

/** Every page from the first to the last; `between` runs after each page but the last. */
export async function pages(
  store: Store,
  first: Plan,
  between: (page: Found, index: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<Found[]> {
  const all: Found[] = []
  let found = await store.search(first)
  all.push(found)
  while (found.next !== undefined) {
    await between(found, all.length - 1)
    found = await store.search({ ...first, cursor: found.next })
    all.push(found)
  }
  return all
}
