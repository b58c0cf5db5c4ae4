// $meta of a type or of the whole system: every profile, tag and security label in use there, each once.
// https://hl7.org/fhir/R4/resource-operation-meta.html
// Must not read what has none of them: the index says which resources have.
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { parseJson, stringify } from '../fhir/json.ts'
import type { FhirRequest, FhirResponse, Resource } from '../fhir/message.ts'
import type { Condition, Plan } from '../search/plan.ts'

const PARAMETERS = ['_profile', '_security', '_tag']
const LISTS = ['profile', 'security', 'tag'] as const

/** Resources that are looked through at most. */
const MOST = 100_000

/** `GET [base]/$meta`, `GET [base]/[type]/$meta`. @throws Failure 403 when too many resources have a meta to look at */
export async function metaUnion(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const type = request.path.length === 2 ? request.path[0] : undefined
  const union: Record<(typeof LISTS)[number], Map<string, unknown>> = {
    profile: new Map(),
    security: new Map(),
    tag: new Map(),
  }
  const plan = planFor(type, context)
  let seen = 0
  for (let cursor: string | undefined; ;) {
    const page = await context.store.search(
      cursor === undefined ? plan : { ...plan, cursor },
      request,
    )
    for (const { text } of page.matches) {
      const { meta } = parseJson(text!) as Resource
      for (const list of LISTS)
        for (const item of meta?.[list] ?? []) {
          const key = keyOf(item)
          if (!union[list].has(key)) union[list].set(key, item)
        }
    }
    seen += page.matches.length
    if (page.next === undefined) break
    if (seen >= MOST)
      throw fail(
        'too-costly',
        `More than ${MOST} resources have profiles, tags or labels; ask for one type`,
      )
    cursor = page.next
  }
  const valueMeta: Record<string, unknown> = {}
  for (const list of LISTS) if (union[list].size > 0) valueMeta[list] = [...union[list].values()]
  const parameter =
    Object.keys(valueMeta).length === 0 ? { name: 'return' } : { name: 'return', valueMeta }
  return {
    status: 200,
    headers: {},
    body: stringify({ resourceType: 'Parameters', parameter: [parameter] }),
  }
}

/** Resources with an entry for one of the parameters. */
function planFor(type: string | undefined, { parameters, definitions, config }: Context): Plan {
  const types = type === undefined ? definitions.resourceTypes : [type]
  const of = PARAMETERS.map((code): Condition => {
    const paths = types.flatMap((t) => parameters.forType(t).get(code)?.paths ?? [])
    return { kind: 'present', entry: paths[0]!.kind, paths: paths.map(({ path }) => path) }
  })
  return {
    types: type === undefined ? undefined : [type],
    where: { kind: 'or', of },
    sort: [],
    count: config.maxPageSize,
    total: false,
    includes: [],
  }
}

/** What tells labels apart: of profiles the URL, of Codings system and code. */
export function keyOf(item: unknown): string {
  if (typeof item === 'string') return item
  const { system, code } = (item ?? {}) as { system?: string; code?: string }
  return JSON.stringify([system ?? null, code ?? null])
}
