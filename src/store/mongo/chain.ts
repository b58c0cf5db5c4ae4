// Chains looked up beforehand: what is asked of other resources becomes a list of references or of ids.
// https://www.mongodb.com/docs/manual/reference/operator/query/in/
// Must not cut a list: a chain through more resources than MOST is refused.
import type { ClientSession } from 'mongodb'
import { fail } from '../../errors.ts'
import { NONE, type Condition } from '../../search/plan.ts'
import { compile } from './compile.ts'
import type { Collections } from './schema.ts'

/** Resources that a chain may lead through; a message to MongoDB holds many more, but a plan of it takes long. */
const MOST = 20_000

/** `session`: that of the transaction whose state is asked. */
export type Asking = { readonly maxTimeMS?: number; readonly session?: ClientSession }

/**
 * The same condition without chains.
 * @throws Failure `too-costly` when one leads through too many resources
 */
export async function withoutChains(
  resource: Collections['resource'],
  condition: Condition,
  asking: Asking,
): Promise<Condition> {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const of: Condition[] = []
      for (const one of condition.of) of.push(await withoutChains(resource, one, asking))
      return { kind: condition.kind, of }
    }
    case 'not':
      return { kind: 'not', of: await withoutChains(resource, condition.of, asking) }
    case 'refers': {
      const { paths, types } = condition
      const where = await withoutChains(resource, condition.where, asking)
      const found = await resource
        .find(compile(types, where), {
          ...asking,
          projection: { _id: 0, type: 1, id: 1 },
          limit: MOST + 1,
        })
        .toArray()
      refuseMany(found.length)
      return oneOf(found.map(({ type, id }) => ({ kind: 'reference', paths, type, id })))
    }
    case 'referred': {
      const { paths, types } = condition
      const where = await withoutChains(resource, condition.where, asking)
      const found = await resource
        .aggregate<{ readonly _id: { readonly t: string; readonly i: string } }>(
          [
            { $match: compile(types, where) },
            { $project: { r: 1 } },
            { $unwind: '$r' },
            { $match: { 'r.p': { $in: paths } } },
            { $group: { _id: { t: '$r.t', i: '$r.i' } } },
            { $limit: MOST + 1 },
          ],
          asking,
        )
        .toArray()
      refuseMany(found.length)
      const byType = new Map<string, string[]>()
      for (const { _id } of found) {
        const ids = byType.get(_id.t)
        if (ids === undefined) byType.set(_id.t, [_id.i])
        else ids.push(_id.i)
      }
      return oneOf([...byType].map(([type, ids]) => ({ kind: 'id', ids, type })))
    }
    default:
      return condition
  }
}

const oneOf = (of: readonly Condition[]): Condition => (of.length === 0 ? NONE : { kind: 'or', of })

function refuseMany(found: number): void {
  if (found > MOST)
    throw fail(
      'too-costly',
      `A chain or _has leads through more than ${MOST} resources; narrow what it asks of them`,
    )
}
