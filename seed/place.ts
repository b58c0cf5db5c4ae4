// The organizations of the network with their locations and endpoints. None of them exists.
// https://hl7.org/fhir/R4/organization.html

import type { CodeableConcept, Endpoint, FhirResource, Location, Organization } from 'fhir/r4.js'
import { ref } from './bundle.ts'
import { SID, systems, typed } from './identifier.ts'
import { HTEST, region } from './meta.ts'
import { BUSAN_NUMBER, type Site } from './site.ts'

type Place = {
  id: string
  country: Site['country']
  name: string
  alias: string[]
  type: CodeableConcept
  partOf?: string
  city?: string
  line?: string
  /** Kind of place: a code of v3-RoleCode, and whether it moves. */
  role?: [code: string, display: string]
  vehicle?: boolean
  position?: Location['position']
  pixels?: boolean
}

const kind = (code: string, display: string, text: string): CodeableConcept => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code, display }],
  text,
})
const provider = (text: string): CodeableConcept => kind('prov', 'Healthcare Provider', text)

const places: Place[] = [
  {
    id: 'busan-hospital',
    country: 'KR',
    city: '부산광역시',
    line: '예시구 가상로 1',
    name: '이음대학교부산병원',
    alias: ['Ieum University Hospital, Busan', 'Университетская клиника «Иым», Пусан'],
    type: {
      coding: [
        {
          system: 'http://www.hl7korea.or.kr/CodeSystem/hira-healthcare-organization-types',
          code: '01',
          display: '상급종합병원',
        },
        ...(provider('').coding ?? []),
      ],
      text: '상급종합병원',
    },
    role: ['HOSP', 'Hospital'],
    pixels: true,
  },
  {
    id: 'most-clinics',
    country: 'RU',
    name: 'Сеть клиник «Мост»',
    alias: ['Most Clinics', '모스트 클리닉'],
    type: provider('Сеть клиник'),
  },
  {
    id: 'moscow-checkup',
    country: 'RU',
    city: 'Москва',
    line: 'ул. Примерная, д. 1',
    name: 'Центр корейского чек-апа «Мост», Москва',
    alias: ['Korean Check-up Centre, Moscow', '모스크바 한국형 건강검진센터'],
    type: provider('Центр профилактических осмотров'),
    partOf: 'most-clinics',
    role: ['OF', 'Outpatient facility'],
    pixels: true,
  },
  {
    id: 'vladivostok-checkup',
    country: 'RU',
    city: 'Владивосток',
    line: 'ул. Примерная, д. 2',
    name: 'Центр корейского чек-апа «Мост», Владивосток',
    alias: ['Korean Check-up Centre, Vladivostok', '블라디보스토크 한국형 건강검진센터'],
    type: provider('Центр профилактических осмотров'),
    partOf: 'most-clinics',
    role: ['OF', 'Outpatient facility'],
    pixels: true,
  },
  {
    id: 'alfarabi-health-information',
    country: 'KZ',
    city: 'Алматы',
    line: 'Үлгі көшесі, 1',
    name: 'Әл-Фараби университетінің медициналық ақпарат орталығы',
    alias: [
      'Health Information Centre at Al-Farabi University',
      'Медицинский информационный центр при университете аль-Фараби',
      '알파라비대학교 건강정보센터',
    ],
    type: kind('edu', 'Educational Institute', 'Медицинский информационный центр'),
  },
  {
    id: 'almaty-kit',
    country: 'KZ',
    city: 'Алматы',
    line: 'Үлгі көшесі, 2',
    name: 'Алматы жылжымалы диагностика пункті',
    alias: ['Mobile Diagnosis Kit, Almaty', 'Мобильный диагностический пункт, Алматы'],
    type: provider('Мобильный диагностический пункт'),
    partOf: 'alfarabi-health-information',
    role: ['MOBL', 'Mobile Unit'],
    vehicle: true,
  },
  {
    id: 'aktobe-kit',
    country: 'KZ',
    city: 'Ақтөбе',
    line: 'Үлгі көшесі, 3',
    name: 'Ақтөбе жылжымалы диагностика пункті',
    alias: ['Mobile Diagnosis Kit, Aktobe', 'Мобильный диагностический пункт, Актобе'],
    type: provider('Мобильный диагностический пункт'),
    partOf: 'alfarabi-health-information',
    role: ['MOBL', 'Mobile Unit'],
    vehicle: true,
  },
  {
    id: 'ship-haedoji',
    country: 'KR',
    name: '해도지호 의무실',
    alias: ['M/V Haedoji, sick bay', 'Судно «Хэдоджи», медпункт'],
    type: provider('선박 의무실'),
    role: ['MOBL', 'Mobile Unit'],
    vehicle: true,
    position: { longitude: 131.25, latitude: 40.5 },
  },
]

