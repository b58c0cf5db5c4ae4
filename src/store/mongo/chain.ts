// Chains looked up beforehand: what is asked of other resources becomes a list of references or of ids.
// https://www.mongodb.com/docs/manual/reference/operator/query/in/
// Must not cut a list: a chain through more resources than MOST is refused.
import type { ClientSession } from 'mongodb'
import { Failure, fail } from '../../errors.ts'
import { NONE, type Condition } from '../../search/plan.ts'
import { compile } from './compile.ts'
import type { ResourceDocument } from './document.ts'
import type { Collections } from './schema.ts'

/** Resources that a chain may lead through; a message to MongoDB holds many more, but a plan of it takes long. */
const MOST = 20_000

/** `session`: that of the transaction whose state is asked. `most`: MOST unless given. */
export type Asking = {
  readonly maxTimeMS?: number
  readonly session?: ClientSession
  readonly most?: number
}

type Resources = Collections['resource']
type Link = Extract<Condition, { readonly kind: 'refers' | 'referred' }>
type Shares = Extract<Condition, { readonly kind: 'shares' }>

/**
 * The same condition without chains.
 * @throws Failure `too-costly` when one leads through too many resources
 */
export async function withoutChains(
  resource: Resources,
  condition: Condition,
  asking: Asking,
): Promise<Condition> {
  switch (condition.kind) {
    case 'and':
      return conjunction(resource, condition.of, asking)
    case 'or': {
      const of: Condition[] = []
      for (const one of condition.of) of.push(await withoutChains(resource, one, asking))
      return { kind: condition.kind, of }
    }
    case 'not':
      return { kind: 'not', of: await withoutChains(resource, condition.of, asking) }
    case 'refers':
    case 'referred':
    case 'shares':
      return looked(resource, condition, asking)
    default:
      return condition
  }
}

async function looked(
  resource: Resources,
  link: Link | Shares,
  asking: Asking,
): Promise<Condition> {
  const where = await withoutChains(resource, link.where, asking)
  if (link.kind === 'shares') return toTokens(resource, { ...link, where }, asking)
  return link.kind === 'refers'
    ? toTargets(resource, { ...link, where }, asking)
    : ofSources(resource, { ...link, where }, asking)
}

async function toTargets(
  resource: Resources,
  { paths, types, where }: Link,
  { most = MOST, ...options }: Asking,
): Promise<Condition> {
  const found = await resource
    .find(compile(types, where), {
      ...options,
      projection: { _id: 0, type: 1, id: 1 },
      limit: most + 1,
    })
    .toArray()
  refuseMany(found.length, most)
  return oneOf(found.map(({ type, id }) => ({ kind: 'reference', paths, type, id })))
}

async function toTokens(
  resource: Resources,
  { path, there = path, types, where }: Shares,
  { most = MOST, ...options }: Asking,
): Promise<Condition> {
  const found = await resource
    .find(compile(types, { kind: 'and', of: [anyAt(there), where] }), {
      ...options,
      projection: { _id: 0, t: 1 },
      limit: most + 1,
    })
    .toArray()
  refuseMany(found.length, most)
  return tokensOf(found, there, path)
}

const anyAt = (path: string): Condition => ({ kind: 'present', entry: 'token', paths: [path] })

/** The tokens that documents have at one path, as tokens at another. */
function tokensOf(
  found: readonly Pick<ResourceDocument, 't'>[],
  at: string,
  path: string,
): Condition {
  const of = new Map<string, Condition>()
  for (const { t = [] } of found)
    for (const { p, s, c } of t)
      if (p === at)
        of.set(JSON.stringify([s, c]), {
          kind: 'token',
          paths: [path],
          system: String(s),
          code: String(c),
        })
  return oneOf([...of.values()])
}

async function ofSources(
  resource: Resources,
  { paths, types, where }: Link,
  { most = MOST, ...options }: Asking,
): Promise<Condition> {
  const found = await resource
    .aggregate<{ readonly _id: { readonly t: string; readonly i: string } }>(
      [
        { $match: compile(types, where) },
        { $project: { r: 1 } },
        { $unwind: '$r' },
        { $match: { 'r.p': { $in: paths } } },
        { $group: { _id: { t: '$r.t', i: '$r.i' } } },
        { $limit: most + 1 },
      ],
      options,
    )
    .toArray()
  refuseMany(found.length, most)
  return idsOf(found.map(({ _id }) => [_id.t, _id.i]))
}

/** Where a chain alone leads through too much, what else must hold may leave few resources to look from. */
async function conjunction(
  resource: Resources,
  of: readonly Condition[],
  asking: Asking,
): Promise<Condition> {
  const plain: Condition[] = []
  const wide: Condition[] = []
  let refusal: unknown
  for (const one of of)
    try {
      plain.push(await withoutChains(resource, one, asking))
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'too-costly') throw error
      wide.push(one)
      refusal = error
    }
  if (wide.length === 0) return { kind: 'and', of: plain }
  if (plain.length === 0) throw refusal
  const { most = MOST, ...options } = asking
  const found = await resource
    .find(compile(undefined, { kind: 'and', of: plain }), {
      ...options,
      projection: { type: 1, id: 1, r: 1, t: 1 },
      limit: most + 1,
    })
    .toArray()
  if (found.length > most) throw refusal
  for (const one of wide) plain.push(await withoutChains(resource, narrowed(one, found), asking))
  return { kind: 'and', of: plain }
}

/** The same of these resources, with chains that look no further than they can see. */
function narrowed(condition: Condition, from: readonly ResourceDocument[]): Condition {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, of: condition.of.map((one) => narrowed(one, from)) }
    case 'not':
      return { kind: 'not', of: narrowed(condition.of, from) }
    case 'refers':
    case 'referred':
      return nearLink(condition, from)
    case 'shares': {
      const { path, there = path, where } = condition
      return { ...condition, where: { kind: 'and', of: [tokensOf(from, path, there), where] } }
    }
    default:
      return condition
  }
}

function nearLink(link: Link, from: readonly ResourceDocument[]): Link {
  const { kind, paths, types, where } = link
  const near: Condition =
    kind === 'refers'
      ? idsOf(
          from.flatMap(({ r = [] }) =>
            r
              .filter(({ p, t }) => paths.includes(p) && types.includes(String(t)))
              .map(({ t, i }) => [String(t), String(i)] as const),
          ),
        )
      : oneOf(from.map(({ type, id }) => ({ kind: 'reference', paths, type, id })))
  return { ...link, where: { kind: 'and', of: [near, where] } }
}

/** That it is one of these. */
export function idsOf(found: readonly (readonly [type: string, id: string])[]): Condition {
  const byType = new Map<string, Set<string>>()
  for (const [type, id] of found) {
    const ids = byType.get(type)
    if (ids === undefined) byType.set(type, new Set([id]))
    else ids.add(id)
  }
  return oneOf([...byType].map(([type, ids]) => ({ kind: 'id', ids: [...ids], type })))
}

const oneOf = (of: readonly Condition[]): Condition => (of.length === 0 ? NONE : { kind: 'or', of })

function refuseMany(found: number, most: number): void {
  if (found > most)
    throw fail(
      'too-costly',
      `A chain or _has leads through more than ${most} resources; narrow what it asks of them, or what is searched`,
    )
}
