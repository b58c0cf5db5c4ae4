// What comes in goes out: digits, letters, order, extensions, through every way in and out.
// https://hl7.org/fhir/R4/json.html and https://hl7.org/fhir/R4/datatypes.html#decimal
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseLossless, stringify } from '../../src/fhir/json.ts'
import { sorted } from '../fhir/random-resource.ts'
import { bundleOf, unique } from '../interaction/bundles.ts'
import { onBothStores, type TestServer } from '../support/server.ts'
import { randomOf } from '../validation/random-resource.ts'
import { soundResource } from '../validation/sound-resource.ts'
import { createdId } from './outcome.ts'

const NUMBERS = [
  '0.10',
  '1.50',
  '1.500',
  '1e2',
  '1E2',
  '1e+2',
  '1E-7',
  '0.0000001',
  '-0.0',
  '-0',
  '0',
  '100',
  '1.0e-10',
  '12345678901234567890.123',
  '0.1234567890123456789',
  '-98765432109876543210',
  '9007199254740993',
  '3.14159265358979323846',
]

const LETTERS: Readonly<Record<string, string>> = {
  Hangul: '김민준',
  'Hangul by its parts, not put together': '\u1100\u1175\u11b7',
  'compatibility Hangul': '\u314e\u314f\u3134',
  Kazakh: 'Әбдірахманов Қайрат Ғұмарұлы — Өскемен, Ұлытау, Үржар, һ, і, Ң',
  Russian: 'Ёлкина Наталья',
  'a letter with a combining mark': 'e\u0301 и\u0306',
  'the same letter in one': '\u00e9 \u0439',
  emoji: '👩‍⚕️🇰🇷🏳️‍🌈 1️⃣',
  'beyond the first plane': '𠮷𝒜',
  'right to left': 'שלום عليكم',
  'marks of direction and width': 'a\u200bb\u200fc\u00a0d\ufeffe',
  'what XML and JSON escape': `<a href="x">&amp; ' \\ / \u2028 \u2029 ]]></a>`,
  'white space': ' two  spaces, a\ttab, a\nline, the other\r\nline ',
  'a dollar and dots': '$where a.b.c $$ROOT __proto__ constructor',
  'noncharacters next to letters': 'a\ufffdb',
}

