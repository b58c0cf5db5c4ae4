// The data as a transaction will leave it: what is stored, with what the transaction writes and deletes in its place.
// https://hl7.org/fhir/R4/http.html#trules (Conditional References)
// Must not load what is stored: chains through what is written are taken out of a condition before a store sees it.
import type { Context } from '../context.ts'
import type { Entry } from '../search/entry.ts'
import { allOf, oneOf } from '../search/filter.ts'
import { matches } from '../search/match.ts'
import type { Condition, Plan } from '../search/plan.ts'
import type { Assertion } from '../store/store.ts'
import { expandCondition } from '../terminology/expand.ts'

/** A resource that the transaction writes; undefined entries: that it deletes. */
export type Written = {
  readonly type: string
  readonly id: string
  readonly entries: () => readonly Entry[] | undefined
}

export type View = {
  /** Ids that a plan selects, at least two when there are more than one; `assertions` let the commit check what is stored. */
  select(plan: Plan): Promise<{ ids: readonly string[]; assertions: readonly Assertion[] }>
}

type Link = Extract<Condition, { readonly kind: 'refers' | 'referred' }>

/** Stored resources that one test looks for; when there are more, the commit doesn't check them again. */
const LOOKED_FOR = 20

/** @param all what the transaction writes and deletes */
export function openView(all: readonly Written[], { store, terminology }: Context): View {
  const byType = Map.groupBy(all, ({ type }) => type)
  const of = (types: readonly string[]): readonly Written[] =>
    types.flatMap((type) => byType.get(type) ?? [])
  const find = (type: string, id: string): Written | undefined =>
    byType.get(type)?.find((one) => one.id === id)

  return {
    select: async (plan) => {
      const type = plan.types![0]!
      const assertions: Assertion[] = []
      const where = await expandCondition(plan.where, terminology)
      const written = of([type])
      const stored: Plan = {
        ...plan,
        where: await ofStored(where, assertions),
        count: 2 + written.length,
      }
      const found = (await store.search(stored)).matches.map(({ id }) => id)
      assertions.push({ plan: stored, ids: found })
      const ids = found.filter((id) => find(type, id) === undefined)
      for (const one of written) if (await fulfils(one, where, assertions)) ids.push(one.id)
      return { ids, assertions }
    },
  }

  /** A condition that holds of a stored resource, before the transaction, when the one given will hold of it after. */
  async function ofStored(c: Condition, assertions: Assertion[]): Promise<Condition> {
    switch (c.kind) {
      case 'and':
      case 'or': {
        const parts: Condition[] = []
        for (const one of c.of) parts.push(await ofStored(one, assertions))
        return { kind: c.kind, of: parts }
      }
      case 'not':
        return { kind: 'not', of: await ofStored(c.of, assertions) }
      case 'refers':
      case 'referred': {
        const link: Link = { ...c, where: await untouched(c, assertions) }
        const through: Condition[] = []
        for (const one of of(c.types))
          if (await fulfils(one, c.where, assertions)) through.push(...linkedTo(one, c))
        return oneOf([link, ...through])
      }
      default:
        return c
    }
  }

  /** What a chain asks of the resources at its other end, as far as they are stored and stay as they are. */
  async function untouched({ types, where }: Link, assertions: Assertion[]): Promise<Condition> {
    const touched = [...Map.groupBy(of(types), ({ type }) => type)]
    return allOf([
      await ofStored(where, assertions),
      ...touched.map(([type, list]): Condition => ({
        kind: 'not',
        of: { kind: 'id', type, ids: list.map(({ id }) => id) },
      })),
    ])
  }

  async function fulfils(one: Written, c: Condition, assertions: Assertion[]): Promise<boolean> {
    const entries = one.entries()
    if (entries === undefined) return false
    switch (c.kind) {
      case 'and':
        for (const part of c.of) if (!(await fulfils(one, part, assertions))) return false
        return true
      case 'or':
        for (const part of c.of) if (await fulfils(one, part, assertions)) return true
        return false
      case 'not':
        return !(await fulfils(one, c.of, assertions))
      case 'refers':
        return refers(entries, c, assertions)
      case 'referred':
        return referred(one, c, assertions)
      default:
        return matches({ type: one.type, id: one.id, updated: Date.now(), entries }, c)
    }
  }

  async function refers(
    entries: readonly Entry[],
    c: Link,
    assertions: Assertion[],
  ): Promise<boolean> {
    const targets = referencesAt(entries, c).filter(({ type }) => c.types.includes(type))
    const stored: Condition[] = []
    for (const { type, id } of targets) {
      const written = find(type, id)
      if (written === undefined) stored.push({ kind: 'id', type, ids: [id] })
      else if (await fulfils(written, c.where, assertions)) return true
    }
    if (stored.length === 0) return false
    return exists(c.types, [oneOf(stored), await untouched(c, assertions)], assertions)
  }

  async function referred(one: Written, c: Link, assertions: Assertion[]): Promise<boolean> {
    const { type, id } = one
    for (const source of of(c.types)) {
      const points = referencesAt(source.entries() ?? [], c).some(
        (to) => to.type === type && to.id === id,
      )
      if (points && (await fulfils(source, c.where, assertions))) return true
    }
    const toIt: Condition = { kind: 'reference', paths: c.paths, type, id }
    return exists(c.types, [toIt, await untouched(c, assertions)], assertions)
  }

  async function exists(
    types: readonly string[],
    where: readonly Condition[],
    assertions: Assertion[],
  ): Promise<boolean> {
    const plan: Plan = {
      types,
      where: allOf(where),
      sort: [],
      count: LOOKED_FOR,
      total: false,
      includes: [],
    }
    const found = await store.search(plan)
    if (found.next === undefined) assertions.push({ plan, ids: found.matches.map((one) => one.id) })
    return found.matches.length > 0
  }
}

const referencesAt = (entries: readonly Entry[], { paths }: Link) =>
  entries.filter((e) => e.kind === 'reference' && paths.includes(e.path)) as Extract<
    Entry,
    { kind: 'reference' }
  >[]

/** What stored resources are at this end of a chain to a written one. */
function linkedTo({ type, id, entries }: Written, link: Link): Condition[] {
  if (link.kind === 'refers') return [{ kind: 'reference', paths: link.paths, type, id }]
  return referencesAt(entries() ?? [], link).map((to) => ({
    kind: 'id',
    type: to.type,
    ids: [to.id],
  }))
}
