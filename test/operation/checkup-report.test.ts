// $checkup-report: bands at each bound, the report and its page, its languages and units, and what is refused.
import assert from 'node:assert/strict'
import { SaxesParser } from 'saxes'
import { checkXhtml } from '../../src/validation/xhtml.ts'
import { onBothStores, type Answer, type TestServer } from '../support/server.ts'

const UCUM = 'http://unitsofmeasure.org'
const OWN = 'http://ieum.example/fhir/CodeSystem'
const BAND = `${OWN}/checkup-band`
const TRANSLATION = 'http://hl7.org/fhir/StructureDefinition/translation'

const quantity = (value: number, code: string) => ({ value, unit: code, system: UCUM, code })
const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] })

type Fields = Record<string, any>

const observation = (id: string, visit: string, patient: string, fields: Fields): Fields => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [
    {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/observation-category',
          code: 'laboratory',
        },
      ],
    },
  ],
  subject: { reference: `Patient/${patient}` },
  encounter: { reference: `Encounter/${visit}` },
  effectiveDateTime: '2026-03-24T08:10:00+03:00',
  ...fields,
})

const visit = (id: string, patient: string, day = '2026-03-24', organization = 'centre') => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
  type: [{ coding: [{ system: `${OWN}/encounter-type`, code: 'korean-checkup' }] }],
  subject: { reference: `Patient/${patient}` },
  period: { start: `${day}T08:00:00+03:00` },
  serviceProvider: { reference: `Organization/${organization}` },
})

const put = async (server: TestServer, ...resources: readonly Fields[]): Promise<void> => {
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }))
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
  const { status, text } = await server.send('POST', '', bundle)
  assert.equal(status, 200, text.slice(0, 500))
}

const item = (report: Fields, id: string): Fields =>
  report.contained.find((one: Fields) => one.id === id)

const codesIn = (one: Fields, system: string): string[] =>
  (one.interpretation ?? []).flatMap(({ coding }: Fields) =>
    coding.filter((c: Fields) => c.system === system).map((c: Fields) => c.code),
  )

const bandOf = (report: Fields, id: string): string | undefined =>
  codesIn(item(report, id) ?? {}, BAND)[0]

const [A, B, S, NONE] = ['normal-a', 'normal-b', 'suspected', 'not-judged']

/** By item: LOINC code, unit, and values with their bands, as the table of the criteria has them. */
const LIMITS: Record<string, [string, string, Record<string, [number, string][]>]> = {
  bmi: [
    '39156-5',
    'kg/m2',
    {
      both: [
        [18.4, B],
        [18.5, A],
        [24.9, A],
        [25, B],
        [29.9, B],
        [30, S],
      ],
    },
  ],
  waist: [
    '8280-0',
    'cm',
    {
      male: [
        [89.9, A],
        [90, B],
      ],
      female: [
        [84.9, A],
        [85, B],
      ],
    },
  ],
  hemoglobin: [
    '718-7',
    'g/dL',
    {
      male: [
        [11.9, S],
        [12, B],
        [12.9, B],
        [13, A],
        [16.5, A],
        [16.6, NONE],
      ],
      female: [
        [9.9, S],
        [10, B],
        [11.9, B],
        [12, A],
        [15.5, A],
        [15.6, NONE],
      ],
    },
  ],
  'fasting-glucose': [
    '1558-6',
    'mg/dL',
    {
      both: [
        [99, A],
        [100, B],
        [125, B],
        [126, S],
        [125.4, B],
        [125.6, S],
      ],
    },
  ],
  'total-cholesterol': [
    '2093-3',
    'mg/dL',
    {
      both: [
        [199, A],
        [200, B],
        [239, B],
        [240, S],
      ],
    },
  ],
  hdl: [
    '2085-9',
    'mg/dL',
    {
      both: [
        [39, S],
        [40, B],
        [59, B],
        [60, A],
        [39.9, S],
      ],
    },
  ],
  triglyceride: [
    '2571-8',
    'mg/dL',
    {
      both: [
        [149, A],
        [150, B],
        [199, B],
        [200, S],
      ],
    },
  ],
  ldl: [
    '13457-7',
    'mg/dL',
    {
      both: [
        [129, A],
        [130, B],
        [159, B],
        [160, S],
      ],
    },
  ],
  ast: [
    '1920-8',
    'U/L',
    {
      both: [
        [40, A],
        [41, B],
        [50, B],
        [51, S],
      ],
    },
  ],
  alt: [
    '1742-6',
    'U/L',
    {
      both: [
        [35, A],
        [36, B],
        [45, B],
        [46, S],
      ],
    },
  ],
  ggt: [
    '2324-2',
    'U/L',
    {
      male: [
        [10, NONE],
        [11, A],
        [63, A],
        [64, B],
        [77, B],
        [78, S],
      ],
      female: [
        [7, NONE],
        [8, A],
        [35, A],
        [36, B],
        [45, B],
        [46, S],
      ],
    },
  ],
  creatinine: [
    '2160-0',
    'mg/dL',
    {
      both: [
        [1.5, A],
        [1.51, S],
        [1.6, S],
      ],
    },
  ],
  egfr: [
    '62238-1',
    'mL/min/{1.73_m2}',
    {
      both: [
        [60, A],
        [59.9, S],
        [59, S],
      ],
    },
  ],
  'bone-density': [
    '38263-0',
    '{T-score}',
    {
      both: [
        [-1, A],
        [-1.1, B],
        [-2.4, B],
        [-2.5, S],
      ],
    },
  ],
}

