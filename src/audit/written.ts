// What a write concerns: the patients whose compartment the resource is in, and whose record that is.
// https://hl7.org/fhir/R4/compartmentdefinition-patient.html
// Must not read anything: what is written says it, or what was looked at before.
import type { Context } from '../context.ts'
import { Failure } from '../errors.ts'
import { compartmentMembers } from '../search/compartment.ts'
import type { IndexPath } from '../search/entry.ts'
import type { Change } from '../store/store.ts'
import type { Thing } from './event.ts'

/** @param before the resource as the request saw it */
export function thingOf(change: Change, before: Thing | undefined, context: Context): Thing {
  const { type, id } = change
  const patients = new Set(before?.patients)
  if (type === 'Patient') patients.add(id)
  if (change.kind === 'put' && type !== 'Patient') {
    const paths = pathsOf(type, context)
    if (paths.length > 0)
      for (const entry of change.content.entries)
        if (entry.kind === 'reference' && entry.type === 'Patient' && paths.includes(entry.path))
          patients.add(entry.id)
  }
  return {
    type,
    id,
    version: 0,
    patients: [...patients],
    custodian: before?.custodian ?? custodianOf(change) ?? '',
    ...(before?.decision === undefined ? {} : { decision: before.decision }),
  }
}

function custodianOf(change: Change): string | undefined {
  if (change.kind === 'delete') return undefined
  return CUSTODIAN.exec(change.content.metaRest)?.[1]
}

const CUSTODIAN =
  /"system":"http:\/\/ieum\.example\/fhir\/CodeSystem\/custodian","code":"([A-Za-z0-9\-.]{1,64})"/

function pathsOf(type: string, { parameters, definitions }: Context): readonly IndexPath[] {
  try {
    return compartmentMembers('Patient', [type], parameters, definitions).paths
  } catch (error) {
    // Of a type that is in none.
    if (error instanceof Failure) return []
    throw error
  }
}
