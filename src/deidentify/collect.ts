// The records of some patients, as far as the caller sees them and the patients' consents permit the purpose.
// docs/adr/0010-teaching-cases.md
// Must not tell who was left out: only how many.
import type { Permitted } from '../consent/permitted.ts'
import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import { parseLossless } from '../fhir/json.ts'
import type { FhirRequest, Resource } from '../fhir/message.ts'
import { everythingPlan } from '../search/everything.ts'
import type { Plan } from '../search/plan.ts'
import type { Version } from '../store/store.ts'
import { inTurn } from '../turn.ts'

/** A resource with whose it is: the id of the Patient; undefined for what goes with several (medications, devices). */
export type Source = {
  readonly version: Version
  readonly resource: Resource
  readonly patient: string | undefined
}

export type Collected = {
  readonly sources: readonly Source[]
  /** Patients in them. */
  readonly patients: readonly string[]
  /** Patients without a consent that permits it. */
  readonly refused: number
  /** Resources of the others that their consents leave out. */
  readonly withheld: number
}

const PAGE = 500
/** Records that are read at once. */
const TOGETHER = 8

type Judged = { readonly own: readonly Version[]; readonly beside: readonly Version[] }

/** @throws Failure 403 when they have more than one answer may hold */
export async function collect(
  ids: readonly string[],
  isPermitted: Permitted,
  request: Pick<FhirRequest, 'cancelled'>,
  context: Context,
): Promise<Collected> {
  const sources = new Map<string, Source>()
  const records = new Map<string, Judged>()
  let refused = 0
  let withheld = 0
  let size = 0
  await inTurn(ids, TOGETHER, async (id) => {
    const { own, beside } = await recordOf(id, request, context)
    const permitted = await isPermitted(id, own)
    if (!own.some(({ type }, i) => type === 'Patient' && permitted[i] === true)) {
      refused += 1
      return
    }
    const left = own.filter((_, i) => permitted[i] === true)
    withheld += own.length - left.length
    records.set(id, { own: left, beside })
    size += left.length
    if (size > context.config.maxBundleEntries)
      throw fail(
        'too-costly',
        `These records have more than ${context.config.maxBundleEntries} resources; name fewer patients`,
      )
  })
  const patients = ids.filter((id) => records.has(id))
  for (const id of patients) {
    const { own, beside } = records.get(id)!
    for (const version of own) add(sources, version, id)
    for (const version of beside) add(sources, version, undefined)
  }
  return { sources: [...sources.values()], patients, refused, withheld }
}

function add(sources: Map<string, Source>, version: Version, patient: string | undefined): void {
  const name = `${version.type}/${version.id}`
  if (sources.has(name)) return
  sources.set(name, { version, resource: parseLossless(version.text!) as Resource, patient })
}

/** What $everything gives. */
async function recordOf(
  id: string,
  request: Pick<FhirRequest, 'cancelled'>,
  { store, parameters, definitions }: Context,
): Promise<Judged> {
  const own: Version[] = []
  const beside = new Map<string, Version>()
  let plan: Plan = everythingPlan({ type: 'Patient', id }, { count: PAGE }, parameters, definitions)
  for (;;) {
    const { matches, included, next } = await store.search(plan, request)
    // Other records of the same person have consents of their own.
    own.push(...matches.filter((one) => one.type !== 'Patient' || one.id === id))
    for (const version of included) beside.set(`${version.type}/${version.id}`, version)
    if (next === undefined) return { own, beside: [...beside.values()] }
    plan = { ...plan, cursor: next }
  }
}
