// Bounds on what the database tests one by one, where no index has what is asked for.
// https://www.mongodb.com/docs/manual/reference/operator/aggregation/limit/
// Must not count for a search that an index answers.
import type { Document, Filter } from 'mongodb'
import { isIndexed, tooManyTested } from '../tested.ts'
import type { Plan } from '../../search/plan.ts'
import { compile } from './compile.ts'
import type { ResourceDocument } from './document.ts'
import type { Collections } from './schema.ts'
import type { SearchLimits } from './search.ts'

/** Stages before the filter of a plan, and what to do once the page is there. */
export type Bound = {
  readonly stages: readonly Document[]
  /** @throws Failure `too-costly` when the bound ended the search before the page was full */
  judge(isFull: boolean): Promise<void>
}

const UNBOUND: Bound = { stages: [], judge: async () => undefined }

type Resources = Collections['resource']

/**
 * A page in the order of ids looks no further than it must, so that its bound is one of the pipeline; what is sorted or
 * counted must look at everything.
 * @throws Failure `too-costly` for what would look at more than `most`
 */
export async function boundOf(
  resource: Resources,
  { types, where, sort, count, total }: Plan,
  after: Filter<Document> | undefined,
  limits: SearchLimits,
  most: number,
): Promise<Bound> {
  if (isIndexed(where)) return UNBOUND
  const { maxTimeMS } = limits
  if ((await resource.estimatedDocumentCount({ maxTimeMS })) <= most) return UNBOUND
  const scope = compile(types, { kind: 'and', of: [] })
  if (count === 0 || total || sort.length > 0) {
    await requireFew(resource, scope, limits, most)
    return UNBOUND
  }
  const rest: Document = after === undefined ? scope : { $and: [scope, after] }
  return {
    stages: [{ $match: rest }, { $sort: { _id: 1 } }, { $limit: most }],
    judge: async (isFull) => {
      if (!isFull) await requireFew(resource, rest, limits, most)
    },
  }
}

async function requireFew(
  resource: Resources,
  filter: Filter<ResourceDocument>,
  limits: SearchLimits,
  most: number,
): Promise<void> {
  const found = await resource.countDocuments(filter, { ...limits, limit: most + 1 })
  if (found > most) throw tooManyTested(most)
}
