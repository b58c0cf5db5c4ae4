// Which format an answer has and a request may have, https://hl7.org/fhir/R4/http.html#mime-type
import assert from 'node:assert/strict'
import { patient, unique } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'
import { assertRefused } from './outcome.ts'

const JSON_TYPE = 'application/fhir+json; charset=utf-8'
const XML_TYPE = 'application/fhir+xml; charset=utf-8'
const PLAIN = 'application/json; charset=utf-8'
const BROWSER =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

onBothStores('format', (server) => {
  let id = ''
  before(async () => {
    id = unique()
    await server().send('PUT', `/Patient/${id}`, patient(id, { id, active: true }))
  })
  const get = (path: string, headers: Record<string, string> = {}) =>
    server().send('GET', path, undefined, headers)
  const asXml =
    /^<\?xml version="1.0" encoding="UTF-8"\?>\s*<Patient xmlns="http:\/\/hl7.org\/fhir">/

  const accepted: [accept: string, type: string | 406][] = [
    ['application/fhir+json', JSON_TYPE],
    ['application/fhir+xml', XML_TYPE],
    ['application/json', PLAIN],
    ['text/json', PLAIN],
    ['application/json+fhir', JSON_TYPE],
    ['application/xml', 'application/xml; charset=utf-8'],
    ['application/xml+fhir', XML_TYPE],
    ['text/xml', 'text/xml; charset=utf-8'],
    ['*/*', JSON_TYPE],
    ['', JSON_TYPE],
    [',', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['APPLICATION/FHIR+XML', XML_TYPE],
    ['application/fhir+xml, application/fhir+json', XML_TYPE],
    ['application/fhir+xml;q=0.5, application/fhir+json', JSON_TYPE],
    ['application/fhir+json;q=0.1, application/fhir+xml;q=0.2', XML_TYPE],
    ['application/fhir+json;q=0, */*', XML_TYPE],
    ['image/png, application/fhir+xml;q=0.1', XML_TYPE],
    ['application/fhir+xml; charset=utf-8', XML_TYPE],
    ['application/fhir+xml; fhirVersion=4.0', XML_TYPE],
    ['application/fhir+xml;fhirVersion="4.0"; q=0.9, */*;q=0.1', XML_TYPE],
    ['application/fhir+json; fhirVersion=5.0, application/fhir+xml; fhirVersion=4.0', XML_TYPE],
    ['application/fhir+xml; profile="http://example.org/p"', XML_TYPE],
    ['text/html', JSON_TYPE],
    [BROWSER, JSON_TYPE],
    ['text/html;q=0.1, application/fhir+xml', XML_TYPE],
    ['application/fhir+json; fhirVersion=5.0', 406],
    ['application/fhir+json; fhirVersion=3.0', 406],
    ['application/pdf', 406],
    ['text/plain', 406],
    ['image/*', 406],
    ['application/fhir+json;q=0', 406],
    ['nonsense', 406],
    ['application/fhir+turtle', 406],
  ]
  for (const [accept, type] of accepted)
    it(`Accept: ${accept === BROWSER ? 'what a browser sends' : accept} → ${type}`, async () => {
      const answer = await get(`/Patient/${id}`, { accept })
      if (type === 406) {
        assertRefused(server(), answer, 406, { code: 'not-supported' })
        return
      }
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type'), type)
      if (type.includes('xml')) assert.match(answer.text, asXml)
      else assert.equal(answer.body.id, id)
    })

  const formats: [format: string, type: string | 406][] = [
    ['json', JSON_TYPE],
    ['xml', XML_TYPE],
    ['XML', XML_TYPE],
    ['application/fhir%2Bxml', XML_TYPE],
    ['application/fhir+xml', XML_TYPE],
    ['application/fhir xml', XML_TYPE],
    ['application%2Fjson', PLAIN],
    ['text/xml', 'text/xml; charset=utf-8'],
    ['application/fhir%2Bjson;charset=utf-8', JSON_TYPE],
    ['application/fhir%2Bxml;fhirVersion=4.0', XML_TYPE],
    ['application/fhir%2Bxml;fhirVersion=5.0', 406],
    ['html', 406],
    ['ttl', 406],
    ['application/pdf', 406],
    ['constructor', 406],
  ]
  for (const [format, type] of formats)
    it(`_format=${format} → ${type}, whatever Accept says`, async () => {
      for (const accept of ['application/fhir+json', 'application/fhir+xml', 'image/png']) {
        const answer = await get(`/Patient/${id}?_format=${format}`, { accept })
        if (type === 406) assertRefused(server(), answer, 406)
        else {
          assert.equal(answer.status, 200)
          assert.equal(answer.headers.get('content-type'), type)
        }
      }
    })

  it('an empty _format leaves it to Accept', async () => {
    const answer = await get(`/Patient/${id}?_format=`, { accept: 'application/fhir+xml' })
    assert.equal(answer.headers.get('content-type'), XML_TYPE)
  })

  it('a search by POST has _format and _pretty in its form', async () => {
    const search = (form: string, accept: string) =>
      server().send('POST', '/Patient/_search', form, {
        'content-type': 'application/x-www-form-urlencoded',
        accept,
      })
    const xml = await search(`identifier=${id}&_format=xml`, 'application/fhir+json')
    assert.equal(xml.status, 200, xml.text)
    assert.equal(xml.headers.get('content-type'), XML_TYPE)
    assert.match(xml.text, /<Bundle /)
    const pretty = await search(`identifier=${id}&_pretty=true`, '*/*')
    assert.match(pretty.text, /^\{\n {2}"/)
    assertRefused(server(), await search(`identifier=${id}&_format=ttl`, '*/*'), 406)
  })

  const pretty: [query: string, lines: boolean][] = [
    ['_pretty=true', true],
    ['_pretty', true],
    ['_pretty=false', false],
    ['_pretty=true&_format=json', true],
    ['', false],
  ]
  for (const [query, lines] of pretty)
    it(`${query || 'nothing'} gives ${lines ? 'lines' : 'one line'}, in JSON and XML`, async () => {
      for (const accept of ['application/fhir+json', 'application/json', 'application/fhir+xml']) {
        const { text } = await get(`/Patient/${id}?${query}`, { accept })
        assert.equal(text.includes('\n  '), lines, text)
      }
    })

  it('a page shows indented JSON to a browser', async () => {
    assert.match((await get(`/Patient/${id}`, { accept: BROWSER })).text, /^\{\n {2}"/)
  })

  it('says that an answer hangs on Accept, also when it is a 304', async () => {
    for (const headers of [{}, { 'if-none-match': 'W/"1"' }]) {
      const answer = await get(`/Patient/${id}`, headers)
      assert.match(answer.headers.get('vary')!, /accept(,|$)/i)
      assert.match(answer.headers.get('vary')!, /accept-encoding/i)
    }
  })

  it('refusals come in the format asked for', async () => {
    const xml = { accept: 'application/fhir+xml' }
    const refusals = [
      await get('/Patient/nobody', xml),
      await get('/Patient/a_b', xml),
      await get('/Patient?nonsense:x=1&_format=xml', { prefer: 'handling=strict' }),
      await server().send('POST', '/Patient', '{', xml),
      await server().send('POST', '/Patient', '<a>', { ...xml, 'content-type': 'text/xml' }),
      await server().send('POST', '/Patient', { resourceType: 'Patient', a: 1 }, xml),
    ]
    for (const answer of refusals) {
      assert.ok(answer.status >= 400 && answer.status < 500)
      assert.equal(answer.headers.get('content-type'), XML_TYPE)
      assert.match(answer.text, /<OperationOutcome xmlns="http:\/\/hl7.org\/fhir">/)
      assert.match(answer.text, /<severity value="error"\/>/)
    }
  })

  describe('of a body', () => {
    const text = '{"resourceType":"Patient","active":true}'
    const xml = '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>'
    const table: [type: string, body: string, status: number][] = [
      ['application/fhir+json', text, 201],
      ['application/json', text, 201],
      ['text/json', text, 201],
      ['application/json+fhir', text, 201],
      ['application/fhir+json; charset=utf-8', text, 201],
      ['application/fhir+json;charset="UTF-8"', text, 201],
      ['application/fhir+json; charset=us-ascii', text, 201],
      ['APPLICATION/FHIR+JSON', text, 201],
      ['application/fhir+json; fhirVersion=4.0', text, 201],
      ['application/fhir+xml', xml, 201],
      ['application/xml', xml, 201],
      ['text/xml; charset=utf-8', xml, 201],
      ['application/xml+fhir', xml, 201],
      ['application/fhir+json; charset=euc-kr', text, 415],
      ['application/fhir+xml; charset=windows-1251', xml, 415],
      ['application/fhir+json; fhirVersion=5.0', text, 415],
      ['text/plain', text, 415],
      ['text/html', text, 415],
      ['application/octet-stream', text, 415],
      ['application/x-www-form-urlencoded', 'a=b', 415],
      ['multipart/form-data; boundary=x', '--x--', 415],
      ['application/json-patch+json', '[]', 415],
      ['application/fhir+turtle', text, 415],
      ['nonsense', text, 415],
    ]
    for (const [type, body, status] of table)
      it(`${type} → ${status}`, async () => {
        const answer = await server().send('POST', '/Patient', body, { 'content-type': type })
        if (status === 201) {
          assert.equal(answer.status, 201, answer.text)
          assert.equal(answer.body.active, true)
        } else assertRefused(server(), answer, status, { code: 'not-supported' })
      })

    it('is FHIR JSON where no type is given', async () => {
      const answer = await server().send('POST', '/Patient', new TextEncoder().encode(text), {
        'content-type': '',
      })
      assert.equal(answer.status, 201)
    })

    const malformed: [what: string, type: string, body: string, says: RegExp][] = [
      [
        'JSON',
        'application/fhir+json',
        '{\n  "resourceType": "Patient",\n  "active" true\n}',
        /line 3, column 12/,
      ],
      ['JSON cut off', 'application/fhir+json', '{"resourceType":"Patient"', /line 1, column 2\d/],
      [
        'JSON with more behind it',
        'application/fhir+json',
        '{"resourceType":"Patient"} x',
        /line 1, column 28/,
      ],
      [
        'XML',
        'application/fhir+xml',
        '<Patient xmlns="http://hl7.org/fhir">\n  <active value="true">\n</Patient>',
        /line 3, column \d+/,
      ],
      ['XML cut off', 'application/fhir+xml', '<Patient xmlns="http://hl7.org/fhir">', /line 1/],
      ['XML of another world', 'application/fhir+xml', '<a/>', /./],
      [
        'XML with a document type',
        'application/fhir+xml',
        '<!DOCTYPE a [<!ENTITY x "y">]><Patient xmlns="http://hl7.org/fhir"/>',
        /./,
      ],
    ]
    for (const [what, type, body, says] of malformed)
      it(`${what} → 400, and where`, async () => {
        const answer = await server().send('POST', '/Patient', body, { 'content-type': type })
        assertRefused(server(), answer, 400, { says })
      })

    const bytes: [what: string, bytes: number[]][] = [
      ['a byte that can’t be', [0xff]],
      ['half a letter', [0xea, 0xb9]],
      ['a letter longer than it need be', [0xc0, 0xaf]],
      ['a surrogate', [0xed, 0xa0, 0x80]],
    ]
    for (const [what, wrong] of bytes)
      for (const type of ['application/fhir+json', 'application/fhir+xml'])
        it(`${what} in ${type} → 400`, async () => {
          const body = Buffer.concat([
            Buffer.from('{"resourceType":"Patient","language":"'),
            Buffer.from(wrong),
            Buffer.from('"}'),
          ])
          const answer = await server().send('POST', '/Patient', body, { 'content-type': type })
          assertRefused(server(), answer, 400, { says: /UTF-8/ })
        })

    it('may begin with a byte order mark', async () => {
      for (const [type, body] of [
        ['application/fhir+json', text],
        ['application/fhir+xml', xml],
      ] as const) {
        const answer = await server().send('POST', '/Patient', `\ufeff${body}`, {
          'content-type': type,
        })
        assert.equal(answer.status, 201, answer.text)
      }
    })
  })
})
