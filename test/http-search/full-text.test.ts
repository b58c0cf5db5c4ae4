// `_text` and `_content` over HTTP, on both stores.
// https://hl7.org/fhir/R4/search.html#text
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { ask } from './ask.ts'

const narrative = (html: string) => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${html}</div>`,
})
const of = (resourceType: string, id: string, fields: object) => ({
  resource: { resourceType, id, ...fields },
  request: { method: 'PUT', url: `${resourceType}/${id}` },
})
const about = (text: string) => ({ status: 'final', code: { text } })

const TEXTS = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    of('Condition', 'bone', {
      subject: { reference: 'Patient/kim' },
      text: narrative('<p>Cancer of the <b>bone</b></p><p>metastases found</p>'),
    }),
    of('Condition', 'liver', {
      subject: { reference: 'Patient/kim' },
      text: narrative('<p>Liver: no metastases</p>'),
      code: { text: 'Bone intact' },
    }),
    of('Condition', 'heart', {
      subject: { reference: 'Patient/petrova' },
      text: narrative('<p>Сердце: ишемическая болезнь</p><p>Жүрек ауруы</p>'),
    }),
    of('Patient', 'kim', { name: [{ text: '김하늘', family: '김', given: ['하늘'] }] }),
    of('Patient', 'petrova', { text: narrative('Петрова Елена, 1956'), name: [{ family: 'Ли' }] }),
    of('Observation', 'pressure', about('혈압이 높음, 수축기 혈압 151')),
    of('Observation', 'sugar', {
      ...about('Глюкоза в крови натощак; қандағы қант'),
      valueQuantity: { value: 5.4, unit: 'mmol/L' },
      note: [{ text: 'HbA1c는 7.5, measured twice' }],
      subject: { reference: 'Patient/kim' },
      effectiveDateTime: '2025-03-14',
    }),
    of('Observation', 'plain', about('Body weight')),
  ],
}

const FOUND: readonly (readonly [query: string, ...ids: string[]])[] = [
  ['Condition?_text=bone', 'bone'],
  ['Condition?_text=BONE cancer', 'bone'],
  ['Condition?_text=(bone OR liver) and metastases', 'bone', 'liver'],
  ['Condition?_text=bone,liver', 'bone', 'liver'],
  ['Condition?_text=bone liver'],
  ['Condition?_text=metastases -liver', 'bone'],
  ['Condition?_text=metastases NOT (liver OR heart)', 'bone'],
  ['Condition?_text=-metastases', 'heart'],
  ['Condition?_text="no metastases"', 'liver'],
  // The words of two paragraphs are no neighbours.
  ['Condition?_text="bone metastases"'],
  ['Condition?_text="the bone"', 'bone'],
  ['Condition?_text=metast*', 'bone', 'liver'],
  ['Condition?_text="no metas"*', 'liver'],
  ['Condition?_text=metast'],
  ['Condition?_text=ИШЕМИЧЕСКАЯ', 'heart'],
  ['Condition?_text=жүрек', 'heart'],
  ['Condition?_text=журек'],
  ['Condition?_content=bone', 'bone', 'liver'],
  ['Condition?_content=bone no', 'liver'],
  ['Condition?_text=bone&_content=metastases', 'bone'],
  ['Observation?_content=혈압', 'pressure'],
  ['Observation?_content="혈압"', 'pressure'],
  ['Observation?_content="혈압" 높', 'pressure'],
  ['Observation?_content="높"'],
  ['Observation?_content=압'],
  ['Observation?_content=HbA1c', 'sugar'],
  ['Observation?_content=7.5', 'sugar'],
  ['Observation?_content=5.7'],
  ['Observation?_content=натощак қант', 'sugar'],
  ['Observation?_content=кант'],
  ['Observation?_content=mmol/L', 'sugar'],
  ['Observation?_content=final', 'pressure', 'sugar', 'plain'],
  // References, dates and ids aren't text.
  ['Observation?_content=kim'],
  ['Observation?_content=2025'],
  ['Observation?_text=final'],
  ['Patient?_content=하늘', 'kim'],
  ['Patient?_text=1956', 'petrova'],
  ['Observation?subject._content=하늘', 'sugar'],
  ['Patient?_has:Condition:subject:_text=ишемическая', 'petrova'],
  ['?_type=Patient,Condition&_content=metastases,하늘', 'bone', 'liver', 'kim'],
  ['?_content=metastases OR 혈압', 'bone', 'liver', 'pressure'],
]

const REFUSED: readonly (readonly [query: string, says: RegExp])[] = [
  ['_text="', /has a quotation mark that is not closed/],
  ['_text="bone', /has a quotation mark that is not closed/],
  ['_text=OR', /no letter or digit/],
  ['_text=…', /no letter or digit/],
  ['_text=bone AND', /needs a word or a phrase beside/],
  ['_text=OR bone', /needs a word or a phrase beside/],
  ['_text=(bone', /not closed/],
  ['_text=bone)', /not open/],
  ['_text=()bone', /needs a word/],
  [`_text=${'('.repeat(2000)}a${')'.repeat(2000)}`, /more than 20 brackets/],
]

onBothStores('full text', (server) => {
  before(async () => {
    const { status, text } = await server().send('POST', '', TEXTS)
    assert.equal(status, 200, text)
  })

  for (const [query, ...ids] of FOUND)
    it(`${query} → ${ids.join(', ') || 'nothing'}`, async () => {
      const found = await ask(server(), query, { prefer: 'handling=strict' })
      assert.deepEqual([...found.ids].sort(), ids.toSorted())
      const { body } = await ask(server(), `${query}&_summary=count`)
      assert.equal(body.total, ids.length)
    })

  for (const [query, says] of REFUSED)
    it(`refuses ${query.slice(0, 40)}`, async () => {
      const { status, body, text } = await server().send('GET', `/Condition?${encodeURI(query)}`)
      assert.equal(status, 400, text)
      assert.match(body.issue[0].diagnostics, says)
      assert.deepEqual(body.issue[0].expression, ['Condition?_text'])
    })

  it('answers a long text, or says that it is too long', async () => {
    const many = Array.from({ length: 5000 }, (_, i) => `w${i}`).join(' ')
    const long = await server().send('GET', `/Condition?_text=${'a'.repeat(5000)}`)
    assert.equal(long.status, 200)
    assert.equal(
      (
        await server().send('POST', '/Condition/_search', `_text=${many}`, {
          'content-type': 'application/x-www-form-urlencoded',
        })
      ).status,
      403,
    )
  })

  it('forgets the words of older versions and of what is deleted', async () => {
    const ids = async (word: string) => (await ask(server(), `Basic?_content=${word}`)).ids
    const put = async (text: string) => {
      const basic = { resourceType: 'Basic', id: 'b', code: { text } }
      assert.ok((await server().send('PUT', '/Basic/b', basic)).status < 300)
    }
    await put('first words')
    assert.deepEqual(await ids('first'), ['b'])
    await put('second words')
    assert.deepEqual(
      [await ids('first'), await ids('second'), await ids('words')],
      [[], ['b'], ['b']],
    )
    await server().send('DELETE', '/Basic/b')
    assert.deepEqual([await ids('second'), await ids('words')], [[], []])
    await put('third')
    assert.deepEqual([await ids('words'), await ids('third')], [[], ['b']])
  })

  it('pages through what has a word', async () => {
    let page = await ask(server(), '?_content=final&_count=1')
    const ids = [...page.ids]
    while (page.next !== undefined) {
      page = await ask(server(), page.next)
      ids.push(...page.ids)
    }
    assert.deepEqual(ids.sort(), ['plain', 'pressure', 'sugar'])
  })
})
