// The ship: sailors seen by the ship's doctor with the kit on board, and, over the satellite, by the
// family doctor in Busan in a virtual Encounter.
// https://hl7.org/fhir/R4/encounter.html

import type { Encounter, FhirResource, Observation } from 'fhir/r4.js'
import { ref } from './bundle.ts'
import { coding, concept, hl7, LOINC } from './codes.ts'
import { kitOccasion, kitRun } from './kit.ts'
import { recordOf } from './meta.ts'
import { bloodPressure, measured, observed, quantity, type Occasion } from './observation.ts'
import { person } from './people.ts'
import { role } from './practitioner.ts'
import { random } from './random.ts'
import { sites } from './site.ts'

type Call = { id: string; at: string; reason: string; fever?: number; kit?: boolean }

const calls: Call[] = [
  {
    id: 'gusev-anton',
    at: '2025-07-11 08:40',
    reason: 'Лихорадка и кашель',
    fever: 38.4,
    kit: true,
  },
  { id: 'moon-kyungho', at: '2025-07-12 09:05', reason: '두통, 혈압 상승', kit: true },
  { id: 'belov-oleg', at: '2025-07-12 15:30', reason: 'Контроль глюкозы', kit: true },
  { id: 'bae-junho', at: '2025-07-13 10:10', reason: '손 열상 (봉합 후 경과 관찰)' },
  { id: 'seo-taeyang', at: '2025-07-14 11:20', reason: '승선 중 정기 건강확인' },
  { id: 'krylov-artem', at: '2025-07-14 13:45', reason: 'Плановый осмотр на борту' },
]

const ship = sites.ship

function encounter(call: Call, when: Occasion): Encounter {
  return {
    resourceType: 'Encounter',
    id: when.id,
    meta: recordOf(ship.country),
    status: 'finished',
    class: hl7('v3-ActCode', 'VR', 'virtual'),
    type: [{ text: '해상 원격진료' }],
    subject: ref('Patient', call.id),
    participant: [
      { individual: role('ship-doctor-noh') },
      { individual: role('family-doctor-ahn') },
    ],
    period: { start: when.at, end: when.issued },
    reasonCode: [{ text: call.reason }],
    location: [{ location: ref('Location', ship.organization) }],
    serviceProvider: ref('Organization', 'busan-hospital'),
  }
}

function vitals(call: Call, when: Occasion): Observation[] {
  const source = random(`ship ${call.id}`)
  const pressed = when.person.finding === 'pressure' ? 34 : 0
  const fever = call.fever ?? 0
  const saturation: Observation = {
    // KR Core's pulse oximetry takes this LOINC code alone.
    ...observed(
      when,
      'spo2',
      'vital',
      concept(coding(LOINC, '2708-6', 'Oxygen saturation in Arterial blood'), '산소포화도'),
    ),
    valueQuantity: quantity(source.integer(fever > 0 ? 94 : 96, fever > 0 ? 96 : 99), 0, '%', 'ko'),
  }
  const breaths: Observation = {
    ...observed(
      when,
      'breaths',
      'vital',
      concept(coding(LOINC, '9279-1', 'Respiratory rate'), '호흡수'),
    ),
    valueQuantity: quantity(source.integer(14, fever > 0 ? 22 : 18), 0, '/min', 'ko'),
  }
  return [
    bloodPressure(when, source.around(119 + pressed, 5), source.around(76 + pressed / 2, 4)),
    measured(when, 'heartRate', source.around(fever > 0 ? 96 : 72, 5)),
    measured(when, 'temperature', fever > 0 ? fever : source.around(36.6, 0.15)),
    saturation,
    breaths,
  ]
}

/** Every call from the ship. */
export function shipCalls(): FhirResource[] {
  return calls.flatMap((call) => {
    const [date = '', time = ''] = call.at.split(' ')
    const sailor = person(call.id)
    const when: Occasion = { ...kitOccasion(sailor, 'call-1', date, time) }
    when.encounter = when.id
    const kit: Occasion = { ...kitOccasion(sailor, 'kit-1', date, time), encounter: when.id }
    const sugar = sailor.finding === 'diabetes'
    return [
      encounter(call, when),
      ...vitals(call, when),
      ...(call.kit === true
        ? kitRun(
            kit,
            sugar
              ? { metabolic: true, urine: true }
              : { cardiac: true, ...(call.fever === undefined ? {} : { crp: 41.6 }) },
          )
        : []),
    ]
  })
}
