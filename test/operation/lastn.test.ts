// Observation/$lastn: the newest of each code, as the operation's definition has it, on any search of Observations.
// https://hl7.org/fhir/R4/operation-observation-lastn.html
import assert from 'node:assert/strict'
import { entry, observation, transact } from '../interaction/bundles.ts'
import { onBothStores, type Answer } from '../support/server.ts'

const LOINC = 'http://loinc.org'
const SNOMED = 'http://snomed.info/sct'
const category = (code: string) => [
  {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }],
  },
]
const vital = category('vital-signs')
const code = (...codes: string[]) => ({
  coding: codes.map((c) => ({ system: c.includes('-') ? LOINC : SNOMED, code: c })),
})

/** By id: pulse p, weight w (in two code systems), temperature t, words x. */
const RECORDS: Record<string, object> = {
  p1: { category: vital, code: code('8867-4'), effectiveDateTime: '2024-01-01' },
  p2: { category: vital, code: code('8867-4'), effectiveDateTime: '2024-02-01' },
  p3: { category: vital, code: code('8867-4'), effectiveDateTime: '2024-03-01' },
  p4: { category: vital, code: code('8867-4'), effectiveDateTime: '2024-03-01' },
  p5: {
    category: vital,
    code: code('8867-4'),
    effectiveDateTime: '2024-04-01',
    status: 'entered-in-error',
  },
  w1: { category: vital, code: code('29463-7'), effectiveDateTime: '2024-01-05' },
  w2: { category: vital, code: code('29463-7', '27113001'), effectiveDateTime: '2024-01-04' },
  w3: { category: vital, code: code('27113001'), effectiveDateTime: '2024-01-06' },
  t1: {
    category: category('exam'),
    code: code('8310-5'),
    effectiveInstant: '2024-05-01T00:00:00Z',
  },
  x1: { category: category('exam'), code: { text: 'Gait' }, effectiveDateTime: '2024-01-02' },
  x2: { category: category('exam'), code: { text: 'gait' }, effectiveDateTime: '2024-01-03' },
  x3: { category: category('exam'), code: { text: 'Gait' }, effectiveDateTime: '2024-01-01' },
  u1: { category: category('exam'), code: code('3141-9') },
}

