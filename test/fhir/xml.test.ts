import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Failure } from '../../src/errors.ts'
import type { Issue } from '../../src/errors.ts'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { parseLossless, stringify } from '../../src/fhir/json.ts'
import type { Resource } from '../../src/fhir/message.ts'
import { resourceToXml, xmlToResource } from '../../src/fhir/xml.ts'
import { officialExamples, randomResource, sorted } from './random-resource.ts'

const definitions = loadDefinitions(join(tmpdir(), 'ieum-test-definitions'))
const toXml = (json: string, pretty = false): string =>
  resourceToXml(parseLossless(json) as Resource, definitions, pretty)
const toJson = (xml: string): string => stringify(xmlToResource(xml, definitions))
const patient = (inner: string): string => `<Patient xmlns="http://hl7.org/fhir">${inner}</Patient>`
const body = (xml: string): string => xml.replace(/^<\?xml[^>]*>\n/, '')
const XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'

function issue(run: () => unknown, kind = 'malformed'): Issue {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof Failure, String(error))
    assert.equal(error.kind, kind)
    return error.issues[0] as Issue
  }
  return assert.fail('nothing was thrown')
}

describe('fhir/xml', function () {
  this.timeout(60_000)

  it('writes elements in the order of the definitions, attributes, nested resources and narrative', () => {
    const json = `{"resourceType":"Patient","multipleBirthInteger":2,"name":[{"id":"n1","given":["Min-jun"],"family":"김"}],
      "extension":[{"valueDecimal":1.50,"url":"http://example.org/x"}],"active":true,"id":"a",
      "contained":[{"resourceType":"Basic","id":"b"}],
      "text":{"div":"<div ${XHTML.replaceAll('"', '\\"')}>a&nbsp;&mdash;&thetasym;&amp;<br/></div>","status":"generated"}}`
    assert.equal(
      body(toXml(json)),
      '<Patient xmlns="http://hl7.org/fhir"><id value="a"/><text><status value="generated"/>' +
        `<div ${XHTML}>a\u00a0—ϑ&amp;<br/></div></text><contained><Basic><id value="b"/></Basic></contained>` +
        '<extension url="http://example.org/x"><valueDecimal value="1.50"/></extension>' +
        '<active value="true"/><name id="n1"><family value="김"/><given value="Min-jun"/></name>' +
        '<multipleBirthInteger value="2"/></Patient>',
    )
  })

  it('indents where asked, but never a narrative', () => {
    const json = `{"resourceType":"Patient","text":{"status":"empty","div":"<div ${XHTML.replaceAll('"', '\\"')}><b>a</b> b</div>"},"name":[{"given":["a"]}]}`
    assert.equal(
      toXml(json, true),
      `<?xml version="1.0" encoding="UTF-8"?>
<Patient xmlns="http://hl7.org/fhir">
  <text>
    <status value="empty"/>
    <div ${XHTML}><b>a</b> b</div>
  </text>
  <name>
    <given value="a"/>
  </name>
</Patient>
`,
    )
  })

  it('reads arrays by their definition, primitive extensions, padding and types', () => {
    const xml = patient(
      '<!-- c --><?pi x?><id value="a"/><active value="false"/>' +
        '<name><given value="a"/><given><extension url="u"><valueDecimal value="0.10"/></extension></given><given id="g" value="c"/></name>' +
        '<birthDate id="d" value="1970-01-01"/><multipleBirthInteger value="12345678901234567890"/>',
    )
    assert.equal(
      toJson(xml),
      '{"resourceType":"Patient","id":"a","active":false,"name":[{"given":["a",null,"c"],' +
        '"_given":[null,{"extension":[{"url":"u","valueDecimal":0.10}]},{"id":"g"}]}],' +
        '"birthDate":"1970-01-01","_birthDate":{"id":"d"},"multipleBirthInteger":12345678901234567890}',
    )
  })

  it('leaves the values out where a primitive array has extensions only', () => {
    const extension = '<extension url="u"><valueCode value="c"/></extension>'
    assert.equal(
      toJson(patient(`<name><given>${extension}</given><given id="i"/></name>`)),
      '{"resourceType":"Patient","name":[{"_given":[{"extension":[{"url":"u","valueCode":"c"}]},{"id":"i"}]}]}',
    )
  })

  it('reads resources in Bundle, Parameters and contained', () => {
    const inner = '<resource><Patient><id value="p"/></Patient></resource>'
    assert.equal(
      toJson(`<Bundle xmlns="http://hl7.org/fhir"><entry>${inner}</entry></Bundle>`),
      '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p"}}]}',
    )
    assert.equal(
      toJson(
        `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="n"/>${inner}</parameter></Parameters>`,
      ),
      '{"resourceType":"Parameters","parameter":[{"name":"n","resource":{"resourceType":"Patient","id":"p"}}]}',
    )
  })

  it('takes prefixes for the FHIR namespace, schemaLocation, a byte order mark', () => {
    const xml =
      '\ufeff<?xml version="1.0" encoding="utf-8"?><f:Patient xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml"' +
      ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir ../patient.xsd">' +
      '<f:text><f:status value="empty"/><div>a<div/></div></f:text></f:Patient>'
    assert.equal(
      toJson(xml),
      `{"resourceType":"Patient","text":{"status":"empty","div":${JSON.stringify(`<div ${XHTML}>a<div/></div>`)}}}`,
    )
  })

  it('keeps every character that XML can hold', () => {
    const value = 'a\t\n\r  b<>&"\'😀 김 қ \u0301\u00a0]]>'
    const json = stringify({ resourceType: 'Basic', id: value })
    assert.equal(toJson(toXml(json)), json)
  })

  it('refuses what XML cannot hold, by its place', () => {
    for (const bad of ['\u0001', '\u000b', '\uffff']) {
      const json = stringify({ resourceType: 'Patient', name: [{ given: ['a', bad] }] })
      assert.deepEqual(issue(() => toXml(json), 'not-acceptable').expression, [
        'Patient.name[0].given[1]',
      ])
    }
  })

  it('refuses unknown elements and attributes with line, column and expression', () => {
    const cases: [inner: string, expression: string, said: RegExp][] = [
      ['\n <nmae/>', 'Patient', /"nmae" in Patient \(line 2, column 9\)/],
      ['<name><given value="a"/></name><name><x/></name>', 'Patient.name[1]', /"x" in HumanName/],
      ['<active value="true" foo="1"/>', 'Patient.active', /attribute "foo"/],
      ['<name value="x"/>', 'Patient.name[0]', /attribute "value"/],
      ['<active value="yes"/>', 'Patient.active', /true or false/],
      ['<multipleBirthInteger value="2."/>', 'Patient.multipleBirthInteger', /integer/],
      ['<birthDate/>', 'Patient.birthDate', /neither/],
      ['<birthDate><name/></birthDate>', 'Patient.birthDate', /"name" in date/],
      ['<name/>', 'Patient.name[0]', /empty/],
      ['<active value="true"/><active value="true"/>', 'Patient.active', /more than once/],
      ['<contained><Foo/></contained>', 'Patient.contained[0]', /"Foo" is not a resource type/],
      ['<contained/>', 'Patient.contained[0]', /one resource/],
      ['<contained><Basic/><Basic/></contained>', 'Patient.contained[0]', /one resource/],
      ['<value value="1"/>', 'Patient', /"value" in Patient/],
      ['<constructor value="1"/>', 'Patient', /"constructor" in Patient/],
      [`<div ${XHTML}>a</div>`, 'Patient', /"div" in Patient/],
      ['<text><div/></text>', 'Patient.text', /must be in the namespace http:\/\/www.w3.org/],
      [
        '<extension url="u"><url value="u"/></extension>',
        'Patient.extension[0]',
        /"url" in Extension/,
      ],
    ]
    for (const [inner, expression, said] of cases) {
      const found = issue(() => toJson(patient(inner)))
      assert.deepEqual(found.expression, [expression], inner)
      assert.match(found.diagnostics, said)
      assert.match(found.diagnostics, /line \d+, column \d+/)
    }
  })

  it('refuses what is not well-formed, with line and column', () => {
    const cases: [xml: string, said: RegExp][] = [
      ['', /there is no element/],
      ['{}', /outside the root/],
      ['<Patient xmlns="http://hl7.org/fhir">\n<name>', /line 2.*not closed/],
      ['<Patient xmlns="http://hl7.org/fhir"></Foo>', /line 1.*closing tag|not closed/],
      ['<Patient/>', /must be in the namespace/],
      ['<Patient xmlns="http://example.org"/>', /must be in the namespace/],
      [
        '<!DOCTYPE Patient [<!ENTITY a "b">]><Patient xmlns="http://hl7.org/fhir"/>',
        /document type/,
      ],
      [patient('<id value="&a;"/>'), /entities/],
      [patient('<id value="&nbsp;"/>'), /entities/],
      [patient('<id value="a" value="b"/>'), /stands twice/],
      [patient('<x:id value="a"/>'), /prefix is not declared/],
      [patient('<id value="&#0;"/>'), /line 1/],
      [patient('<id value="&#1;"/>'), /line 1/],
      [patient('text'), /text between the elements/],
      [patient('<![CDATA[text]]>'), /text between the elements/],
      [`${patient('')}<a/>`, /outside the root|namespace/],
      [`<?xml version="1.1"?>${patient('')}`, /version must be 1.0/],
      [`<?xml version="1.0" encoding="EUC-KR"?>${patient('')}`, /UTF-8/],
      [
        patient(`<text><div ${XHTML}><svg xmlns="http://www.w3.org/2000/svg"/></div></text>`),
        /XHTML elements/,
      ],
      [patient(`<text><h:div xmlns:h="http://www.w3.org/1999/xhtml"/></text>`), /namespace/],
      [`<div ${XHTML}/>`, /namespace/],
    ]
    for (const [xml, said] of cases) {
      assert.match(issue(() => toJson(xml)).diagnostics, said, xml)
      assert.match(issue(() => toJson(xml)).diagnostics, /line \d+, column \d+/)
    }
    assert.match(
      issue(() => toJson(patient('<extension url="u">'.repeat(100_000)))).diagnostics,
      /200 levels/,
    )
  })

  it('never changes text into markup: a narrative that is no XML is escaped', () => {
    for (const div of [
      '<div>a<br></div>',
      'a',
      `<div ${XHTML}>&foo;</div>`,
      `<div ${XHTML}/></text><id value="b"/>`,
    ]) {
      const xml = toXml(stringify({ resourceType: 'Basic', text: { status: 'generated', div } }))
      const back = xmlToResource(xml, definitions) as { text?: { div?: string } }
      assert.equal(
        back.text?.div,
        `<div ${XHTML}>${div.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</div>`,
      )
    }
  })

  it('refuses to write unknown or misplaced elements', () => {
    const cases: [resource: object, expression: string][] = [
      [{ resourceType: 'Patient', nmae: 'x' }, 'Patient'],
      [{ resourceType: 'Patient', _name: [{}] }, 'Patient'],
      [{ resourceType: 'Patient', name: {} }, 'Patient.name'],
      [{ resourceType: 'Patient', name: ['x'] }, 'Patient.name[0]'],
      [{ resourceType: 'Patient', active: {} }, 'Patient.active'],
      [{ resourceType: 'Patient', contained: [{ resourceType: 'Foo' }] }, 'Patient.contained[0]'],
      [{ resourceType: 'Patient', _active: { url: 'x' } }, 'Patient.active'],
      [{ resourceType: 'Foo' }, 'Foo'],
    ]
    for (const [resource, expression] of cases) {
      const found = issue(() => toXml(stringify(resource)), 'not-acceptable')
      assert.deepEqual(found.expression, [expression])
    }
  })

  it('carries random resources of every type there and back', () => {
    fc.assert(
      fc.property(randomResource(definitions), fc.boolean(), (resource, pretty) => {
        const back = xmlToResource(resourceToXml(resource, definitions, pretty), definitions)
        assert.equal(stringify(sorted(back)), stringify(sorted(resource)))
      }),
      { numRuns: 1000 },
    )
  })

  it('carries the examples of the specification there and back', function () {
    const examples = officialExamples()
    if (examples.length === 0) this.skip()
    for (const { name, text } of examples) {
      assert.equal(
        stringify(sorted(JSON.parse(toJson(toXml(text))))),
        stringify(sorted(JSON.parse(text))),
        name,
      )
      assert.equal(
        stringify(sorted(parseLossless(toJson(toXml(text, true))))),
        stringify(sorted(parseLossless(text))),
        name,
      )
    }
  })
})
