// Which patients a request names: in its path, its compartment or its search parameters.
// Must not look anything up: a read by id of something else names nobody here.
import type { FhirRequest } from '../fhir/message.ts'
import type { Settings } from '../search/emit.ts'
import { parseReference } from '../search/reference.ts'

const ID = /^[A-Za-z0-9\-.]{1,64}$/

/** Ids of the patients; undefined for a request that isn't about certain patients. */
export function patientsNamed(
  { path, query }: FhirRequest,
  settings: Settings,
): readonly string[] | undefined {
  const [type = '', id = ''] = path
  if (type === 'Patient' && ID.test(id)) return [id]
  for (const [name, value] of query) {
    const isId = type === 'Patient' && name === '_id'
    if (!isId && !/^(patient|subject)(:Patient)?$/.test(name)) continue
    const ids = value.split(',').map((one) => {
      const target = parseReference(one, settings)
      return target === undefined || (target.type ?? 'Patient') !== 'Patient' ? '' : target.id
    })
    if (ids.length > 0 && ids.every((one) => ID.test(one))) return [...new Set(ids)]
  }
  return undefined
}
