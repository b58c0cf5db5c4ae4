// `_units`: converted values beside the received ones.
import assert from 'node:assert/strict'
import { createValidator } from '../../src/validation/validator.ts'
import { onBothStores } from '../support/server.ts'

const UCUM = 'http://unitsofmeasure.org'
const CONVERTED = 'http://ieum.example/fhir/StructureDefinition/converted-quantity'
const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] })
const quantity = (value: number, code: string) => ({ value, unit: code, system: UCUM, code })

const GLUCOSE = `{"resourceType":"Observation","id":"glucose","status":"final",
  "code":{"coding":[{"system":"http://loinc.org","code":"2345-7"}]},
  "subject":{"reference":"Patient/p"},
  "valueQuantity":{"value":130.0,"comparator":"<","unit":"mg/dL","system":"${UCUM}","code":"mg/dL"},
  "referenceRange":[{"low":{"value":70,"unit":"mg/dL"},"high":{"value":100,"unit":"mg/dL"}},{"text":"?"}]}`

const OTHERS = [
  { id: 'words', code: loinc('14749-6'), valueQuantity: { value: 7.2, unit: 'ммоль/л' } },
  {
    id: 'panel',
    code: loinc('24323-8'),
    component: [
      { code: loinc('2160-0'), valueQuantity: quantity(1.1, 'mg/dL') },
      { code: loinc('8867-4'), valueQuantity: quantity(70, '/min') },
      { code: loinc('2000-8'), valueQuantity: quantity(2.5, 'mmol/L') },
    ],
  },
  { id: 'heat', code: loinc('8310-5'), valueQuantity: quantity(100.4, '[degF]') },
  { id: 'unknown', code: loinc('9999-9'), valueQuantity: quantity(130, 'mg/dL') },
  { id: 'troponin', code: loinc('89579-7'), valueQuantity: quantity(4, 'ng/L') },
  { id: 'none', code: { text: 'x' }, valueString: 'x' },
  { id: 'empty', code: loinc('2345-7'), valueQuantity: { unit: 'mg/dL' } },
].map((fields) => ({ resourceType: 'Observation', status: 'final', ...fields }))

onBothStores('_units', (server) => {
  before(async () => {
    const patient = { resourceType: 'Patient', id: 'p' }
    await server().send('PUT', '/Patient/p', patient)
    assert.equal((await server().send('PUT', '/Observation/glucose', GLUCOSE)).status, 201)
    for (const one of OTHERS)
      assert.equal((await server().send('PUT', `/Observation/${one.id}`, one)).status, 201)
  })
  const read = (id: string, query: string) => server().send('GET', `/Observation/${id}${query}`)
  const part = (of: any, url: string) => of.extension.find((one: any) => one.url === url)

  it('adds the value, its factor, source and code, and keeps the received one to the digit', async () => {
    const { body, text, status } = await read('glucose', '?_units=si')
    assert.equal(status, 200)
    const [extension] = body.valueQuantity.extension
    assert.equal(extension.url, CONVERTED)
    assert.deepEqual(part(extension, 'value').valueQuantity, {
      ...quantity(7.216, 'mmol/L'),
      comparator: '<',
    })
    assert.equal(part(extension, 'factor').valueDecimal, 0.0555074490997)
    assert.match(part(extension, 'source').valueString, /180\.156/)
    assert.equal(part(extension, 'code').valueCoding.code, '14749-6')
    assert.match(text, /"value":130\.0,"comparator":"<","unit":"mg\/dL"/)
    const [range] = body.referenceRange
    assert.equal(part(range.low.extension[0], 'value').valueQuantity.value, 3.89)
    assert.match(text, /"value":5\.55/)
    const { context } = server()
    const issues = createValidator(context.definitions).validate(body)
    assert.deepEqual(
      issues.filter(({ severity }) => severity === 'error'),
      [],
    )
  })

  it('goes the other way, from words, and in each component by its own code', async () => {
    const words = (await read('words', '?_units=conventional')).body.valueQuantity
    assert.equal(words.unit, 'ммоль/л')
    assert.deepEqual(part(words.extension[0], 'value').valueQuantity, quantity(130, 'mg/dL'))
    const { component } = (await read('panel', '?_units=si')).body
    assert.deepEqual(
      component.map(({ valueQuantity: { extension } }: any) =>
        extension === undefined ? undefined : part(extension[0], 'value').valueQuantity,
      ),
      [quantity(97, 'umol/L'), undefined, undefined],
    )
    const heat = (await read('heat', '?_units=si')).body.valueQuantity
    assert.match(JSON.stringify(heat), /"value":38,"unit":"Cel"/)
  })

  it('leaves alone what it is not sure of, what is in that unit, and whatever is not asked for', async () => {
    for (const id of ['unknown', 'troponin', 'none', 'empty'])
      for (const view of ['si', 'conventional'])
        assert.equal((await read(id, `?_units=${view}`)).text, (await read(id, '')).text, id)
    assert.equal(
      (await read('glucose', '?_units=conventional')).text,
      (await read('glucose', '')).text,
    )
    assert.doesNotMatch((await read('glucose', '')).text, /extension/)
    assert.equal((await server().send('GET', '/Patient/p?_units=si')).status, 200)
  })

  it('works in searches, their next pages, what they include, and $everything', async () => {
    const converted = (body: any): string[] =>
      body.entry
        .filter((one: any) => JSON.stringify(one.resource).includes(CONVERTED))
        .map((one: any) => one.resource.id)
        .sort()
    const strict = { prefer: 'handling=strict' }
    const get = async (path: string) => (await server().send('GET', path, undefined, strict)).body
    const all = await get('/Observation?_units=si&_count=100')
    assert.deepEqual(converted(all), ['glucose', 'heat', 'panel'])
    const found: string[] = []
    for (let url: string | undefined = '/Observation?_units=si&_count=2'; url !== undefined;) {
      const body: any = await get(url)
      found.push(...converted(body))
      url = body.link.find((one: any) => one.relation === 'next')?.url
    }
    assert.deepEqual(found.sort(), ['glucose', 'heat', 'panel'])
    const beside = await get('/Patient?_id=p&_revinclude=Observation:subject&_units=si')
    assert.deepEqual(converted(beside), ['glucose'])
    assert.deepEqual(converted(await get('/Patient/p/$everything?_units=si')), ['glucose'])
    const some = await get('/Observation?_units=si&_elements=value&_id=glucose')
    assert.deepEqual(converted(some), ['glucose'])
    assert.equal(some.entry[0].resource.referenceRange, undefined)
  })

  it('is refused when it is neither', async () => {
    for (const path of ['/Observation/glucose', '/Observation', '/Patient/p/$everything']) {
      const { status, body } = await server().send('GET', `${path}?_units=metric`)
      assert.equal(status, 400, path)
      assert.match(body.issue[0].diagnostics, /expected si or conventional/)
      assert.match(body.issue[0].expression[0], /_units/)
    }
  })

  it('is not added to what has it already', async () => {
    const { text } = await read('glucose', '?_units=si')
    const put = await server().send('PUT', '/Observation/glucose', text)
    assert.equal(put.status, 200)
    // Sent back with the extension, it is content like any other, and is not converted twice.
    const again = (await read('glucose', '?_units=si')).body
    assert.equal(again.valueQuantity.extension.length, 1)
    await server().send('PUT', '/Observation/glucose', GLUCOSE)
  })
})