onBothStores('fidelity', (server) => {
  const TYPE = { 'content-type': 'application/fhir+json', accept: 'application/fhir+json' }

  /** The resource without what the server gives it, compact, digits and order kept. */
  const exact = (text: string): string => {
    const { id, meta, ...rest } = parseLossless(text) as any
    const { versionId, lastUpdated, ...others } = meta ?? {}
    return stringify(Object.keys(others as object).length > 0 ? { meta: others, ...rest } : rest)
  }
  const meaning = (text: string): string => stringify(sorted(parseLossless(exact(text))))

  /** Send a resource every way in and read it every way out. `text` has no id, and language is "x-a". */
  async function throughTheHouse(text: string): Promise<void> {
    const send = (...sent: Parameters<TestServer['send']>) => server().send(...sent)
    const expected = exact(text)
    const type = (parseLossless(text) as any).resourceType as string
    const same = async (path: string, what: string, wanted = expected) => {
      const read = await send('GET', path, undefined, { accept: 'application/fhir+json' })
      assert.equal(read.status, 200, read.text)
      assert.equal(exact(read.text), wanted, what)
    }

    const made = await send('POST', `/${type}`, text, TYPE)
    assert.equal(made.status, 201, made.text)
    assert.equal(exact(made.text), expected, 'the answer to a create')
    const id = createdId(made)
    const path = `/${type}/${id}`
    await same(path, 'a read')
    await same(`${path}/_history/1`, 'a vread')

    const pretty = await send('GET', `${path}?_pretty=true&_format=json`)
    assert.equal(exact(pretty.text), expected, 'a pretty read')

    const found = await send('GET', `/${type}?_id=${id}`, undefined, TYPE)
    const entry = (parseLossless(found.text) as any).entry[0].resource
    assert.equal(exact(stringify(entry)), expected, 'a search')

    const operations = '[{"op":"replace","path":"/language","value":"x-b"}]'
    const patch = await send('PATCH', path, operations, {
      ...TYPE,
      'content-type': 'application/json-patch+json',
    })
    assert.equal(patch.status, 200, patch.text)
    const patched = expected.replace('"language":"x-a"', '"language":"x-b"')
    await same(path, 'a JSON Patch of something else', patched)
    const parts = [
      { name: 'type', valueCode: 'replace' },
      { name: 'path', valueString: `${type}.language` },
      { name: 'value', valueCode: 'x-a' },
    ]
    const parameters = {
      resourceType: 'Parameters',
      parameter: [{ name: 'operation', part: parts }],
    }
    assert.equal((await send('PATCH', path, parameters, TYPE)).status, 200)
    await same(path, 'a FHIRPath Patch of something else')

    const other = unique()
    const withId = `{"id":"${other}",${text.trim().slice(1)}`
    assert.equal((await send('PUT', `/${type}/${other}`, withId, TYPE)).status, 201)
    await same(`/${type}/${other}`, 'an update')

    const third = unique()
    const bundle = stringify(
      bundleOf('transaction', [
        {
          resource: { ...(parseLossless(text) as object), id: third },
          request: { method: 'PUT', url: `${type}/${third}` },
        },
      ]),
    )
    const transaction = await send('POST', '', bundle, TYPE)
    assert.equal(transaction.status, 200, transaction.text)
    await same(`/${type}/${third}`, 'a transaction')

    const xml = await send('GET', path, undefined, { accept: 'application/fhir+xml' })
    assert.equal(xml.status, 200, xml.text)
    const back = await send('PUT', path, xml.text, {
      ...TYPE,
      'content-type': 'application/fhir+xml',
    })
    assert.equal(back.status, 200, back.text)
    // The order of elements in XML is that of the definitions.
    assert.equal(meaning(back.text), meaning(text), 'XML, there and back')
  }

  it('keeps the digits of decimals', async () => {
    const extensions = NUMBERS.map((n) => `{"url":"urn:n","valueDecimal":${n}}`)
    const text = `{"resourceType":"Basic","language":"x-a","extension":[${extensions.join(',')}],"code":{"text":"x"}}`
    await throughTheHouse(text)
    const { text: read } = await server().send('POST', '/Basic', text)
    assert.deepEqual(
      [...read.matchAll(/"valueDecimal":([^}]+)/g)].map((m) => m[1]),
      NUMBERS,
    )
    const id = /"id":"([^"]+)"/.exec(read)![1]!
    const xml = await server().send('GET', `/Basic/${id}?_format=xml`)
    assert.deepEqual(
      [...xml.text.matchAll(/<valueDecimal value="([^"]+)"/g)].map((m) => m[1]),
      NUMBERS,
    )
  })

  it('keeps integers as large as their types', async () => {
    await throughTheHouse(
      '{"resourceType":"Basic","language":"x-a","extension":[{"url":"urn:n","valueInteger":-2147483648},' +
        '{"url":"urn:n","valueInteger":2147483647},{"url":"urn:n","valuePositiveInt":2147483647},' +
        '{"url":"urn:n","valueUnsignedInt":0}],"code":{"text":"x"}}',
    )
    for (const value of ['2147483648', '-2147483649', '1.5', '"1"']) {
      const text = `{"resourceType":"Basic","extension":[{"url":"urn:n","valueInteger":${value}}],"code":{"text":"x"}}`
      assert.equal((await server().send('POST', '/Basic', text)).status, 422, value)
    }
  })

  for (const [what, letters] of Object.entries(LETTERS))
    it(`keeps ${what}`, async () => {
      const text = stringify({
        resourceType: 'Patient',
        language: 'x-a',
        name: [{ text: letters, given: [letters, 'x'] }],
      })
      await throughTheHouse(text)
      // Escaped as much as JSON may be, it means the same.
      const escaped = text.replace(
        /[^\0-\x7f]/g,
        (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'),
      )
      await throughTheHouse(escaped)
      const found = await server().send('POST', '/Patient', escaped)
      assert.equal(found.body.name[0].text, letters)
    })

  it('keeps a narrative as it is written', async () => {
    const div =
      '<div xmlns="http://www.w3.org/1999/xhtml" lang="kk"><p title="a&quot;b">Қан &lt; 5 &amp; <b>김</b>&#160;<br/></p><!-- c -->\n<table><tr><td>1.50</td></tr></table></div>'
    const text = { status: 'generated', div }
    await throughTheHouse(stringify({ resourceType: 'Patient', language: 'x-a', text }))
  })

  it('keeps extensions of primitives, padded arrays and the order of everything', async () => {
    await throughTheHouse(
      stringify({
        resourceType: 'Patient',
        language: 'x-a',
        birthDate: '1990-01-01',
        _birthDate: {
          id: 'b',
          extension: [{ url: 'urn:time', valueDateTime: '1990-01-01T10:00:00+09:00' }],
        },
        _gender: {
          extension: [
            { url: 'urn:z', valueCode: 'z' },
            { url: 'urn:a', valueCode: 'a' },
          ],
        },
        name: [
          {
            _family: { extension: [{ url: 'urn:own', valueString: 'Қ' }] },
            given: ['a', null, 'c'],
            _given: [null, { extension: [{ url: 'urn:x', valueBoolean: true }] }, { id: 'i' }],
            family: 'f',
          },
        ],
        contained: [
          { resourceType: 'Organization', id: 'o2', name: 'second first' },
          { resourceType: 'Organization', id: 'o1', name: 'x', _name: { id: 'n' } },
        ],
        managingOrganization: { reference: '#o1' },
        generalPractitioner: [{ reference: '#o2' }],
        extension: [
          {
            url: 'urn:c',
            extension: [
              { url: 'y', valueDecimal: 1 },
              { url: 'x', valueString: 'x' },
            ],
          },
          { url: 'urn:b', valuePeriod: { end: '2020', start: '2019' } },
        ],
        modifierExtension: [{ url: 'urn:m', valueCode: 'm' }],
        active: false,
      }),
    )
  })

  it('keeps labels of the client’s own', async () => {
    await throughTheHouse(
      stringify({
        resourceType: 'Patient',
        meta: {
          source: 'urn:clinic#1',
          profile: ['http://example.org/b', 'http://example.org/a'],
          security: [{ system: 'urn:s', code: 'R' }],
          tag: [{ system: 'urn:t', code: 'z', display: 'Я' }],
          extension: [{ url: 'urn:e', valueString: 'x' }],
        },
        language: 'x-a',
        active: true,
      }),
    )
  })

  it('keeps resources of any type made at random', async function () {
    this.timeout(120_000)
    const { definitions } = server().context
    const random = randomOf(1443)
    const types = definitions.resourceTypes
    for (let i = 0; i < 25; i++) {
      const type = types[Math.floor(random() * types.length)]!
      // A Binary is content of its own, and a Bundle's links may be rewritten in a transaction.
      if (type === 'Binary' || type === 'Bundle' || type === 'Parameters') continue
      const { resourceType, id, language, _language, ...rest }: any = soundResource(
        server().context,
        type,
        i,
      )
      await throughTheHouse(stringify({ resourceType, language: 'x-a', ...rest }))
    }
  })

  it('keeps any number and any text', async function () {
    this.timeout(120_000)
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,2})?$/)
    const letters = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 30 })
      .map((s) => s.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g, '각'))
      .filter((s) => s.trim() !== '' && s.isWellFormed())
    await fc.assert(
      fc.asyncProperty(fc.array(digits, { maxLength: 5 }), letters, async (numbers, value) => {
        const extensions = [
          ...numbers.map((n) => `{"url":"urn:n","valueDecimal":${n}}`),
          `{"url":"urn:s","valueString":${JSON.stringify(value)}}`,
        ]
        await throughTheHouse(
          `{"resourceType":"Basic","language":"x-a","extension":[${extensions.join(',')}],"code":{"text":"x"}}`,
        )
      }),
      { numRuns: 40 },
    )
  })
})
