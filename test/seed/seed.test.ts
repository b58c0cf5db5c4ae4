// The demonstration data: generated as committed, whole in itself, and visibly nobody's. The check-digit
// rules are written here a second time, from their published statement, so that a mistake in the
// generator can't hide.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import type { Consent, FhirResource, Identifier, Observation, Patient, Reference } from 'fhir/r4.js'
import { files } from '../../seed/generate.ts'

type Entry = { fullUrl: string; resource: FhirResource; request: { method: string; url: string } }
type Story = { name: string; text: string; entries: Entry[] }

const folder = new URL('../../seed/', import.meta.url)

const stories: Story[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8')
    return { name, text, entries: JSON.parse(text).entry as Entry[] }
  })

const resources = stories.flatMap((story) => story.entries.map((entry) => entry.resource))

function all<T extends FhirResource['resourceType']>(type: T) {
  return resources.filter(
    (one): one is Extract<FhirResource, { resourceType: T }> => one.resourceType === type,
  )
}

const nameOf = (one: FhirResource) => `${one.resourceType}/${one.id}`

/** Every object inside a value that has the given key, with the resource it stands in. */
function* having<T>(key: string, value: unknown = resources): Generator<T> {
  if (Array.isArray(value)) for (const one of value) yield* having<T>(key, one)
  else if (typeof value === 'object' && value !== null) {
    if (key in value) yield value as T
    for (const one of Object.values(value)) yield* having<T>(key, one)
  }
}

const digits = (text: string) => text.split('').map(Number)
const dot = (text: string, weights: number[]) =>
  weights.reduce((sum, weight, i) => sum + weight * (digits(text)[i] ?? NaN), 0)

