// $convert-unit: what comes out, and what is refused with what would be right.
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'

onBothStores('$convert-unit', (server) => {
  const ask = (query: string) => server().send('GET', `/$convert-unit?${encodeURI(query)}`)
  const of = (body: any, name: string) => body.parameter.find((p: any) => p.name === name)

  it('says the value, the factor, its source and the code of the other kind of result', async () => {
    const answer = await ask('value=130&from=mg/dL&to=mmol/L&code=http://loinc.org|2345-7')
    assert.equal(answer.status, 200, answer.text)
    assert.match(answer.text, /"value":7\.22,"unit":"mmol\/L"/)
    assert.equal(of(answer.body, 'exact').valueDecimal, 7.21596838296)
    assert.equal(of(answer.body, 'factor').valueDecimal, 0.0555074490997)
    assert.match(of(answer.body, 'source').valueString, /180\.156 g\/mol/)
    assert.equal(of(answer.body, 'analyte').valueString, 'glucose')
    assert.deepEqual(of(answer.body, 'code').valueCoding, {
      system: 'http://loinc.org',
      code: '14749-6',
    })
    assert.equal(of(answer.body, 'offset'), undefined)
  })

  it('takes Parameters, and keeps the digits of the number', async () => {
    const body = `{"resourceType":"Parameters","parameter":[
      {"name":"value","valueDecimal":98.60},{"name":"from","valueString":"°F"},
      {"name":"to","valueString":"Cel"}]}`
    const answer = await server().send('POST', '/$convert-unit', body)
    assert.equal(answer.status, 200, answer.text)
    assert.match(answer.text, /"value":37\.000,"unit":"Cel"/)
    assert.match(of(answer.body, 'source').valueString, /definition/)
    assert.ok(of(answer.body, 'offset').valueDecimal < -17)
    const coded = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'value', valueDecimal: 48 },
        { name: 'from', valueString: 'mmol/mol' },
        { name: 'to', valueString: '%' },
        { name: 'code', valueCoding: { system: 'http://loinc.org', code: '59261-8' } },
      ],
    }
    const second = await server().send('POST', '/$convert-unit', coded)
    assert.match(second.text, /"value":6\.54,"unit":"%"/)
    assert.equal(of(second.body, 'code').valueCoding.code, '4548-4')
  })

  const refused: readonly (readonly [query: string, status: number, at: string, why: RegExp])[] = [
    ['from=mg/dL&to=g/L', 400, 'value', /value is needed/],
    ['value=1&to=g/L', 400, 'from', /from is needed/],
    ['value=1&from=g/L', 400, 'to', /to is needed/],
    ['value=1,5&from=mg/dL&to=g/L', 400, 'value', /decimal such as 5\.4/],
    ['value=1&from=mcg/dL&to=nope/L', 400, 'to', /"nope" is no unit/],
    ['value=1&from=mg//dL&to=g/L', 400, 'from', /where a unit is expected/],
    ['value=1&from=g/L&to=milligramm', 400, 'to', /not a unit of UCUM/],
    ['value=1&from=mg/dL&to=mmol/L', 422, 'to', /code may be .*2345-7 \(glucose\)/],
    ['value=1&from=mg/dL&to=mmol/L&code=718-7', 422, 'code', /of 718-7/],
    ['value=1&from=mg/dL&to=cm', 422, 'to', /not of one kind/],
    ['value=1&from=[pH]&to=1', 422, 'to', /not of one kind/],
    ['value=1&from=mg/dL&to=mmol/L&code=urn:x|2345-7', 400, 'code', /loinc\.org/],
  ]
  for (const [query, status, at, why] of refused)
    it(`refuses ${query}`, async () => {
      const { status: is, body } = await ask(query)
      assert.equal(is, status)
      assert.deepEqual(body.issue[0].expression, [at])
      assert.match(body.issue[0].diagnostics, why)
    })

  it('is in the CapabilityStatement', async () => {
    const { body } = await server().send('GET', '/metadata')
    const { definition } = body.rest[0].operation.find((o: any) => o.name === 'convert-unit')
    assert.equal(definition, 'http://ieum.example/fhir/OperationDefinition/convert-unit')
  })
})
