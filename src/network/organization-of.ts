// Whose somebody is that a resource names: the Organizations behind a Reference.
// https://hl7.org/fhir/R4/task-definitions.html#Task.owner
// Must not follow more than one step: an Organization that another is part of is another one.
import type { Context } from '../context.ts'
import { parseJson } from '../fhir/json.ts'
import { fieldsOf, textOf } from '../search/emit.ts'

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
  const element = ELEMENTS[type]
  if (element === undefined) return []
  const text = (await context.store.read(type, id))?.text
  if (text === undefined) return []
  const named = fieldsOf(parseJson(text))?.[element]
  return (Array.isArray(named) ? named : [named]).flatMap((one) => {
    const [of, organization] = localOf(one, context)?.split('/') ?? []
    return of === 'Organization' && organization !== undefined ? [organization] : []
  })
}