const checks = {
  // (11 − Σ mod 11) mod 10
  rrn: (n: string) =>
    (11 - (dot(n, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(n[12]),
  // Two passes; a number that gives 10 twice is not issued.
  iin: (n: string) => {
    const first = dot(n, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11
    const second = dot(n, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11
    return (first < 10 ? first : second) === Number(n[11])
  },
  // Mod 101, 100 written as 00; only above 001-001-998.
  snils: (n: string) =>
    Number(n.slice(0, 9)) > 1001998 &&
    (dot(n, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === Number(n.slice(9)),
  // Luhn, every second digit from the right doubled.
  enp: (n: string) =>
    [...n].reverse().reduce((sum, char, i) => {
      const digit = Number(char)
      return sum + (i % 2 === 0 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9)
    }, 0) %
      10 ===
    0,
}

type Rule = { form: RegExp; check?: (value: string) => boolean; nobody: RegExp }

// What each system's value looks like, its check, and why nobody can have the number.
const rules: [system: RegExp, rule: Rule][] = [
  [
    /^https:\/\/mois\.go\.kr\/rrn$/,
    { form: /^\d{6}[1-4]\d{6}$/, check: checks.rrn, nobody: /^.{7}99/ },
  ],
  [/\/sid\/pid\/kz\/iin$/, { form: /^\d{6}[1-6]\d{5}$/, check: checks.iin, nobody: /^.{7}999/ }],
  [
    /^https:\/\/fhir\.ru\/ig\/core\/systems\/snils$/,
    { form: /^\d{11}$/, check: checks.snils, nobody: /^9999/ },
  ],
  [
    /^urn:oid:1\.2\.643\.2\.69\.1\.1\.1\.6\.228$/,
    { form: /^\d{16}$/, check: checks.enp, nobody: /^0{10}/ },
  ],
  [/\/sid\/passport-(KOR|RUS|KAZ)$/, { form: /^[MN]?\d{8,9}$/, nobody: /^[MN]?0{5}/ }],
  [
    /^urn:oid:1\.2\.410\.100110\.10\.99999999$|\/sid\/mr\/(ru|kz|kr)\//,
    { form: /^\w{8}$/, nobody: /^F?0{5}/ },
  ],
  [/\/Identifier\/hira-krnpi$/, { form: /^\d{8}$/, nobody: /^9{8}$/ }],
  [/\/Identifier\/mohw-md-license-id$/, { form: /^\d{6}$/, nobody: /^0{4}/ }],
  [/ieum\.example\/fhir\/sid\/(organization|practitioner|consent)$/, { form: /./, nobody: /./ }],
  [/\/sid\/device-serial$/, { form: /^SN-0000-\d$/, nobody: /^SN-0000/ }],
  [/^urn:dicom:uid$/, { form: /^urn:oid:2\.25\.1\d{36}$/, nobody: /./ }],
]

/** What is nobody's own. */
const OF_THE_NETWORK = new Set(['ActivityDefinition', 'CodeSystem', 'PlanDefinition'])

describe('the seed', () => {
  it('says of each resource whose it is, an organization of the country of its record', () => {
    const tagOf = (one: FhirResource, system: string) =>
      (one.meta?.tag ?? []).filter((tag) => tag.system === system).map(({ code }) => code)
    const countryOf = (one: FhirResource) => tagOf(one, 'urn:iso:std:iso:3166')
    const organizations = new Map(all('Organization').map((one) => [one.id, one]))
    for (const one of resources) {
      const custodians = tagOf(one, 'http://ieum.example/fhir/CodeSystem/custodian')
      assert.equal(custodians.length, OF_THE_NETWORK.has(one.resourceType) ? 0 : 1, nameOf(one))
      const [country] = countryOf(one)
      if (country === undefined) continue
      assert.deepEqual(countryOf(organizations.get(custodians[0])!), [country], nameOf(one))
    }
  })

  it('is what the generator writes, byte for byte', () => {
    const written = files()
    assert.deepEqual(
      stories.map((story) => story.name),
      [...written.keys()].sort(),
    )
    for (const { name, text } of stories) {
      assert.ok(text === written.get(name), `${name}: run npm run seed:generate`)
    }
  })

  it('is small enough to be loaded at the first start', () => {
    const bytes = stories.reduce((sum, story) => sum + Buffer.byteLength(story.text), 0)
    assert.ok(bytes < 3_000_000, `${bytes} bytes`)
    assert.ok(resources.length >= 1200 && resources.length <= 2000, `${resources.length}`)
  })

  it('puts every resource under its own valid and unique id', () => {
    const seen = new Set<string>()
    for (const { resource, request, fullUrl } of stories.flatMap((story) => story.entries)) {
      const name = nameOf(resource)
      assert.match(resource.id ?? '', /^[A-Za-z0-9\-.]{1,64}$/)
      assert.deepEqual(request, { method: 'PUT', url: name })
      assert.equal(fullUrl, `http://ieum.example/fhir/${name}`)
      assert.ok(!seen.has(name), `${name} twice`)
      seen.add(name)
    }
  })

  it('refers only to itself, and never to a later file', () => {
    const known = new Set<string>()
    let references = 0
    for (const { name, entries } of stories) {
      for (const { resource } of entries) known.add(nameOf(resource))
      for (const { reference } of having<Reference>('reference', entries)) {
        // Consent.provision.actor has a Reference of that name.
        if (typeof reference !== 'string' || reference.startsWith('#')) continue
        references++
        assert.ok(known.has(reference), `${name}: ${reference}`)
      }
    }
    assert.ok(references > 3000, `${references}`)
  })
})

describe('identifiers of the seed', () => {
  it('are judged by rules that reject published wrong numbers', () => {
    assert.ok(checks.rrn('9710139019902') && !checks.rrn('9710139019903'))
    assert.ok(checks.iin('990101100000') && checks.iin('061211600012'))
    assert.ok(!checks.iin('990101100001'))
    assert.ok(checks.snils('11223344595') && !checks.snils('11223344596'))
    assert.ok(checks.snils('99999998900') && checks.snils('90000006800'))
    assert.ok(checks.enp('9900000000000002') && !checks.enp('1234567890123453'))
  })

  it('pass their check digits and belong to nobody', () => {
    const counts = new Map<string, number>()
    for (const one of having<{ identifier?: unknown }>('identifier')) {
      for (const { system = '', value = '' } of [one.identifier].flat() as Identifier[]) {
        const rule = rules.find(([pattern]) => pattern.test(system))?.[1]
        assert.ok(rule !== undefined, `no rule for ${system}`)
        assert.match(value, rule.form, system)
        assert.match(value, rule.nobody, system)
        assert.ok(rule.check?.(value) ?? true, `${system} ${value}`)
        counts.set(system, (counts.get(system) ?? 0) + 1)
      }
    }
    const of = (part: string) =>
      [...counts].reduce((sum, [system, n]) => sum + (system.includes(part) ? n : 0), 0)
    assert.ok(of('rrn') >= 12 && of('iin') >= 18 && of('snils') >= 24 && of('.228') >= 24)
    assert.ok(of('passport-KOR') > 0 && of('passport-RUS') > 0 && of('passport-KAZ') > 0)
  })

  it('are one patient’s each, but for a passport shown at two places', () => {
    const owners = new Map<string, string[]>()
    for (const patient of all('Patient')) {
      for (const { system, value } of patient.identifier ?? []) {
        const key = `${system}|${value}`
        owners.set(key, [...(owners.get(key) ?? []), patient.id ?? ''])
      }
    }
    const shared = [...owners].filter(([, ids]) => ids.length > 1)
    assert.equal(shared.length, 3)
    for (const [key, [home, abroad]] of shared) {
      assert.match(key, /passport-/)
      assert.equal(abroad, `${home}-busan`)
    }
  })

  it('go with telephones and mail that reach nobody', () => {
    for (const one of having<{ telecom: Patient['telecom'] }>('telecom')) {
      for (const { system, value = '' } of one.telecom ?? []) {
        assert.match(value, system === 'email' ? /@example\.org$/ : /^\+\d+-(000|10-0000)-/)
      }
    }
  })
})

describe('people of the seed', () => {
  it('have what KR Core asks of a patient', () => {
    for (const patient of all('Patient')) {
      assert.ok(patient.gender !== undefined && patient.birthDate !== undefined, nameOf(patient))
      for (const name of patient.name ?? []) assert.ok(name.text !== undefined, nameOf(patient))
      for (const one of patient.identifier ?? [])
        assert.ok(one.system && one.value, nameOf(patient))
    }
  })

  it('can be found in Hangul, Cyrillic and Latin', () => {
    const scripts = [/^[가-힣 ]+$/, /^[А-ЯЁа-яё ]+$/, /^[A-Za-z ]+$/]
    const written = (patient: Patient) =>
      scripts.filter((script) => patient.name?.some((name) => script.test(name.text ?? '')))
    const everywhere = all('Patient').filter((patient) => written(patient).length === 3)
    assert.ok(everywhere.some((patient) => patient.id === 'kim-aleksei'))
    for (const patient of all('Patient')) {
      assert.ok(
        patient.name?.some((name) => scripts[2]?.test(name.text ?? '')),
        nameOf(patient),
      )
    }
  })
})

describe('measurements of the seed', () => {
  it('keep the digits that a laboratory writes', () => {
    const values: string[] = []
    for (const { text } of stories) {
      JSON.parse(text, (key, value: unknown, context?: { source?: string }) => {
        if (key === 'value' && typeof value === 'number') values.push(context?.source ?? '')
        return value
      })
    }
    assert.ok(values.filter((source) => /\.\d*0$/.test(source)).length > 300)
    assert.ok(values.every((source) => /^-?\d+(\.\d{1,3})?$/.test(source)))
  })

  it('use one unit per LOINC code', () => {
    const units = new Map<string, Set<string>>()
    for (const { code, valueQuantity } of all('Observation')) {
      const loinc = code.coding?.find(({ system }) => system === 'http://loinc.org')?.code
      if (loinc === undefined || valueQuantity === undefined) continue
      assert.equal(valueQuantity.system, 'http://unitsofmeasure.org')
      units.set(loinc, (units.get(loinc) ?? new Set()).add(valueQuantity.code ?? ''))
    }
    const several = [...units].filter(([, codes]) => codes.size > 1).map(([loinc]) => loinc)
    // Haemoglobin is a mass concentration in g/dL as in g/L; body weight is g for newborns.
    assert.deepEqual(several.sort(), ['29463-7', '718-7'])
  })

  it('report SI units in Russia and Kazakhstan, mass units in Korea', () => {
    for (const one of all('Observation')) {
      const region = one.meta?.tag?.find(({ system }) => system === 'urn:iso:std:iso:3166')?.code
      const unit = one.valueQuantity?.code
      assert.ok(region !== undefined, nameOf(one))
      if (unit === 'mg/dL' || unit === 'g/dL') assert.equal(region, 'KR', nameOf(one))
      if (unit === 'umol/L' || unit === 'g/L') assert.notEqual(region, 'KR', nameOf(one))
    }
  })

  it('are interpreted as their reference range says', () => {
    let judged = 0
    for (const one of all('Observation')) {
      const value = one.valueQuantity?.value
      const range = one.referenceRange?.[0]
      const said = one.interpretation?.[0]?.coding?.[0]?.code
      if (value === undefined || range === undefined) continue
      const low = range.low?.value ?? -Infinity
      const high = range.high?.value ?? Infinity
      assert.equal(said, value < low ? 'L' : value > high ? 'H' : 'N', nameOf(one))
      judged++
    }
    assert.ok(judged > 400)
  })

  it('derive the body mass index from the height and weight they name', () => {
    const byName = new Map(resources.map((one) => [nameOf(one), one]))
    const figure = (reference?: Reference) =>
      (byName.get(reference?.reference ?? '') as Observation).valueQuantity?.value ?? NaN
    const indices = all('Observation').filter(({ code }) => code.coding?.[0]?.code === '39156-5')
    for (const { derivedFrom, valueQuantity, id } of indices) {
      const bmi = figure(derivedFrom?.[1]) / (figure(derivedFrom?.[0]) / 100) ** 2
      assert.ok(Math.abs(bmi - (valueQuantity?.value ?? NaN)) <= 0.051, `${id}`)
    }
    assert.ok(indices.length >= 30)
  })
})

describe('stories of the seed', () => {
  const reports = all('DiagnosticReport')

  it('let check-up visits be compared', () => {
    const visits = reports.filter(({ code }) => code.coding?.[0]?.code === 'korean-checkup')
    const people = visits.map(({ subject }) => subject?.reference)
    const twice = new Set(people.filter((one, i) => people.indexOf(one) !== i))
    assert.ok(visits.length >= 30 && twice.size >= 8)
    for (const { result } of visits) assert.ok((result?.length ?? 0) >= 19)
  })

  it('hold kit runs with reader, sample and a failed run', () => {
    const byReader = all('Observation').filter(({ device }) =>
      device?.reference?.startsWith('Device/reader-'),
    )
    const failed = byReader.filter(
      (one) => one.dataAbsentReason?.coding?.[0]?.code === 'error' && !('valueQuantity' in one),
    )
    assert.ok(byReader.length > 80 && failed.length >= 1)
    for (const one of byReader) assert.ok(one.specimen !== undefined, nameOf(one))
    const little = all('Specimen').filter(({ collection }) => collection?.quantity?.code === 'uL')
    assert.ok(little.length > 15)
    assert.ok(byReader.some(({ valueQuantity }) => valueQuantity?.comparator === '<'))
    assert.ok(byReader.some(({ hasMember }) => (hasMember?.length ?? 0) >= 9))
    assert.ok(all('Communication').length >= 3)
  })

  it('hold remote readings at every point of the way', () => {
    const readings = reports.filter(({ imagingStudy }) => imagingStudy !== undefined)
    const states = new Set(readings.map(({ status }) => status))
    assert.deepEqual([...states].sort(), ['amended', 'final', 'preliminary'])
    const tasks = new Set(all('Task').map(({ status }) => status))
    for (const status of ['requested', 'in-progress', 'rejected', 'completed'] as const) {
      assert.ok(tasks.has(status), status)
    }
    const marked = all('Observation').filter(({ id }) => id?.endsWith('-ai'))
    assert.ok(marked.length >= 4)
    for (const one of marked) assert.equal(one.status, 'preliminary', nameOf(one))
  })

  it('leave the film to Busan where it was sent there', () => {
    for (const { subject, started, description } of all('ImagingStudy')) {
      if (description?.startsWith('XR') !== true) continue
      const own = all('Observation').filter(
        ({ id, subject: whose, effectiveDateTime }) =>
          id?.endsWith('-chest-xray') === true &&
          whose?.reference === subject.reference &&
          effectiveDateTime?.slice(0, 10) === started?.slice(0, 10),
      )
      assert.deepEqual(own, [])
    }
  })

  it('hold three newborns with their mothers, bilirubin series and Apgar scores', () => {
    const mothers = all('RelatedPerson')
    assert.equal(mothers.length, 3)
    for (const { patient } of mothers) {
      const own = all('Observation').filter(
        ({ subject }) => subject?.reference === patient.reference,
      )
      const loinc = own.map(({ code }) => code.coding?.[0]?.code)
      for (const code of ['8339-4', '11884-4', '9272-6', '9274-2', '2708-6', '8328-7']) {
        assert.ok(loinc.includes(code), code)
      }
      assert.ok(loinc.filter((code) => code === '14631-6').length >= 4)
    }
  })

  it('hold virtual visits of the ship', () => {
    const virtual = all('Encounter').filter((one) => one.class.code === 'VR')
    assert.equal(virtual.length, 6)
  })

  it('hold consents to tell apart, each naming who may see the data', () => {
    const consents = all('Consent')
    const has = (test: (one: Consent) => boolean) => consents.some(test)
    for (const one of consents) {
      const actor = one.provision?.actor?.[0]?.reference.reference ?? ''
      assert.match(actor, /^Organization\//, nameOf(one))
    }
    assert.ok(has(({ provision }) => provision?.type === 'deny'))
    assert.ok(has(({ status }) => status === 'inactive'))
    assert.ok(has(({ provision }) => (provision?.period?.end ?? '') < '2025-12-31'))
    assert.ok(has(({ provision }) => provision?.dataPeriod !== undefined))
    assert.ok(has(({ provision }) => provision?.provision?.[0]?.type === 'deny'))
    assert.ok(has(({ provision }) => provision?.purpose?.[0]?.code === 'HRESCH'))
  })

  it('give travellers a record that a summary can be made of', () => {
    const about = (one: { subject?: Reference; patient?: Reference }) =>
      (one.subject ?? one.patient)?.reference
    for (const type of [
      'Condition',
      'MedicationStatement',
      'AllergyIntolerance',
      'Immunization',
    ] as const) {
      assert.ok(
        all(type).some((one) => about(one) === 'Patient/kim-aleksei'),
        type,
      )
      assert.ok(all(type).length >= 9, type)
    }
  })
})
