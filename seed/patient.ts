// Patients as their site registered them. Telephones have an area code 000 and mail goes to
// example.org; streets are called "Example Street" in the language of the place.

import type {
  Address,
  FhirResource,
  Identifier,
  Patient,
  PatientLink,
  RelatedPerson,
} from 'fhir/r4.js'
import { births, motherOf } from './birth.ts'
import { ref } from './bundle.ts'
import { national, passportOf, typed } from './identifier.ts'
import { HTEST, region } from './meta.ts'
import { people, person, type Person } from './people.ts'
import { doctorOf } from './practitioner.ts'
import { sites } from './site.ts'

const languages = { ko: 'Korean', ru: 'Russian', kk: 'Kazakh' } as const
const dial = { KR: '+82-10-0000', RU: '+7-000-000', KZ: '+7-000-001' } as const

function identifiers(one: Person): Identifier[] {
  const { mrSystem } = sites[one.site]
  const sameAs = one.sameAs !== undefined
  return [
    typed(
      'MR',
      'Medical record number',
      'MRN',
      mrSystem,
      `${sameAs ? 'F' : ''}${String(one.n).padStart(8 - (sameAs ? 1 : 0), '0')}`,
    ),
    // A hospital abroad knows a guest by the passport only; a national number stays at home.
    ...(sameAs ? [] : national(one.country, one.birthDate, one.sex, one.n)),
    ...(one.passport ? [passportOf(one.country, one.n)] : []),
  ]
}

function address(one: Person): Address {
  const flat = (one.n * 7) % 90
  const home = {
    KR: { city: '부산광역시', line: `예시구 가상로 ${flat + 1}`, postalCode: '00000' },
    RU: {
      city: one.site === 'moscow' ? 'Москва' : 'Владивосток',
      line: `ул. Примерная, д. 3, кв. ${flat + 1}`,
      postalCode: '000000',
    },
    KZ: {
      city: one.site === 'aktobe' ? 'Ақтөбе' : 'Алматы',
      line: `Үлгі көшесі, 4, ${flat + 1}`,
      postalCode: '000000',
    },
  }[one.country]
  return {
    use: 'home',
    text: `${home.city}, ${home.line}`,
    line: [home.line],
    city: home.city,
    postalCode: home.postalCode,
    country: one.country,
  }
}

function links(one: Person): PatientLink[] {
  const also = people
    .filter((other) => other.sameAs === one.id || one.sameAs === other.id)
    .map((other) => ({ other: ref('Patient', other.id), type: 'seealso' as const }))
  // A mother is a Patient of her own and a RelatedPerson of each child: the link says it's one woman.
  const children = births
    .filter((birth) => birth.mother === one.id)
    .map((birth) => ({
      other: ref('RelatedPerson', `mother-of-${birth.id}`),
      type: 'seealso' as const,
    }))
  return [...also, ...children]
}

function patient(one: Person): Patient {
  const site = sites[one.site]
  const birth = births.find((other) => other.id === one.id)
  const link = links(one)
  return {
    resourceType: 'Patient',
    id: one.id,
    meta: { tag: [region(site.country), HTEST] },
    identifier: identifiers(one),
    active: true,
    name: one.names,
    ...(birth === undefined
      ? {
          telecom: [
            {
              system: 'phone',
              value: `${dial[one.country]}-${String(1000 + one.n)}`,
              use: 'mobile',
            },
            { system: 'email', value: `${one.sameAs ?? one.id}@example.org` },
          ],
        }
      : {}),
    gender: one.sex,
    birthDate: one.birthDate,
    ...(birth === undefined
      ? {}
      : {
          _birthDate: {
            extension: [
              {
                url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime',
                valueDateTime: birth.born,
              },
            ],
          },
        }),
    address: [address(one)],
    ...(birth?.multiple === undefined ? {} : { multipleBirthInteger: birth.multiple }),
    communication: [
      {
        language: {
          coding: [
            {
              system: 'urn:ietf:bcp:47',
              code: one.language,
              display: languages[one.language],
            },
          ],
        },
        preferred: true,
      },
    ],
    generalPractitioner: [ref('Practitioner', doctorOf[one.site])],
    managingOrganization: ref('Organization', site.organization),
    ...(link.length === 0 ? {} : { link }),
  }
}

function mother(child: string): RelatedPerson {
  const woman = person(motherOf(child))
  return {
    resourceType: 'RelatedPerson',
    id: `mother-of-${child}`,
    meta: { tag: [region(sites[woman.site].country), HTEST] },
    identifier: identifiers(woman),
    active: true,
    patient: ref('Patient', child),
    relationship: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode',
            code: 'MTH',
            display: 'mother',
          },
        ],
      },
    ],
    name: woman.names,
    gender: 'female',
    birthDate: woman.birthDate,
  }
}

/** Every Patient, then the mothers of the newborns as RelatedPerson. */
export function patients(): FhirResource[] {
  return [...people.map(patient), ...births.map((birth) => mother(birth.id))]
}
