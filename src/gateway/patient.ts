// Whose results they are: the patient of the caller's own record that has the number, or a new one.
// https://hl7.org/fhir/R4/patient.html; profiles/ieum/StructureDefinition-ieum-patient.json
// Must not change a patient, nor give results to one who is somebody else by date of birth or sex.
import type { Resource } from '../fhir/message.ts'
import { identified, ownCondition, tokenOf, type Door } from './caller.ts'
import { Refused, type Problems } from './refused.ts'
import type { PatientPart } from './run.ts'

const V2_0203 = 'http://terminology.hl7.org/CodeSystem/v2-0203'

export type FoundPatient =
  | { readonly reference: string }
  /** To be made in the same transaction. */
  | { readonly resource: Resource; readonly ifNoneExist: string }

/** @throws Refused */
export async function findPatient(
  part: PatientPart,
  door: Door,
  problems: Problems,
): Promise<FoundPatient | undefined> {
  const { identifiers, names } = part
  const token = identifiers.map(tokenOf).join(',')
  const found = await door.search('Patient', [['identifier', token]], 3)
  const [first] = found
  const place = identifiers[0]!.place
  if (found.length > 1)
    throw new Refused('content', [
      { condition: 204, place, text: 'The numbers of the patient belong to several patients here' },
    ])
  if (first !== undefined) {
    requireSame(first, part, problems)
    return { reference: `Patient/${first.id!}` }
  }
  if (names.length === 0 || part.birthDate === undefined || part.gender === undefined) {
    problems.add(
      204,
      place,
      'No patient with this number is known here; to make one, name, date of birth and sex are needed',
    )
    return undefined
  }
  return {
    resource: made(part, door.organization),
    ifNoneExist: ownCondition(identified(identifiers[0]!), door.organization),
  }
}

function requireSame(
  patient: Resource,
  { birthDate, birthDatePlace, gender, genderPlace }: PatientPart,
  problems: Problems,
): void {
  const known = patient['birthDate']
  if (typeof known === 'string' && birthDate !== undefined) {
    const length = Math.min(known.length, birthDate.length)
    if (known.slice(0, length) !== birthDate.slice(0, length))
      problems.add(
        204,
        birthDatePlace,
        'The patient with this number was born on another day: the number may be wrong',
      )
  }
  const sexes = [patient['gender'], gender]
  if (sexes[0] !== sexes[1] && sexes.every((one) => one === 'male' || one === 'female'))
    problems.add(
      204,
      genderPlace,
      'The patient with this number is of another sex: the number may be wrong',
    )
}

const made = (
  { identifiers, names, birthDate, gender }: PatientPart,
  organization: string | undefined,
): Resource => ({
  resourceType: 'Patient',
  meta: { profile: ['http://ieum.example/fhir/StructureDefinition/ieum-patient'] },
  identifier: identifiers.map(({ system, value, type }) => ({
    ...(type === undefined ? {} : { type: typeOf(type) }),
    system,
    value,
  })),
  name: names.map(({ family, given }) => ({
    ...(family === '' ? {} : { family }),
    ...(given.length === 0 ? {} : { given }),
    text: [family, ...given].filter((one) => one !== '').join(' '),
  })),
  gender,
  birthDate,
  ...(organization === undefined
    ? {}
    : { managingOrganization: { reference: `Organization/${organization}` } }),
})

/** Of those of table 0203 that R4 publishes; a national number has the country behind (NNKAZ). */
const TYPES = new Set(['MR', 'PI', 'PT', 'PN', 'NI', 'PPN', 'SS', 'SB', 'DL', 'AN', 'HC', 'MC'])

function typeOf(type: string): object {
  const code = /^NN[A-Z]{3}$/.test(type) ? 'NI' : type
  return TYPES.has(code) ? { coding: [{ system: V2_0203, code }] } : { text: type }
}