onBothStores('lastn', (server) => {
  before(async () => {
    const resources = ['a', 'b'].flatMap((p) => [
      entry(`PUT Patient/${p}`, {
        resourceType: 'Patient',
        id: p,
        identifier: [{ system: 'urn:mrn', value: p }],
      }),
      // Of the other patient the pulse alone, newer than all.
      ...Object.entries(RECORDS)
        .filter(([id]) => p === 'a' || id.startsWith('p'))
        .map(([id, record]) =>
          entry(
            `PUT Observation/${p === 'a' ? id : `b-${id}`}`,
            observation({
              id: p === 'a' ? id : `b-${id}`,
              subject: { reference: `Patient/${p}` },
              ...record,
              ...(p === 'b' ? { effectiveDateTime: '2025-01-01' } : {}),
            }),
          ),
        ),
    ])
    const answer = await transact(server(), resources)
    assert.equal(answer.status, 200, answer.text)
  })

  const get = (query: string, headers = {}) =>
    server().send('GET', `/Observation/$lastn?${query}`, undefined, headers)
  const ids = (answer: Answer): string[] => {
    assert.equal(answer.status, 200, answer.text)
    return (answer.body.entry ?? [])
      .filter((e: any) => e.search.mode === 'match')
      .map((e: any) => e.resource.id)
  }

  const cases: [string, string, string[]][] = [
    ['the last of each code', 'patient=a&category=vital-signs', ['p5', 'w3']],
    ['more of each', 'patient=a&category=vital-signs&max=2', ['p5', 'p3', 'p4', 'w3', 'w1']],
    ['those of one time with the last', 'subject=Patient/a&code=8867-4&max=3', ['p5', 'p3', 'p4']],
    ['by status', 'patient=a&code=8867-4&status=final', ['p3', 'p4']],
    ['as far as it selects', 'patient=a&code=8867-4&date=lt2024-02-15', ['p2']],
    ['codes that another one ties', 'patient=a&code=29463-7,27113001&max=9', ['w3', 'w1', 'w2']],
    ['texts as they are', 'patient=a&code:text=gait', ['x2', 'x1']],
    ['undated ones behind', 'patient=a&category=exam', ['t1', 'x2', 'x1', 'u1']],
    ['by a chain', 'patient.identifier=urn:mrn|a&code=8867-4&status=final', ['p3', 'p4']],
    ['of each subject', 'subject:Patient.identifier=urn:mrn|&code=8310-5,27113001', ['t1', 'w3']],
    ['nothing', 'patient=nobody&category=vital-signs', []],
  ]
  for (const [title, query, expected] of cases)
    it(`gives ${title}`, async () => {
      const answer = await get(query)
      assert.deepEqual(ids(answer), expected)
      assert.equal(answer.body.total, expected.length)
      assert.deepEqual(server().context.validator.validate(answer.body), [])
    })

  it('keeps the groups of two subjects apart', async () => {
    const found = ids(await get('subject=Patient/a,Patient/b&code=8867-4&status=final'))
    assert.deepEqual(found, ['b-p1', 'b-p2', 'b-p3', 'b-p4', 'p3', 'p4'])
  })

  it('takes its parameters in a body', async () => {
    const answer = await server().send('POST', '/Observation/$lastn', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'max', valuePositiveInt: 2 },
        { name: 'patient', valueString: 'a' },
        { name: 'code', valueString: `${LOINC}|8867-4` },
      ],
    })
    assert.deepEqual(ids(answer), ['p5', 'p3', 'p4'])
    assert.equal(
      answer.body.link[0].url,
      `${server().base}/Observation/$lastn?patient=a&code=http://loinc.org%7C8867-4&max=2`,
    )
  })

  it('comes page by page, while newer ones are written', async () => {
    const query = 'patient=a&category=vital-signs,exam&max=9&_count=4'
    const seen: string[] = []
    let answer = await get(query)
    for (let pages = 0; ; pages++) {
      assert.ok(pages < 10)
      seen.push(...ids(answer))
      const next = answer.body.link.find((l: any) => l.relation === 'next')?.url as string
      if (next === undefined) break
      const id = `new-${pages}`
      const written = await server().send(
        'PUT',
        `/Observation/${id}`,
        observation({
          id,
          category: vital,
          code: code('8867-4'),
          subject: { reference: 'Patient/a' },
          effectiveDateTime: `2025-01-0${pages + 1}`,
        }),
      )
      assert.equal(written.status, 201, written.text)
      answer = await server().send('GET', next)
    }
    const all = Object.keys(RECORDS)
    assert.deepEqual(seen.toSorted(), all.sort())
    for (let i = 0; i < 3; i++) await server().send('DELETE', `/Observation/new-${i}`)
  })

  it('brings what is included, counts only, and leaves elements out', async () => {
    const included = await get('patient=a&code=8867-4&_include=Observation:patient')
    assert.deepEqual(
      included.body.entry.map((e: any) => `${e.resource.resourceType} ${e.search.mode}`),
      ['Observation match', 'Patient include'],
    )
    const counted = await get('patient=a&category=vital-signs&_summary=count')
    assert.deepEqual([counted.body.total, counted.body.entry], [2, undefined])
    const some = await get('patient=a&code=8867-4&_elements=status')
    assert.equal(some.body.entry[0].resource.category, undefined)
  })

  const refused: [string, string, string][] = [
    ['no subject', 'category=vital-signs', 'Observation?patient'],
    ['no code', 'patient=a', 'Observation?code'],
    ['a subject that is missing', 'patient:missing=true&code=8867-4', 'Observation?patient'],
    ['all codes but some', 'patient=a&code:not=8867-4', 'Observation?code'],
    ['a max of nothing', 'patient=a&code=8867-4&max=0', 'max'],
    ['a max that is none', 'patient=a&code=8867-4&max=two', 'max'],
    ['two of them', 'patient=a&code=8867-4&max=1&max=2', 'max'],
    ['another order', 'patient=a&code=8867-4&_sort=date', 'Observation?_sort'],
    ['a value that is none', 'patient=a&code=8867-4&date=soon', 'Observation?date'],
    ['a page link of another search', 'patient=a&code=8867-4&_cursor=abc', '_cursor'],
  ]
  for (const [title, query, at] of refused)
    it(`refuses ${title}`, async () => {
      const answer = await get(query)
      assert.equal(answer.status, 400, answer.text)
      assert.deepEqual(answer.body.issue[0].expression, [at])
    })

  it('is not there for one Observation, nor for another type', async () => {
    for (const path of ['/Observation/p1/$lastn', '/Condition/$lastn', '/$lastn'])
      assert.equal((await server().send('GET', path)).status, 404)
  })
})
