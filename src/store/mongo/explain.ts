// A search that tells what it does: its queries, the indexes they take, what they read, and the time of each.
// https://www.mongodb.com/docs/manual/reference/explain-results/
// Must not do anything else than the search does that isn't explained; each query runs once more for its account.
import type { Document } from 'mongodb'
import type { Step } from '../store.ts'
import type { Collections } from './schema.ts'

type Resources = Collections['resource']

/** A query that was made: how it is said, and how it is explained. */
type Made = { readonly text: string; readonly explain: () => Promise<Document> }

/** Steps that are told of. */
const MOST = 60
const LONGEST = 500

/** @param told undefined when nobody asked: then it is the work and nothing more */
export async function explained<T>(
  collections: Collections,
  told: ((step: Step) => void) | undefined,
  work: (collections: Collections) => Promise<T>,
): Promise<T> {
  if (told === undefined) return work(collections)
  const made: Made[] = []
  const resource = watching(collections.resource, (one) => void made.push(one))
  const result = await work({ ...collections, resource })
  for (const { text, explain } of made.slice(0, MOST)) told(stepOf(text, await explain()))
  return result
}

/** The same collection; what is asked of it is noted. */
function watching(resource: Resources, note: (made: Made) => void): Resources {
  const noted = <
    T extends { clone(): { explain(verbosity: 'executionStats'): Promise<Document> } },
  >(
    text: string,
    cursor: T,
  ): T => {
    note({ text, explain: () => cursor.clone().explain('executionStats') })
    return cursor
  }
  // A snapshot is for answers; an account of one is not served.
  const methods: Partial<Record<keyof Resources, unknown>> = {
    find: (filter: Document, options: Document) =>
      noted(`find ${short(filter)}`, resource.find(filter, plain(options))),
    aggregate: (pipeline: Document[], options: Document) =>
      noted(`aggregate ${short(pipeline)}`, resource.aggregate(pipeline, plain(options))),
    countDocuments: (filter: Document, options: Document) => {
      const counting = [{ $match: filter }, { $group: { _id: null, n: { $sum: 1 } } }]
      noted(`count ${short(filter)}`, resource.aggregate(counting, plain(options)))
      return resource.countDocuments(filter, options)
    },
  }
  return new Proxy(resource, {
    get: (target, name) => {
      const own: unknown = Reflect.get(name in methods ? methods : target, name)
      return typeof own === 'function' ? (own as () => unknown).bind(target) : own
    },
  })
}

const plain = ({ readConcern: _, limit, ...others }: Document): Document =>
  limit === undefined ? others : { ...others, limit: limit as number }

const short = (value: unknown): string => {
  const text = JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** The account of a query as a step; a sharded cluster has one for each shard, and their sums count. */
export function stepOf(text: string, account: Document): Step {
  const plan: string[] = []
  const sums = { nReturned: 0, totalDocsExamined: 0, totalKeysExamined: 0, executionTimeMillis: 0 }
  const visit = (value: unknown, key: string): void => {
    if (value === null || typeof value !== 'object') return
    if (Array.isArray(value)) {
      for (const one of value) visit(one, key)
      return
    }
    const document = value as Document
    if (key === 'winningPlan') {
      stages(document, plan)
      return
    }
    if (key === 'executionStats') {
      for (const name of Object.keys(sums) as (keyof typeof sums)[])
        sums[name] += Number(document[name] ?? 0)
      return
    }
    for (const [name, inner] of Object.entries(document))
      if (name !== 'rejectedPlans' && name !== 'command') visit(inner, name)
  }
  // What a pipeline says of itself is said by its first stage, too.
  visit('stages' in account ? account.stages : account, '')
  return {
    text,
    plan,
    returned: sums.nReturned,
    looked: sums.totalDocsExamined,
    keys: sums.totalKeysExamined,
    ms: sums.executionTimeMillis,
  }
}

/** `IXSCAN name` of each stage, the last one first. */
function stages(plan: Document, out: string[]): void {
  const { stage, indexName, inputStage, inputStages, queryPlan, shards } = plan as {
    readonly stage?: string
    readonly indexName?: string
    readonly inputStage?: Document
    readonly inputStages?: readonly Document[]
    readonly queryPlan?: Document
    readonly shards?: readonly { readonly winningPlan?: Document }[]
  }
  if (stage !== undefined) out.push(indexName === undefined ? stage : `${stage} ${indexName}`)
  for (const inner of [inputStage, ...(inputStages ?? []), queryPlan])
    if (inner !== undefined) stages(inner, out)
  for (const { winningPlan } of shards ?? [])
    if (winningPlan !== undefined) stages(winningPlan, out)
}
