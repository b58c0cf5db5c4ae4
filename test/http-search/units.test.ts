// Quantities across units: what is found must not hang on the unit in which a laboratory reports.
// https://hl7.org/fhir/R4/search.html#quantity
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { ask } from './ask.ts'

const UCUM = 'http://unitsofmeasure.org'
const LOINC = 'http://loinc.org'

const loinc = (code: string) => ({ coding: [{ system: LOINC, code }] })
const quantity = (value: number, code: string) => ({ value, unit: code, system: UCUM, code })
const of = (code: string, valueQuantity: object) => ({ code: loinc(code), valueQuantity })
const pressure = (systolic: object, diastolic: object) => ({
  code: loinc('85354-9'),
  component: [
    { code: loinc('8480-6'), valueQuantity: systolic },
    { code: loinc('8462-4'), valueQuantity: diastolic },
  ],
})

const OBSERVATIONS: Readonly<Record<string, object>> = {
  'g-130-mg': of('2345-7', quantity(130, 'mg/dL')),
  'g-5.4-mmol': of('14749-6', quantity(5.4, 'mmol/L')),
  'g-7.2-text': of('2345-7', { value: 7.2, unit: 'ммоль/л' }),
  'g-1-gram': of('2345-7', quantity(1, 'g/L')),
  'g-over': of('2345-7', { ...quantity(600, 'mg/dL'), comparator: '>' }),
  // What it is isn't known, so its amount isn't either.
  'x-130-mg': of('99999-9', quantity(130, 'mg/dL')),
  'x-mismatch': { code: { coding: [{ code: '2345-7' }] }, valueQuantity: quantity(900, 'mg/dL') },
  'a1c-7': of('4548-4', quantity(7, '%')),
  'a1c-48': of('59261-8', quantity(48, 'mmol/mol')),
  'a1c-ifcc-7': of('59261-8', quantity(7, '%')),
  'h-70-in': of('8302-2', quantity(70, '[in_i]')),
  'h-170-cm': of('8302-2', quantity(170, 'cm')),
  't-100-f': of('8310-5', quantity(100.4, '[degF]')),
  't-37-c': of('8310-5', quantity(37, 'Cel')),
  'tsh-iu': of('3016-3', quantity(4.5, 'm[IU]/L')),
  'score-15': of('9269-2', quantity(15, '{score}')),
  'score-bare': of('9269-2', { value: 14 }),
  'bp-mmhg': pressure(quantity(150, 'mm[Hg]'), quantity(80, 'mm[Hg]')),
  'bp-kpa': pressure(quantity(16, 'kPa'), quantity(13, 'kPa')),
  'bp-word': pressure({ value: 150, unit: 'мм рт. ст.' }, quantity(80, 'mm[Hg]')),
  panel: {
    code: loinc('24323-8'),
    component: [
      { code: loinc('2345-7'), valueQuantity: quantity(180, 'mg/dL') },
      { code: loinc('2160-0'), valueQuantity: quantity(180, 'mg/dL') },
    ],
  },
  'wrong-code': of('8867-4', { value: 61, system: UCUM, code: 'mmHg' }),
}

