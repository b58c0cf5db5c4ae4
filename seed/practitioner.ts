// Doctors and others of the network, each with one role at one organization. Busan's carry a licence
// number as KR Core wants it (zeros and a counter, so nobody's); the others only what their country
// publishes, which is nothing.

import type { CodeableConcept, FhirResource, HumanName, Reference } from 'fhir/r4.js'
import { ref } from './bundle.ts'
import { SID, systems, typed } from './identifier.ts'
import { HTEST, region } from './meta.ts'
import { hangul, kazakh, latin, russian, russianAndLatin } from './name.ts'
import { sites, type SiteKey } from './site.ts'

type Specialty = [snomed: string, display: string, hira?: string, department?: string]

const specialties = {
  family: ['419772000', 'Family practice', '23', '가정의학과'],
  cardiology: ['394579002', 'Cardiology', '01', '내과'],
  paediatrics: ['394537008', 'Pediatric specialty', '11', '소아청소년과'],
  radiology: ['394914008', 'Radiology', '16', '영상의학과'],
  laboratory: ['394915009', 'General pathology', '19', '진단검사의학과'],
  general: ['394802001', 'General medicine'],
  obstetrics: ['394585009', 'Obstetrics and gynecology'],
} as const satisfies Record<string, Specialty>

type Doctor = {
  id: string
  site: SiteKey
  sex: 'male' | 'female'
  title: string
  specialty: keyof typeof specialties
  names: HumanName[]
}

const doctors: Doctor[] = [
  {
    id: 'radiologist-hwang',
    site: 'busan',
    sex: 'male',
    title: '영상의학과 전문의',
    specialty: 'radiology',
    names: [hangul('황', '보성'), latin('Hwang', 'Boseong')],
  },
  {
    id: 'cardiologist-song',
    site: 'busan',
    sex: 'female',
    title: '순환기내과 전문의',
    specialty: 'cardiology',
    names: [hangul('송', '미래'), latin('Song', 'Mirae')],
  },
  {
    id: 'family-doctor-ahn',
    site: 'busan',
    sex: 'female',
    title: '가정의학과 전문의',
    specialty: 'family',
    names: [hangul('안', '다정'), latin('Ahn', 'Dajeong')],
  },
  {
    id: 'paediatrician-baek',
    site: 'busan',
    sex: 'male',
    title: '소아청소년과 전문의',
    specialty: 'paediatrics',
    names: [hangul('백', '온유'), latin('Baek', 'Onyu')],
  },
  {
    id: 'laboratory-ryu',
    site: 'busan',
    sex: 'female',
    title: '진단검사의학과 전문의',
    specialty: 'laboratory',
    names: [hangul('류', '정밀'), latin('Ryu', 'Jeongmil')],
  },
  {
    id: 'therapist-belova',
    site: 'moscow',
    sex: 'female',
    title: 'Врач-терапевт',
    specialty: 'general',
    names: russianAndLatin('Белова', 'Ксения', 'Аркадьевна'),
  },
  {
    id: 'radiologist-gromov',
    site: 'moscow',
    sex: 'male',
    title: 'Врач-рентгенолог',
    specialty: 'radiology',
    names: russianAndLatin('Громов', 'Степан', 'Львович'),
  },
  {
    id: 'therapist-ten',
    site: 'vladivostok',
    sex: 'female',
    title: 'Врач-терапевт',
    specialty: 'general',
    names: [...russianAndLatin('Тен', 'Марина', 'Олеговна'), hangul('정', '마리나', ' ')],
  },
  {
    id: 'radiologist-zimin',
    site: 'vladivostok',
    sex: 'male',
    title: 'Врач-рентгенолог',
    specialty: 'radiology',
    names: russianAndLatin('Зимин', 'Глеб', 'Ярославович'),
  },
  {
    id: 'doctor-satpaeva',
    site: 'almaty',
    sex: 'female',
    title: 'Врач общей практики',
    specialty: 'general',
    names: [
      kazakh('Сәтпаева', 'Гүлмира'),
      russian('Сатпаева', 'Гульмира'),
      latin('Satpayeva', 'Gulmira'),
    ],
  },
  {
    id: 'obstetrician-alieva',
    site: 'almaty',
    sex: 'female',
    title: 'Акушер-гинеколог',
    specialty: 'obstetrics',
    names: russianAndLatin('Алиева', 'Динара'),
  },
  {
    id: 'doctor-tursynov',
    site: 'aktobe',
    sex: 'male',
    title: 'Врач общей практики',
    specialty: 'general',
    names: [
      kazakh('Тұрсынов', 'Нұрлан'),
      russian('Турсынов', 'Нурлан'),
      latin('Tursynov', 'Nurlan'),
    ],
  },
  {
    id: 'ship-doctor-noh',
    site: 'ship',
    sex: 'male',
    title: '선의 (ship’s doctor)',
    specialty: 'family',
    names: [hangul('노', '항해'), latin('Noh', 'Hanghae')],
  },
]