function organization(place: Place, n: number): Organization {
  const hira = place.id === 'busan-hospital'
  return {
    resourceType: 'Organization',
    id: place.id,
    meta: { tag: [region(place.country), HTEST] },
    identifier: [
      hira
        ? typed('PRN', 'Provider number', '요양기관번호', systems.hira, BUSAN_NUMBER)
        : { system: `${SID}/organization`, value: place.id },
    ],
    active: true,
    type: [place.type],
    name: place.name,
    alias: place.alias,
    telecom: [
      { system: 'phone', value: `+00-000-000-${String(n).padStart(4, '0')}`, use: 'work' },
      { system: 'email', value: `${place.id}@example.org` },
    ],
    ...(place.line === undefined
      ? {}
      : { address: [{ line: [place.line], city: place.city ?? '', country: place.country }] }),
    ...(place.partOf === undefined ? {} : { partOf: ref('Organization', place.partOf) }),
    ...(place.id === 'most-clinics' ? {} : { endpoint: endpointIds(place).map(endpointRef) }),
  }
}

const endpointRef = (id: string) => ref('Endpoint', id)
const endpointIds = (place: Place): string[] => [
  `${place.id}-fhir`,
  ...(place.pixels === true ? [`${place.id}-dicom`] : []),
]

function endpoint(place: Place, id: string): Endpoint {
  const pixels = id.endsWith('-dicom')
  const connection = pixels ? ['dicom-wado-rs', 'DICOM WADO-RS'] : ['hl7-fhir-rest', 'HL7 FHIR']
  return {
    resourceType: 'Endpoint',
    id,
    status: 'active',
    connectionType: {
      system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
      code: connection[0] ?? '',
      display: connection[1] ?? '',
    },
    name: `${place.alias[0] ?? place.name}: ${pixels ? 'images' : 'records'}`,
    managingOrganization: ref('Organization', place.id),
    payloadType: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type',
            code: 'any',
            display: 'Any',
          },
        ],
      },
    ],
    payloadMimeType: [pixels ? 'application/dicom' : 'application/fhir+json'],
    address: pixels
      ? `https://${place.id}.ieum.example/dicom-web`
      : `https://${place.id}.ieum.example/fhir`,
  }
}

function location(place: Place, [code, display]: [string, string]): Location {
  const physical = place.vehicle === true ? ['ve', 'Vehicle'] : ['bu', 'Building']
  return {
    resourceType: 'Location',
    id: place.id,
    meta: { tag: [region(place.country), HTEST] },
    status: 'active',
    name: place.name,
    alias: place.alias,
    mode: 'instance',
    type: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code, display }] },
    ],
    physicalType: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/location-physical-type',
          code: physical[0] ?? '',
          display: physical[1] ?? '',
        },
      ],
      ...(place.id.startsWith('ship-') ? { text: '선박 (ship)' } : {}),
    },
    ...(place.position === undefined ? {} : { position: place.position }),
    managingOrganization: ref('Organization', place.id),
  }
}

/** Organizations (parents first), their locations and endpoints. */
export function network(): FhirResource[] {
  return [
    ...places.map((place, i) => organization(place, i + 1)),
    ...places.flatMap((place) => (place.role === undefined ? [] : location(place, place.role))),
    ...places
      .filter((place) => place.id !== 'most-clinics')
      .flatMap((place) => endpointIds(place).map((id) => endpoint(place, id))),
  ]
}