const SCENARIOS: readonly (readonly [query: string, ids: readonly string[]])[] = [
  ['value-quantity=gt7||mmol/L', ['g-130-mg', 'g-7.2-text', 'g-over']],
  [`value-quantity=gt7|${UCUM}|mmol/L`, ['g-130-mg', 'g-7.2-text', 'g-over']],
  ['value-quantity=gt7||ммоль/л', ['g-130-mg', 'g-7.2-text', 'g-over']],
  ['value-quantity=lt6||mmol/l', ['g-5.4-mmol', 'g-1-gram']],
  // 5.4 mmol/L is 97.3 mg/dL, 1 g/L is 100, 7.2 mmol/L is 129.7.
  ['value-quantity=ge97||mg/dL&value-quantity=le100||mg/dL', ['g-5.4-mmol', 'g-1-gram']],
  ['value-quantity=130||mg/dL', ['g-130-mg', 'g-7.2-text', 'x-130-mg']],
  ['value-quantity=130.0||mg/dL', ['g-130-mg', 'x-130-mg']],
  ['value-quantity=1.30||g/L', ['g-130-mg', 'g-7.2-text', 'x-130-mg']],
  ['value-quantity=7.2||mmol/L', ['g-130-mg', 'g-7.2-text']],
  ['value-quantity=7.20||mmol/L', ['g-7.2-text']],
  ['value-quantity=7.22||mmol/L', ['g-130-mg']],
  ['value-quantity=7.22e3||umol/L', ['g-130-mg']],
  ['value-quantity=sa33||mmol/L', ['g-over']],
  // Without a unit, the number as it was received.
  ['value-quantity=130', ['g-130-mg', 'x-130-mg']],
  ['value-quantity=7.2', ['g-7.2-text']],
  ['code=2345-7&value-quantity=ne130||mg/dL', ['g-1-gram', 'g-over', 'x-mismatch']],
  ['code-value-quantity=2345-7$gt7||mmol/L', ['g-130-mg', 'g-7.2-text', 'g-over']],
  [`code-value-quantity=${LOINC}|14749-6$lt100|${UCUM}|mg/dL`, ['g-5.4-mmol']],
  ['combo-code-value-quantity=2345-7$gt9||mmol/L', ['g-over', 'panel']],
  ['combo-value-quantity=gt15||mmol/L', ['g-over', 'panel']],
  ['component-code-value-quantity=2160-0$gt15000||umol/L', ['panel']],
  ['component-code-value-quantity=2345-7$gt15||mmol/L', []],
  ['component-code-value-quantity=8480-6$ge140||mm[Hg]', ['bp-mmhg', 'bp-word']],
  ['component-code-value-quantity=8480-6$lt140||мм рт. ст.', ['bp-kpa']],
  // 16 kPa is 120 mm Hg.
  [`component-code-value-quantity=8480-6$120|${UCUM}|mm[Hg]`, ['bp-kpa']],
  ['component-code-value-quantity=8462-4$gt90||mmHg', ['bp-kpa']],
  ['value-quantity=ge52||mmol/mol', ['a1c-7']],
  ['value-quantity=ge6.5||%', ['a1c-7', 'a1c-48', 'a1c-ifcc-7']],
  ['code=8302-2&value-quantity=gt175||cm', ['h-70-in']],
  ['code=8302-2&value-quantity=lt68||in', ['h-170-cm']],
  ['code=8302-2&value-quantity=1.7||m', ['h-170-cm']],
  ['code=8310-5&value-quantity=ge38||°C', ['t-100-f']],
  ['code=8310-5&value-quantity=38.0||Cel', ['t-100-f']],
  ['code=8310-5&value-quantity=lt100|http://unitsofmeasure.org|[degF]', ['t-37-c']],
  ['value-quantity=gt4||uIU/mL', ['tsh-iu']],
  ['value-quantity=gt4||U/L', []],
  ['value-quantity=gt10||{score}', ['score-15']],
  ['value-quantity=gt10||1', []],
  ['value-quantity=60||mm[Hg],61||mm[Hg]', ['wrong-code']],
  [`value-quantity=61|${UCUM}|mmHg`, ['wrong-code']],
  [
    `_filter=value-quantity gt ${'7||mmol/L'} and code eq 2345-7`,
    ['g-130-mg', 'g-7.2-text', 'g-over'],
  ],
]

onBothStores('a search across units', (server) => {
  before(async () => {
    const entry = Object.entries(OBSERVATIONS).map(([id, fields]) => ({
      resource: { resourceType: 'Observation', id, status: 'final', ...fields },
      request: { method: 'PUT', url: `Observation/${id}` },
    }))
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
    assert.equal((await server().send('POST', '', bundle)).status, 200)
  })
  const get = (query: string) =>
    ask(server(), `Observation?${encodeURI(query)}&_count=100`, { prefer: 'handling=strict' })

  for (const [query, ids] of SCENARIOS)
    it(query, async () => {
      assert.deepEqual([...(await get(query)).ids].sort(), [...ids].sort())
    })

  it('sorts by what the values are', async () => {
    const query = 'code=2345-7,14749-6&value-quantity:missing=false&_sort='
    const order = ['g-5.4-mmol', 'g-1-gram', 'g-7.2-text', 'g-130-mg', 'g-over']
    const known = async (sort: string) =>
      (await get(`${query}${sort}`)).ids.filter((id) => id !== 'x-mismatch')
    assert.deepEqual(await known('value-quantity'), order)
    assert.deepEqual(await known('-value-quantity'), [...order].reverse())
    const bodies = await get('code=8302-2&_sort=-value-quantity')
    assert.deepEqual(bodies.ids, ['h-70-in', 'h-170-cm'])
    // A number without a unit sorts as it is.
    assert.deepEqual((await get('code=9269-2&_sort=value-quantity')).ids, [
      'score-bare',
      'score-15',
    ])
  })

  it('refuses a code that UCUM does not have, and says which it has', async () => {
    for (const [unit, right] of [
      ['mg//dL', /where a unit is expected/],
      ['milligramm', /no unit of UCUM/],
      ['MG/DL', /did you mean mg\/dl/],
      ['x'.repeat(4000), /more than 100 characters/],
    ] as const) {
      const query = `/Observation?value-quantity=5|${UCUM}|${unit}`
      const { status, body } = await server().send('GET', query)
      assert.equal(status, 400)
      assert.equal(body.issue[0].expression[0], 'Observation?value-quantity')
      assert.match(body.issue[0].diagnostics, right)
    }
  })

  it('follows a change of the unit', async () => {
    const put = (valueQuantity: object) =>
      server().send('PUT', '/Observation/change', {
        resourceType: 'Observation',
        id: 'change',
        status: 'final',
        ...of('2000-8', valueQuantity),
      })
    await put(quantity(2.5, 'mmol/L'))
    const query = 'code=2000-8&value-quantity=gt9||mg/dL'
    assert.deepEqual((await get(query)).ids, ['change'])
    await put(quantity(2, 'mmol/L'))
    assert.deepEqual((await get(query)).ids, [])
    await server().send('DELETE', '/Observation/change')
  })
})