/** The doctor who sees the patients of a site, by default. */
export const doctorOf: Record<SiteKey, string> = {
  busan: 'family-doctor-ahn',
  moscow: 'therapist-belova',
  vladivostok: 'therapist-ten',
  almaty: 'doctor-satpaeva',
  aktobe: 'doctor-tursynov',
  ship: 'ship-doctor-noh',
}

/** A reference to the role of that doctor. */
export function role(id: string): Reference {
  const doctor = doctors.find((one) => one.id === id)
  if (doctor === undefined) throw new Error(`No doctor ${id}`)
  return ref('PractitionerRole', id, doctor.names[0]?.text)
}

const V2_0360 = 'http://terminology.hl7.org/CodeSystem/v2-0360'

function practitioner(doctor: Doctor, n: number): FhirResource {
  const { country } = sites[doctor.site]
  const licence = typed(
    'MD',
    'Medical License number',
    '의사면허번호',
    systems.licence,
    String(n).padStart(6, '0'),
  )
  return {
    resourceType: 'Practitioner',
    id: doctor.id,
    meta: { tag: [region(country), HTEST] },
    identifier: [country === 'KR' ? licence : { system: `${SID}/practitioner`, value: doctor.id }],
    active: true,
    name: doctor.names,
    telecom: [{ system: 'email', value: `${doctor.id}@example.org`, use: 'work' }],
    gender: doctor.sex,
    qualification: [
      {
        ...(country === 'KR' ? { identifier: [licence] } : {}),
        code: {
          coding: [{ system: V2_0360, code: 'MD', display: 'Doctor of Medicine' }],
          text: doctor.title,
        },
      },
    ],
  }
}

function specialtyOf(doctor: Doctor): CodeableConcept {
  const [code, display, hira, department]: Specialty = specialties[doctor.specialty]
  return {
    coding: [
      { system: 'http://snomed.info/sct', code, display },
      ...(sites[doctor.site].country === 'KR' && hira !== undefined
        ? [
            {
              system: 'http://www.hl7korea.or.kr/CodeSystem/hira-medical-department',
              code: hira,
              display: department ?? '',
            },
          ]
        : []),
    ],
    text: doctor.title,
  }
}

function practitionerRole(doctor: Doctor): FhirResource {
  const site = sites[doctor.site]
  return {
    resourceType: 'PractitionerRole',
    id: doctor.id,
    meta: { tag: [region(site.country)] },
    active: true,
    practitioner: ref('Practitioner', doctor.id, doctor.names[0]?.text),
    organization: ref('Organization', site.organization),
    code: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/practitioner-role',
            code: 'doctor',
            display: 'Doctor',
          },
        ],
      },
    ],
    specialty: [specialtyOf(doctor)],
    location: [ref('Location', site.organization)],
  }
}

/** Every Practitioner, then every PractitionerRole. */
export function practitioners(): FhirResource[] {
  return [
    ...doctors.map((doctor, i) => practitioner(doctor, i + 1)),
    ...doctors.map(practitionerRole),
  ]
}