/** Systolic, diastolic: the worse of both counts. */
const PRESSURES: [number, number, string][] = [
  [119, 79, A],
  [120, 79, B],
  [119, 80, B],
  [139, 89, B],
  [140, 79, S],
  [119, 90, S],
]

const WORDS: [string, string][] = [
  ['음성(-)', A],
  ['отрицательно (−)', A],
  ['±', B],
  ['1+', S],
  ['+4', S],
  ['looks fine', NONE],
]

const pressure = (systolic: number, diastolic: number) => ({
  code: loinc('85354-9'),
  component: [
    { code: loinc('8480-6'), valueQuantity: quantity(systolic, 'mm[Hg]') },
    { code: loinc('8462-4'), valueQuantity: quantity(diastolic, 'mm[Hg]') },
  ],
})

onBothStores('$checkup-report', (server) => {
  const ask = (path: string, method = 'GET', body?: unknown, headers = {}): Promise<Answer> =>
    server().send(method, path, body, headers)
  const report = async (path: string, method = 'GET', body?: unknown): Promise<Fields> => {
    const { status, body: made, text } = await ask(path, method, body)
    assert.equal(status, 200, text.slice(0, 600))
    return made as Fields
  }

  before(async () => {
    const person = (id: string, fields: Fields) => ({ resourceType: 'Patient', id, ...fields })
    await put(
      server(),
      {
        resourceType: 'Organization',
        id: 'centre',
        name: 'Центр <чек-апа>',
        address: [{ country: 'RU' }],
      },
      {
        resourceType: 'Organization',
        id: 'busan',
        name: '부산 병원',
        address: [{ country: 'KR' }],
      },
      { resourceType: 'Practitioner', id: 'doctor' },
      person('male', { gender: 'male', birthDate: '1980-03-25' }),
      person('female', {
        gender: 'female',
        birthDate: '1980-03-24',
        name: [{ text: '김 & <script>' }, { family: 'Ким', given: ['Елена'] }],
      }),
      person('nobody', {}),
    )
  })

  for (const sex of ['male', 'female'])
    it(`judges each bound of the criteria, ${sex}`, async () => {
      const rounds = 6
      for (let round = 0; round < rounds; round++) {
        const id = `${sex}-${round}`
        const results: Fields[] = []
        const expected = new Map<string, string>()
        for (const [name, [code, unit, limits]] of Object.entries(LIMITS)) {
          const one = (limits.both ?? limits[sex])![round]
          if (one === undefined) continue
          expected.set(name, one[1])
          const valueQuantity = quantity(one[0], unit)
          results.push(observation(`${id}-${name}`, id, sex, { code: loinc(code), valueQuantity }))
        }
        const [systolic, diastolic, band] = PRESSURES[round]!
        expected.set('bp', band)
        results.push(observation(`${id}-bp`, id, sex, pressure(systolic, diastolic)))
        const [text, verdict] = WORDS[round]!
        expected.set('urine-protein', verdict)
        const words = { code: loinc('20454-5'), valueCodeableConcept: { text } }
        results.push(observation(`${id}-urine`, id, sex, words))
        await put(server(), visit(id, sex, '2026-02-10'), ...results)
        const made = await report(`/Encounter/${id}/$checkup-report?units=received`)
        for (const [name, wanted] of expected)
          assert.equal(
            bandOf(made, name),
            wanted,
            `${name} of ${id}: ${JSON.stringify(item(made, name))}`,
          )
      }
    })

  it('makes a report of its profile, with the criteria, marks translations, and touches no result', async () => {
    await put(
      server(),
      visit('first', 'female', '2025-03-20'),
      observation('first-glucose', 'first', 'female', {
        code: loinc('14771-0'),
        effectiveDateTime: '2025-03-20T08:10:00+03:00',
        valueQuantity: quantity(5.31, 'mmol/L'),
      }),
      visit('second', 'female'),
      observation('second-glucose', 'second', 'female', {
        code: loinc('14771-0'),
        valueQuantity: { ...quantity(5.6, 'mmol/L'), unit: 'ммоль/л' },
        referenceRange: [{ low: quantity(3.9, 'mmol/L'), high: quantity(6.1, 'mmol/L') }],
      }),
      observation('second-bp', 'second', 'female', pressure(145, 85)),
    )
    const made = await report('/Encounter/second/$checkup-report', 'POST')
    assert.equal(made.language, 'ru')
    assert.equal(made.status, 'preliminary')
    assert.deepEqual(
      made.conclusionCode.map((c: Fields) => c.coding[0].code),
      ['suspected-chronic'],
    )
    assert.match(made.extension[0].valueString, /건강검진 실시기준.*korean-checkup\|/)
    assert.deepEqual(made.performer, [{ reference: 'Organization/centre' }])

    const glucose = item(made, 'fasting-glucose')
    assert.deepEqual(glucose.derivedFrom, [{ reference: 'Observation/second-glucose' }])
    assert.equal(glucose.valueQuantity.value, 5.6)
    assert.deepEqual(codesIn(glucose, BAND), [B])
    assert.deepEqual(
      codesIn(glucose, 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'),
      ['N'],
    )
    const parts = Object.fromEntries(
      glucose.component.map((c: Fields) => [
        c.code.coding[0].code,
        c.valueQuantity?.value ?? c.valueDateTime,
      ]),
    )
    assert.deepEqual(parts, {
      previous: 5.31,
      difference: 0.3,
      'previous-date': '2025-03-20T08:10:00+03:00',
    })

    assert.match(made.conclusion, /Подозрение на гипертонию или диабет/)
    const languages = made._conclusion.extension.map((e: Fields) => {
      assert.equal(e.url, TRANSLATION)
      return e.extension[0].valueCode
    })
    assert.deepEqual(languages, ['en', 'ko', 'kk'])

    assert.equal(checkXhtml(made.text.div), undefined)
    assert.match(made.text.div, /lang="ru"/)
    assert.match(made.text.div, /Ким Елена/)
    const issues = await server().context.validator.check(made)
    assert.deepEqual(
      issues.filter(({ severity }) => severity === 'error'),
      [],
    )

    const stored = await ask(`/DiagnosticReport/${made.id}`)
    assert.deepEqual(stored.body, made)
    const kept = await ask('/Observation/second-glucose')
    assert.equal(kept.body.meta.versionId, '1')
    assert.equal(kept.body.valueQuantity.unit, 'ммоль/л')
  })

  it('holds what claims its profile to it, without a package', async () => {
    const made = await report('/Encounter/second/$checkup-report')
    const others = made.extension.slice(1)
    const { status, body } = await ask('/DiagnosticReport', 'POST', { ...made, extension: others })
    assert.equal(status, 422)
    assert.deepEqual(body.issue[0].expression, ['DiagnosticReport.extension'])
  })

  it('shows the units that are asked for, with what was received beside', async () => {
    const made = await report('/Encounter/second/$checkup-report?language=ko&units=conventional')
    assert.equal(made.id, undefined)
    const { code, valueQuantity, component } = item(made, 'fasting-glucose')
    // As exact as 5.6 is, and no more.
    assert.equal(valueQuantity.value, 101)
    assert.equal(valueQuantity.code, 'mg/dL')
    assert.ok(code.coding.some((c: Fields) => c.code === '1558-6'))
    assert.deepEqual(valueQuantity.extension[0].valueQuantity, {
      ...quantity(5.6, 'mmol/L'),
      unit: 'ммоль/л',
    })
    assert.equal(component[0].valueQuantity.value, 95.7)
    assert.match(made.conclusion, /공복혈당/)
    assert.match(made.text.div, /101 mg\/dL/)
  })

  it('takes the units and the language of the country, and of Accept-Language', async () => {
    await put(
      server(),
      visit('korean', 'male', '2026-04-01', 'busan'),
      observation('korean-hdl', 'korean', 'male', {
        code: loinc('14646-4'),
        valueQuantity: quantity(1.0, 'mmol/L'),
      }),
    )
    const made = await report('/Encounter/korean/$checkup-report')
    assert.equal(made.language, 'ko')
    assert.equal(item(made, 'hdl').valueQuantity.code, 'mg/dL')
    const { body } = await ask('/Encounter/korean/$checkup-report', 'GET', undefined, {
      'accept-language': 'de, kk-KZ;q=0.8',
    })
    assert.equal(body.language, 'kk')
    assert.equal(body.code.text, 'Корей чек-абының қорытындысы')
  })

  it('knows the units that laboratories write, as the programme has them', async () => {
    const written: [string, string, Fields, string][] = [
      ['ast', '1920-8', { value: 51, unit: 'IU/L' }, S],
      ['alt', '1742-6', { value: 36, system: UCUM, code: '[IU]/L' }, B],
      ['egfr', '33914-3', { value: 61, unit: 'мл/мин/1,73 м²' }, A],
      ['bone-density', '38263-0', { value: -2.6, unit: 'T-score', system: UCUM, code: '1' }, S],
      ['hemoglobin', '718-7', { value: 129, unit: 'г/л' }, B],
      ['creatinine', '14682-9', { value: 133, unit: 'мкмоль/л' }, S],
    ]
    await put(
      server(),
      visit('written', 'male'),
      ...written.map(([id, code, valueQuantity]) =>
        observation(`written-${id}`, 'written', 'male', { code: loinc(code), valueQuantity }),
      ),
    )
    const made = await report('/Encounter/written/$checkup-report')
    for (const [id, , , band] of written) assert.equal(bandOf(made, id), band, id)
  })

  it('names what it can not judge, and why, and guesses nothing', async () => {
    const results: [string, Fields][] = [
      ['waist', { code: loinc('8280-0'), valueQuantity: quantity(80, 'cm') }],
      ['glucose', { code: loinc('1558-6'), valueQuantity: { value: 99, unit: 'spoons' } }],
      ['hdl', { code: loinc('2085-9'), valueQuantity: quantity(70, 'kg') }],
      ['ast', { code: loinc('1920-8'), valueQuantity: { value: 30 } }],
      [
        'ldl',
        { code: loinc('13457-7'), status: 'preliminary', valueQuantity: quantity(100, 'mg/dL') },
      ],
      [
        'alt',
        { code: loinc('1742-6'), valueQuantity: { ...quantity(30, 'U/L'), comparator: '<' } },
      ],
      [
        'tg',
        { code: loinc('2571-8'), valueQuantity: { ...quantity(180, 'mg/dL'), comparator: '<' } },
      ],
      ['bp', { code: loinc('85354-9'), component: [pressure(110, 70).component[0]] }],
      ['egfr', { code: loinc('33914-3'), dataAbsentReason: { text: 'error' } }],
      [
        'phq9',
        {
          code: loinc('44261-6'),
          valueQuantity: quantity(4, '{score}'),
          meta: {
            security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }],
          },
        },
      ],
      [
        'wrong',
        {
          code: loinc('2093-3'),
          status: 'entered-in-error',
          valueQuantity: quantity(300, 'mg/dL'),
        },
      ],
    ]
    await put(
      server(),
      visit('odd', 'nobody'),
      ...results.map(([id, fields]) => observation(`odd-${id}`, 'odd', 'nobody', fields)),
    )
    const made = await report('/Encounter/odd/$checkup-report?language=en')
    const reasons = new Map<string, string>(
      made.contained.map((one: Fields) => [
        one.id,
        one.interpretation?.find((i: Fields) => i.coding[0].system === BAND)?.text,
      ]),
    )
    assert.deepEqual(Object.fromEntries(reasons), {
      waist: 'the sex is not known',
      'fasting-glucose': 'the unit is not known or does not fit',
      hdl: 'the unit is not known or does not fit',
      ast: 'the unit is missing',
      ldl: 'the result is not final yet',
      alt: 'Normal A',
      triglyceride: 'the value is only bounded',
      bp: 'one of the two values is missing',
      egfr: 'there is no value',
    })
    assert.match(made.conclusion, /Not judged: .*Waist circumference \(the sex is not known\)/)
    assert.doesNotMatch(JSON.stringify(made), /44261-6|odd-wrong/)
  })

  it('brings a report up to date, and leaves alone what somebody answers for', async () => {
    const glucose = (value: number) =>
      observation('kept-glucose', 'kept', 'male', {
        code: loinc('1558-6'),
        valueQuantity: quantity(value, 'mg/dL'),
      })
    await put(server(), visit('kept', 'male'), glucose(90))
    const path = '/Encounter/kept/$checkup-report?language=ko'
    const first = await report(path, 'POST')
    assert.equal((await report(path, 'POST')).meta.versionId, '1')
    await put(server(), glucose(130))
    const second = await report(path, 'POST')
    assert.deepEqual([second.id, second.meta.versionId], [first.id, '2'])
    assert.equal(bandOf(second, 'fasting-glucose'), S)
    assert.equal((await ask(`/DiagnosticReport/${first.id}/_history/1`)).status, 200)

    const final = await report(`${path}&status=final&interpreter=Practitioner/doctor`, 'POST')
    assert.equal(final.status, 'final')
    assert.deepEqual(final.resultsInterpreter, [{ reference: 'Practitioner/doctor' }])
    assert.equal((await report(path, 'POST')).meta.versionId, '3')
    await put(server(), glucose(120))
    const refused = await ask(path, 'POST')
    assert.equal(refused.status, 409)
    assert.deepEqual(refused.body.issue[0].expression, ['interpreter'])
    const parameters = {
      resourceType: 'Parameters',
      parameter: [{ name: 'interpreter', valueReference: { reference: 'Practitioner/doctor' } }],
    }
    const amended = await report(path, 'POST', parameters)
    assert.deepEqual([amended.status, amended.meta.versionId], ['amended', '4'])
    const other = await report('/Encounter/kept/$checkup-report?language=ru', 'POST')
    assert.notEqual(other.id, first.id)
    const shown = await report('/Encounter/kept/$checkup-report?language=kk&persist=false', 'POST')
    assert.equal(shown.id, undefined)
    const all = await ask('/DiagnosticReport?encounter=Encounter/kept&_total=accurate')
    assert.equal(all.body.total, 2)
  })

  it('gives a page to print, with a chart for each course and nothing that runs', async () => {
    const { status, headers, text } = await ask(
      '/Encounter/second/$checkup-report?language=ko&_format=html',
    )
    assert.equal(status, 200)
    assert.match(headers.get('content-type') ?? '', /^text\/html/)
    assert.match(
      headers.get('content-security-policy') ?? '',
      /^default-src 'none'; style-src 'sha256-/,
    )
    assert.match(text, /^<!DOCTYPE html>/)
    assert.match(text, /<polyline points=/)
    // Its parser throws at the first tag that isn't closed or nested as it should.
    new SaxesParser().write(text).close()
    assert.match(text, /김 &amp; &lt;script&gt;/)
    assert.match(text, /Центр &lt;чек-апа&gt;/)
    assert.doesNotMatch(text, /<script|javascript:|https?:\/\/(?!www\.w3\.org|ieum\.example)/)
    const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
    const shown = await ask('/Encounter/second/$checkup-report', 'GET', undefined, browser)
    assert.match(shown.text, /^<!DOCTYPE html>\n<html lang="ru">/)
    const made = await report('/Encounter/second/$checkup-report?language=ko')
    const [form] = made.presentedForm
    assert.deepEqual([form.contentType, form.language], ['text/html; charset=utf-8', 'ko'])
    assert.match(Buffer.from(form.data, 'base64').toString(), /<svg/)
    assert.equal((await ask('/Encounter/second?_format=html')).status, 406)
  })

  it('finds the visit of a patient by its day, and the last one', async () => {
    const last = await report('/Patient/female/$checkup-report')
    assert.equal(last.encounter.reference, 'Encounter/second')
    const first = await report('/Patient/female/$checkup-report?date=2025-03-20')
    assert.equal(first.encounter.reference, 'Encounter/first')
    // Where it was, that day had begun; in UTC it hadn't.
    const early = {
      ...visit('early', 'female'),
      period: { start: '2025-10-14T08:00:00+09:00', end: '2025-10-14T16:00:00+09:00' },
    }
    const value = { code: loinc('1920-8'), valueQuantity: quantity(20, 'U/L') }
    await put(server(), early, observation('early-ast', 'early', 'female', value))
    const east = await report('/Patient/female/$checkup-report?date=2025-10-14')
    assert.equal(east.encounter.reference, 'Encounter/early')
    const none = await ask('/Patient/female/$checkup-report?date=2020-01-01')
    assert.equal(none.status, 422)
    assert.deepEqual(none.body.issue[0].expression, ['date'])
  })

  it('refuses what it can not do, and says what would be right', async () => {
    const members = [{ reference: 'Observation/second-bp' }]
    const group = observation('group', 'groups', 'male', {
      code: loinc('85353-1'),
      hasMember: members,
    })
    await put(server(), visit('empty', 'male'), visit('groups', 'male'), group)
    const refusals: [string, string, number, string | undefined][] = [
      ['POST', '/Encounter/nothing/$checkup-report', 404, undefined],
      ['POST', '/Encounter/empty/$checkup-report', 422, 'Observation.encounter'],
      ['POST', '/Encounter/groups/$checkup-report', 422, 'Observation.hasMember'],
      ['GET', '/Encounter/second/$checkup-report?language=de', 400, 'language'],
      ['GET', '/Encounter/second/$checkup-report?units=stones', 400, 'units'],
      ['GET', '/Encounter/second/$checkup-report?date=2025-03-20', 400, 'date'],
      ['GET', '/Encounter/second/$checkup-report?lang=ko', 400, 'lang'],
      ['GET', '/Patient/female/$checkup-report?date=yesterday', 400, 'date'],
      ['POST', '/Encounter/second/$checkup-report?status=final', 400, 'interpreter'],
      ['POST', '/Encounter/second/$checkup-report?status=amended', 400, 'status'],
      ['POST', '/Encounter/second/$checkup-report?interpreter=Patient/male', 400, 'interpreter'],
      [
        'POST',
        '/Encounter/second/$checkup-report?programme=http://example.org/none',
        404,
        'programme',
      ],
      ['PUT', '/Encounter/second/$checkup-report', 405, undefined],
      ['POST', '/Observation/second-bp/$checkup-report', 404, undefined],
    ]
    for (const [method, path, status, expression] of refusals) {
      const { status: found, body, text } = await ask(path, method)
      assert.equal(found, status, `${method} ${path}: ${text}`)
      assert.equal(body.resourceType, 'OperationOutcome')
      if (expression !== undefined) assert.deepEqual(body.issue[0].expression, [expression], path)
    }
  })

  it('judges by another programme, whose bands are data', async () => {
    const base = 'http://example.org/fhir'
    const band = (code: string, range: Fields, age: Fields) => ({
      range,
      age,
      context: { coding: [{ system: BAND, code }] },
    })
    const years = (low: number, high: number) => ({
      low: quantity(low, 'a'),
      high: quantity(high, 'a'),
    })
    await put(
      server(),
      {
        resourceType: 'ActivityDefinition',
        id: 'own',
        url: `${base}/ActivityDefinition/own`,
        status: 'active',
        contained: [
          {
            resourceType: 'ObservationDefinition',
            id: 'rate',
            code: loinc('8867-4'),
            quantitativeDetails: {
              unit: { coding: [{ system: UCUM, code: '/min' }] },
              decimalPrecision: 0,
            },
            qualifiedInterval: [
              band('suspected', { low: quantity(80, '/min') }, years(18, 45)),
              band('normal-a', { high: quantity(79, '/min') }, years(18, 45)),
              band('normal-a', { high: quantity(99, '/min') }, years(46, 120)),
            ],
          },
        ],
        observationResultRequirement: [{ reference: '#rate' }],
      },
      {
        resourceType: 'PlanDefinition',
        id: 'own',
        url: `${base}/PlanDefinition/own`,
        version: '3',
        title: 'Own criteria, 2026',
        status: 'active',
        action: [{ definitionCanonical: `${base}/ActivityDefinition/own` }],
      },
      // One has a birthday on the day of the visit, the other on the next.
      ...['male', 'female'].flatMap((sex) => [
        visit(`own-${sex}`, sex),
        observation(`own-${sex}`, `own-${sex}`, sex, {
          code: loinc('8867-4'),
          valueQuantity: quantity(85, '/min'),
        }),
      ]),
    )
    const path = (sex: string) =>
      `/Encounter/own-${sex}/$checkup-report?programme=${base}/PlanDefinition/own`
    const male = await report(path('male'))
    assert.equal(bandOf(male, 'rate'), S)
    assert.match(male.extension[0].valueString, /^Own criteria, 2026; .*\|3$/)
    assert.equal(bandOf(await report(path('female')), 'rate'), A)
  })
})
