// What no search can mean is refused with the parameter and the place in it; what only looks dangerous is searched for.
// https://hl7.org/fhir/R4/search.html#errors
import assert from 'node:assert/strict'
import { foldString } from '../../src/search/string.ts'
import { onBothStores, type Answer } from '../support/server.ts'

/** A query, the expression of the issue, and what its text must have. */
const REFUSED: readonly (readonly [query: string, expression: string, text: RegExp])[] = [
  // Values.
  ['Observation?date=soon', 'Observation?date', /"soon" is not a date/],
  ['Observation?date=2024-13', 'Observation?date', /"2024-13"/],
  ['Observation?date=2024-02-30', 'Observation?date', /"2024-02-30"/],
  ['Observation?date=2024-01-01T25:00', 'Observation?date', /T25:00/],
  ['Observation?date=gt', 'Observation?date', /"gt"/],
  ['Observation?date=xx2024', 'Observation?date', /eq ne gt lt ge le sa eb ap/],
  ['Observation?date=2024,2025,soon', 'Observation?date', /^Alternative 3 of 3: "soon"/],
  ['Observation?date=2024,,2025', 'Observation?date', /alternative 2 of 3/],
  ['Observation?date=2024&date=soon', 'Observation?date', /"soon"/],
  [
    'Observation?_lastUpdated=2024,gtsoon',
    'Observation?_lastUpdated',
    /Alternative 2 of 2: "soon"/,
  ],
  ['Observation?value-quantity=abc', 'Observation?value-quantity', /"abc" is not a quantity/],
  ['Observation?value-quantity=5|a|b|c', 'Observation?value-quantity', /number\|system\|code/],
  ['Observation?value-quantity=1e999', 'Observation?value-quantity', /1e999/],
  ['Observation?value-quantity=NaN', 'Observation?value-quantity', /NaN/],
  ['Observation?value-quantity=5 mg', 'Observation?value-quantity', /5 mg/],
  ['Observation?value-quantity=5,|u|mg', 'Observation?value-quantity', /Alternative 2 of 2/],
  ['RiskAssessment?probability=5..4', 'RiskAssessment?probability', /"5..4" is not a number/],
  ['RiskAssessment?probability=gt--5', 'RiskAssessment?probability', /"--5"/],
  ['Observation?code=|', 'Observation?code', /system\|code/],
  ['Observation?code=a,b|c|d', 'Observation?code', /Alternative 2 of 2: "b\|c\|d"/],
  ['Observation?code=,', 'Observation?code', /alternative 1 of 2/],
  ['Observation?subject=Patient/', 'Observation?subject', /Type\/id/],
  ['Observation?subject=Nothing/1', 'Observation?subject', /Nothing\/1/],
  ['Observation?subject=Patient/1,Patient/a b', 'Observation?subject', /Alternative 2 of 2/],
  ['Observation?combo-code-value-quantity=a', 'Observation?combo-code-value-quantity', /2 values/],
  ['Observation?combo-code-value-quantity=a$x', 'Observation?combo-code-value-quantity', /"x"/],
  ['Observation?combo-code-value-quantity=a$5$6', 'Observation?combo-code-value-quantity', /\$/],
  ['Patient?_id=a b', 'Patient?_id', /A-Z a-z 0-9/],
  ['Patient?_id=a,$b', 'Patient?_id', /Alternative 2 of 2/],
  ['Patient?_list=a/b', 'Patient?_list', /id of a List/],
  // Modifiers.
  ['Patient?name:exakt=x', 'Patient?name:exakt', /:exact/],
  ['Patient?name:contains:exact=x', 'Patient?name:contains:exact', /:contains/],
  ['Observation?date:exact=2024', 'Observation?date:exact', /:missing/],
  ['Observation?date:missing=maybe', 'Observation?date:missing', /true or false/],
  ['Observation?code:below=abc', 'Observation?code:below', /system\|code/],
  ['Observation?code:in=http://nowhere/vs', 'Observation?code:in', /http:\/\/nowhere\/vs/],
  ['Observation?code:of-type=a', 'Observation?code:of-type', /identifiers/],
  ['Patient?identifier:of-type=a|b', 'Patient?identifier:of-type', /system\|code\|value/],
  ['Observation?subject:Nothing=1', 'Observation?subject:Nothing', /resource type/],
  ['Observation?subject:Patient=Group/1', 'Observation?subject:Patient', /Group\/1/],
  ['ValueSet?url:exact=x', 'ValueSet?url:exact', /:above, :below/],
  ['?_type:not=Patient', '?_type:not', /no modifier/],
  ['Patient?_sort:desc=name', 'Patient?_sort:desc', /no modifier/],
  // Chains.
  ['Patient?name.given=x', 'Patient?name.given', /along references/],
  ['Observation?subject.nothing=x', 'Observation?subject.nothing', /"nothing"/],
  ['Observation?subject..name=x', 'Observation?subject..name', /parameter ""/],
  ['Observation?subject:.name=x', 'Observation?subject:.name', /resource type ""/],
  ['Observation?subject:Nothing.name=x', 'Observation?subject:Nothing.name', /"Nothing"/],
  ['Observation?subject:Device.name=x', 'Observation?subject:Device.name', /Device/],
  ['Observation?patient.birthdate=soon', 'Observation?patient.birthdate', /"soon"/],
  ['Observation?patient.name:nope=x', 'Observation?patient.name:nope', /":nope"/],
  ['Patient?_has:Observation:patient=x', 'Patient?_has:Observation:patient', /_has:Type/],
  ['Patient?_has:Observation:nope:code=x', 'Patient?_has:Observation:nope:code', /"nope"/],
  ['Patient?_has:Observation:code:code=x', 'Patient?_has:Observation:code:code', /reference/],
  ['Patient?_has:Nothing:patient:code=x', 'Patient?_has:Nothing:patient:code', /"Nothing"/],
  ['Patient?_has:Observation:patient:date=x', 'Patient?_has:Observation:patient:date', /"x"/],
  // Order, pages, form.
  ['Patient?_sort=nope', 'Patient?_sort', /"nope"/],
  ['Patient?_sort=name,-', 'Patient?_sort', /^Key 2 of 2/],
  ['Patient?_sort=--name', 'Patient?_sort', /did you mean name/],
  ['Observation?_sort=code-value-quantity', 'Observation?_sort', /by its parts/],
  ['Patient?_count=', 'Patient?_count', /0 or more/],
  ['Patient?_count=-1', 'Patient?_count', /"-1"/],
  ['Patient?_count=1e3', 'Patient?_count', /"1e3"/],
  ['Patient?_count=99999999999999', 'Patient?_count', /99999999999999/],
  ['Patient?_count=5&_count=6', 'Patient?_count', /once/],
  ['Patient?_total=maybe', 'Patient?_total', /accurate/],
  ['Patient?_summary=maybe', 'Patient?_summary', /count/],
  ['Patient?_include=Patient', 'Patient?_include', /Type:parameter/],
  ['Patient?_include=Patient:nope', 'Patient?_include', /"nope"; it has general-practitioner/],
  ['Patient?_include=Observation:subject', 'Patient?_include', /begin with Patient/],
  ['Patient?_include:nope=Patient:link', 'Patient?_include:nope', /:iterate/],
  ['Patient?_revinclude=Observation:subject:Device', 'Patient?_revinclude', /end with Patient/],
  ['Patient?_cursor=x', '_cursor', /page link/],
  ['Patient?_cursor=', '_cursor', /page link/],
  ['?_type=Patient,Nothing', '?_type', /"Nothing"/],
  // Filters.
  ['Patient?_filter=name', 'Patient?_filter', /At character 5 .* operator/],
  ['Patient?_filter=name eq', 'Patient?_filter', /At character 8 .* value/],
  ['Patient?_filter=name zz x', 'Patient?_filter', /At character 1 .*"zz" is no operator/],
  ['Patient?_filter=name eq x and nope eq y', 'Patient?_filter', /At character 15 .*"nope"/],
  ['Patient?_filter=(name eq x', 'Patient?_filter', /At character 11 .*"\)"/],
  ['Patient?_filter=name eq "x', 'Patient?_filter', /At character 9 .*quote/],
  ['Patient?_filter=birthdate eq soon', 'Patient?_filter', /At character 1 .*: "soon" is not/],
  ['Patient?_filter=birthdate co 1980', 'Patient?_filter', /At character 1 .*co can not/],
  [
    'Observation?_filter=patient[birthdate gt x].name eq y',
    'Observation?_filter',
    /character 9 .*"x"/,
  ],
  // History.
  ['Patient/_history?_count=x', '_count', /"x"/],
  ['Patient/_history?_since=soon', '_since', /"soon"/],
  ['Patient/_history?_at=', '_at', /instant/],
  ['Patient/_history?_sort=name', '_sort', /_sort/],
  ['_history?_cursor=x', '_cursor', /page link/],
]

