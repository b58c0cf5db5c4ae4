// Large documents are converted in a thread, small ones at once; nobody sees a difference but in who waits.
import assert from 'node:assert/strict'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { inFormat, jsonOf, openConverter, type Converter } from '../../src/http/convert.ts'
import type { Format } from '../../src/http/format.ts'

const FOLDER = '.cache/definitions'
const definitions = loadDefinitions(FOLDER)
const xml: Format = { syntax: 'xml', type: 'application/fhir+xml', pretty: false }
const pretty: Format = { syntax: 'json', type: 'application/fhir+json', pretty: true }

const patientXml = (names: number, end = '</Patient>'): string =>
  `<Patient xmlns="http://hl7.org/fhir">${'<name><family value="김"/></name>'.repeat(names)}${end}`

describe('http/convert', () => {
  let converter: Converter
  beforeEach(() => {
    converter = openConverter(definitions, FOLDER)
  })
  afterEach(() => converter.close())

  for (const names of [1, 40_000])
    it(`gives the same for a document with ${names} names as at once`, async () => {
      const json = jsonOf(patientXml(names), definitions)
      assert.equal(await converter.read(patientXml(names)), json)
      for (const format of [xml, pretty])
        assert.equal(await converter.write(json, format), inFormat(json, format, definitions))
    })

  it('answers each with its own, failures with their kind', async () => {
    const counts = [6000, 5000, 7000]
    const answers = await Promise.all([
      ...counts.map((n) => converter.read(patientXml(n))),
      assert.rejects(converter.read(patientXml(9000, '')), { kind: 'malformed' }),
      converter.read(patientXml(8000)),
    ])
    const lengths = answers.flatMap((text) =>
      typeof text === 'string' ? [(JSON.parse(text) as { name: unknown[] }).name.length] : [],
    )
    assert.deepEqual(lengths, [...counts, 8000])
  })

  it('refuses what would wait too long', async () => {
    const text = patientXml(5000)
    const refused: unknown[] = []
    for (let i = 0; i < 120; i++)
      converter.read(text).catch((error: unknown) => refused.push(error))
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(refused.length, 20)
    for (const error of refused) assert.equal((error as { kind?: string }).kind, 'unavailable')
  })

  it('leaves nobody without an answer when it is closed', async () => {
    const reading = assert.rejects(converter.read(patientXml(40_000)))
    await converter.close()
    await reading
    assert.match(await converter.read(patientXml(6000)), /^\{"resourceType":"Patient"/)
  })
})
