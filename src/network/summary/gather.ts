// What of a record goes into a summary: the resources of each section, and whatever they refer to, as far as it may be seen.
// https://hl7.org/fhir/uv/ips/STU2/Generation-and-Data-Inclusion.html
// Must not follow a reference out of the patient's record into another's, nor to what a summary isn't about.
import type { Context } from '../../context.ts'
import { parseLossless } from '../../fhir/json.ts'
import type { FhirRequest, Query, Resource } from '../../fhir/message.ts'
import { localReferences } from '../../interaction/reference-check.ts'
import { inUnits } from '../../interaction/units-view.ts'
import { lastn } from '../../operation/lastn.ts'
import type { UnitsView } from '../../search/result.ts'
import type { Version } from '../../store/store.ts'
import { SECTIONS, type Section } from './section.ts'

export type Filled = {
  readonly section: Section
  readonly resources: readonly Resource[]
  /** Whether there are more of them than a summary has. */
  readonly isCut: boolean
}

export type Gathered = {
  readonly patient: Resource
  readonly sections: readonly Filled[]
  /** By `Type/id`, the patient and the resources of sections first. */
  readonly all: ReadonlyMap<string, Resource>
}

/** Most resources of one kind in a section: the newest. */
const MOST = 100
/** Steps that references are followed, and most resources of one. */
const MOST_BESIDE = 400
const STEPS = 3

/** What may stand beside, being referred to; the patient is there already. */
const FOLLOWED: ReadonlySet<string> = new Set([
  ...['Practitioner', 'PractitionerRole', 'Organization', 'Location', 'Device', 'Specimen'],
  ...['Medication', 'Substance', 'Observation', 'Condition', 'ImagingStudy', 'CareTeam', 'Goal'],
])

/** Units that a reader of a language expects. */
export async function gather(
  patient: Version,
  units: UnitsView | undefined,
  request: FhirRequest,
  context: Context,
): Promise<Gathered> {
  const read = ({ type, text }: Pick<Version, 'type' | 'text'>): Resource =>
    parseLossless(units === undefined ? text! : inUnits(type, text!, units)) as Resource
  const subject = read(patient)
  const taken = new Set<string>()
  const sections: Filled[] = []
  for (const section of SECTIONS) {
    const resources: Resource[] = []
    let isCut = false
    for (const { type, query = [], newest, isIn = () => true } of section.of) {
      const found =
        newest === true
          ? await newestOf(patient.id, query, request, context)
          : await allOf(type, patient.id, query, request, context)
      isCut ||= found.isCut
      for (const version of found.versions) {
        const resource = read(version)
        // Smoking may be a result and a habit: it is told once.
        if (taken.has(keyOf(resource)) || !isIn(resource)) continue
        taken.add(keyOf(resource))
        resources.push(resource)
      }
    }
    sections.push({ section, resources, isCut })
  }
  const all = new Map([[keyOf(subject), subject]])
  for (const { resources } of sections) for (const one of resources) all.set(keyOf(one), one)
  await follow(all, read, context)
  return { patient: subject, sections, all }
}

export const keyOf = ({ resourceType, id }: Resource): string => `${resourceType}/${id ?? ''}`

type Page = {
  readonly versions: readonly Pick<Version, 'type' | 'text'>[]
  readonly isCut: boolean
}

async function allOf(
  type: string,
  patient: string,
  query: Query,
  request: FhirRequest,
  { plan: planOf, store }: Context,
): Promise<Page> {
  const asked: Query = [['patient', `Patient/${patient}`], ['_sort', '-_lastUpdated'], ...query]
  const { plan } = planOf(type, asked, { strict: true })
  const { matches, next } = await store.search({ ...plan, count: MOST }, request)
  return { versions: matches, isCut: next !== undefined }
}

/** The newest of each code. */
async function newestOf(
  patient: string,
  query: Query,
  request: FhirRequest,
  context: Context,
): Promise<Page> {
  const { body } = await lastn(
    {
      ...request,
      method: 'GET',
      path: ['Observation', '$lastn'],
      query: [['patient', `Patient/${patient}`], ...query, ['_count', String(MOST)]],
      headers: {},
      body: undefined,
    },
    context,
  )
  const { entry = [], link } = parseLossless(body!) as {
    readonly entry?: readonly { readonly resource: Resource }[]
    readonly link: readonly { readonly relation: string }[]
  }
  return {
    versions: entry
      .filter(({ resource }) => resource.resourceType === 'Observation')
      .map(({ resource }) => ({ type: 'Observation', text: JSON.stringify(resource) })),
    isCut: link.some(({ relation }) => relation === 'next'),
  }
}

async function follow(
  all: Map<string, Resource>,
  read: (version: Version) => Resource,
  context: Context,
): Promise<void> {
  let fresh: readonly Resource[] = [...all.values()]
  const asked = new Set(all.keys())
  for (let step = 0; step < STEPS && fresh.length > 0; step++) {
    const wanted = fresh
      .flatMap((resource) => localReferences(resource, context))
      .filter(({ type, id }) => {
        const key = `${type}/${id}`
        return FOLLOWED.has(type) && !asked.has(key) && asked.add(key)
      })
      .slice(0, MOST_BESIDE)
    if (wanted.length === 0) return
    fresh = (await context.store.readMany(wanted)).map(read)
    for (const one of fresh) all.set(keyOf(one), one)
  }
}
