// Whose somebody is that a resource names: the Organizations behind a Reference.
// https://hl7.org/fhir/R4/task-definitions.html#Task.owner
// Must not follow more than one step: an Organization that another is part of is another one.
import type { Context } from '../context.ts'
import { parseJson } from '../fhir/json.ts'
import { fieldsOf, textOf } from '../search/emit.ts'
import type { Plan } from '../search/plan.ts'

/** Where a type names the organization that it belongs to. */
const ELEMENTS: Readonly<Record<string, string>> = {
  PractitionerRole: 'organization',
  HealthcareService: 'providedBy',
  CareTeam: 'managingOrganization',
  Device: 'owner',
}

/** `Type/id` of a reference to something here, without its version; undefined for any other. */
export function localOf(value: unknown, { baseUrl }: Pick<Context, 'baseUrl'>): string | undefined {
  const reference = textOf(fieldsOf(value)?.['reference'])
  if (reference === undefined) return undefined
  const local = reference.startsWith(`${baseUrl}/`)
    ? reference.slice(baseUrl.length + 1)
    : reference
  return /^([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/.exec(
    local,
  )?.[1]
}

/** Ids of the organizations that a reference names or leads to, as far as the caller sees. */
export async function organizationsOf(
  value: unknown,
  context: Pick<Context, 'baseUrl' | 'store'>,
): Promise<readonly string[]> {
  const local = localOf(value, context)
  if (local === undefined) return []
  const [type = '', id = ''] = local.split('/')
  if (type === 'Organization') return [id]
  if (type === 'Practitioner') {
    const { matches } = await context.store.search(rolesOf(id))
    return matches.flatMap(({ text }) => namedIn(text, 'organization', context))
  }
  const element = ELEMENTS[type]
  if (element === undefined) return []
  return namedIn((await context.store.read(type, id))?.text, element, context)
}

/** Ids of the organizations that an element of a resource names; none of one that is no longer active. */
function namedIn(
  text: string | undefined,
  element: string,
  context: Pick<Context, 'baseUrl'>,
): readonly string[] {
  const fields = text === undefined ? undefined : fieldsOf(parseJson(text))
  if (fields === undefined || fields['active'] === false) return []
  const named = fields[element]
  return (Array.isArray(named) ? named : [named]).flatMap((one) => {
    const [of, organization] = localOf(one, context)?.split('/') ?? []
    return of === 'Organization' && organization !== undefined ? [organization] : []
  })
}

/** Roles of one person that are looked at. */
const MOST = 50

const rolesOf = (id: string): Plan => ({
  types: ['PractitionerRole'],
  where: {
    kind: 'reference',
    paths: ['PractitionerRole.practitioner'],
    type: 'Practitioner',
    id,
  },
  sort: [],
  count: MOST,
  total: false,
  includes: [],
})