/** What an expression, a pattern, a query language or an object would take for something else. */
const DANGEROUS = [
  '.*',
  'a.b',
  'aXb',
  '^a.b$',
  '(x+x+)+y',
  '[a-z]{1,9}',
  '\\d\\',
  '\\Qa\\E',
  '%',
  'a%b',
  'a_b',
  "o'neil",
  '"quoted"',
  "'; drop table resource; --",
  "' or '1'='1",
  '$ne',
  '{"$gt":""}',
  '{$where: "1"}',
  '__proto__',
  'constructor',
  'a|b',
  'a,b',
  'a$b',
  '<script>alert(1)</script>',
  '한글.*',
  `long ${'x'.repeat(5000)}`,
  `long ${'.*'.repeat(2500)}`,
]

const escaped = (value: string): string =>
  encodeURIComponent(value.replace(/[\\|,$]/g, (sign) => `\\${sign}`))
const urlOf = (value: string): string => `http://h.example/${value.replace(/[\s"<>]/g, '+')}`

onBothStores('bad input of a search', (server) => {
  const get = (path: string): Promise<Answer> =>
    server().send('GET', `${path.startsWith('?') ? '' : '/'}${encodeURI(path)}`)
  const idsOf = (answer: Answer): string[] => {
    assert.equal(answer.status, 200, answer.text)
    return (answer.body.entry ?? [])
      .filter((e: any) => e.search.mode === 'match')
      .map((e: any) => e.resource.id)
      .sort()
  }
  const form = (type: string, body: string): Promise<Answer> =>
    server().send('POST', `/${type}/_search`, body, {
      'content-type': 'application/x-www-form-urlencoded',
    })

  before(async () => {
    const entry = DANGEROUS.flatMap((value, i) => {
      const patient = {
        resourceType: 'Patient',
        id: `d${i}`,
        identifier: [{ system: 'urn:d', value }],
        address: [{ city: value }],
      }
      const set = { resourceType: 'ValueSet', id: `d${i}`, status: 'draft', url: urlOf(value) }
      return [patient, set].map((resource) => ({
        resource,
        request: { method: 'PUT', url: `${resource.resourceType}/d${i}` },
      }))
    })
    const answer = await server().send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry,
    })
    assert.equal(answer.status, 200, answer.text)
  })

  for (const [query, expression, text] of REFUSED)
    it(`${query} is refused at ${expression}`, async () => {
      const answer = await get(query)
      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.body.resourceType, 'OperationOutcome')
      assert.deepEqual(answer.body.issue[0].expression, [expression])
      assert.match(answer.body.issue[0].diagnostics as string, text)
    })

  it('is refused in a form, and in an entry of a batch, as in a URL', async () => {
    const posted = await form('Observation', 'date=2024%2Csoon')
    assert.equal(posted.status, 400)
    const batch = await server().send('POST', '', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'Observation?date=2024,soon' } }],
    })
    const [{ response }] = batch.body.entry
    assert.match(response.status as string, /^400/)
    assert.equal(response.outcome.issue[0].diagnostics, posted.body.issue[0].diagnostics)
  })

  DANGEROUS.forEach((value, i) => {
    it(`${value.slice(0, 30)} is only itself`, async () => {
      const search = (query: string) => server().send('GET', `/${query}&_count=100`)
      assert.deepEqual(idsOf(await search(`Patient?identifier=urn:d|${escaped(value)}`)), [`d${i}`])
      assert.deepEqual(idsOf(await search(`Patient?address-city:exact=${escaped(value)}`)), [
        `d${i}`,
      ])
      assert.deepEqual(idsOf(await search(`ValueSet?url=${escaped(urlOf(value))}`)), [`d${i}`])
      const has = (test: (folded: string, sought: string) => boolean): string[] =>
        DANGEROUS.flatMap((one, j) =>
          test(foldString(one), foldString(value)) ? [`d${j}`] : [],
        ).sort()
      assert.deepEqual(
        idsOf(await search(`Patient?address-city:contains=${escaped(value)}`)),
        has((folded, sought) => folded.includes(sought)),
      )
      assert.deepEqual(
        idsOf(await search(`Patient?address-city=${escaped(value)}`)),
        has((folded, sought) => folded.startsWith(sought)),
      )
      const quoted = encodeURIComponent(value.replace(/[\\"]/g, (sign) => `\\${sign}`))
      assert.deepEqual(
        idsOf(await search(`Patient?_filter=address-city eq "${quoted}"`)),
        has((folded, sought) => folded === sought),
      )
    })
  })

  const PLACES: readonly ((value: string) => string)[] = [
    (v) => `Patient?${v}=x`,
    (v) => `Patient?name:${v}=x`,
    (v) => `Observation?subject:${v}.name=x`,
    (v) => `Observation?subject.${v}=x`,
    (v) => `Patient?_has:${v}:patient:code=x`,
    (v) => `Patient?_has:Observation:patient:${v}=x`,
    (v) => `Patient?_sort=${v}`,
    (v) => `Patient?_include=Patient:${v}`,
    (v) => `Patient?_elements=${v}`,
    (v) => `Patient?_count=${v}`,
    (v) => `Patient?_filter=${v}`,
    (v) => `Patient?_filter=name ${v} x`,
    (v) => `Patient?_list=${v}`,
    (v) => `Patient?_cursor=${v}`,
    (v) => `Observation?code:in=${v}`,
    (v) => `Observation?date=${v}`,
    (v) => `Observation?value-quantity=5|${v}|${v}`,
    (v) => `Observation?combo-code-value-quantity=${v}$5`,
    (v) => `Observation?subject=${v}`,
    (v) => `Patient/_history?_since=${v}`,
    (v) => `Patient/x/$everything?_type=${v}`,
    (v) => `Observation/$lastn?patient=x&code=x&max=${v}`,
  ]
  PLACES.forEach((place) =>
    it(`nothing dangerous does harm in ${place('…')}`, async () => {
      for (const value of DANGEROUS) {
        const { status, text, body } = await server().send(
          'GET',
          `/${place(encodeURIComponent(value)).replaceAll(' ', '%20')}`,
        )
        assert.ok([200, 400, 403, 404].includes(status), `${value.slice(0, 40)}: ${text}`)
        if (status !== 200) assert.ok(body.issue[0].diagnostics.length > 0)
        assert.doesNotMatch(text, /sqlite|mongo|syntax error|node:|\.ts:/i)
      }
    }),
  )

  const MANY = 10_000
  const list = (count: number, one: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => one(i)).join(',')
  const LISTS: readonly (readonly [string, string, (i: number) => string, string])[] = [
    ['Patient', 'identifier', (i) => `urn:d|${i}`, `urn:d|${escaped('$ne')}`],
    ['Patient', '_id', (i) => `x${i}`, `d${DANGEROUS.indexOf('$ne')}`],
    ['Patient', 'identifier:not', (i) => `urn:d|${i}`, ''],
    ['Observation', 'subject', (i) => `Patient/x${i}`, ''],
    ['Observation', 'subject:Patient.identifier', (i) => `urn:d|${i}`, ''],
  ]
  for (const [type, name, one, found] of LISTS)
    it(`${MANY} alternatives of ${name} are answered, in time that grows with their number`, async () => {
      const cost = async (count: number): Promise<number> => {
        const body = `${name}=${list(count - 1, one)},${found === '' ? one(0) : found}`
        const before = process.cpuUsage()
        const answer = await form(type, body)
        const { user, system } = process.cpuUsage(before)
        const expected = name === 'identifier:not' ? DANGEROUS.length : found === '' ? 0 : 1
        assert.equal(idsOf(answer).length, Math.min(expected, 20))
        return (user + system) / 1000
      }
      const [less, more] = [await cost(MANY / 4), await cost(MANY)]
      // In the square it would be 16 times as much.
      assert.ok(more < 10 * less + 500, `${less} and ${more} ms`)
    })

  it('goes on from page to page though no URL could hold the list', async () => {
    const ids = [...DANGEROUS.keys()].map((i) => `d${i}`)
    const body = `_count=20&_id=${list(MANY - ids.length, (i) => `unknown-${i}`)},${ids.join(',')}`
    const first = await form('Patient', body)
    const link = first.body.link.find((l: any) => l.relation === 'next')?.url as string
    assert.ok(link.length > 60_000)
    const { issue } = first.body.entry.at(-1).resource
    assert.deepEqual([issue[0].severity, issue[0].code], ['warning', 'too-long'])
    const second = await form('Patient', `${body}&_cursor=${/_cursor=(.*)$/.exec(link)![1]!}`)
    assert.deepEqual([...idsOf(first), ...idsOf(second)].sort(), ids.sort())
  })

  const COSTLY: readonly (readonly [string, string])[] = [
    ['Observation', 'date'],
    ['Observation', 'value-quantity'],
    ['Patient', 'address-city'],
    ['ValueSet', 'url'],
    ['ValueSet', 'url:below'],
  ]
  for (const [type, name] of COSTLY)
    it(`${MANY} alternatives of ${name} are too many, and it says of what`, async () => {
      const { status, body } = await form(
        type,
        `${name}=${list(MANY, (i) => String(1000 + (i % 9000)))}`,
      )
      assert.equal(status, 403)
      assert.equal(body.issue[0].code, 'too-costly')
      assert.deepEqual(body.issue[0].expression, [`${type}?${name}`])
    })

  it('more alternatives than that are too many of any', async () => {
    const { status, body } = await form('Patient', `_id=${list(MANY + 1, (i) => `x${i}`)}`)
    assert.equal(status, 403)
    assert.deepEqual(body.issue[0].expression, ['?_id'])
  })
})
