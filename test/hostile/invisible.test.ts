// Text that nobody can see is no value (https://hl7.org/fhir/R4/datatypes.html#string), whichever way it comes: each way
// to write refuses it, and leaves what was there.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { onBothStores } from '../support/server.ts'

/** JavaScript's white space: what `trim()` takes away. */
const INVISIBLE: Readonly<Record<string, string>> = {
  nothing: '',
  'a space': ' ',
  'a byte order mark': '\ufeff',
  'two of them': '\ufeff\ufeff',
  'a no-break space': '\u00a0',
  'an ideographic space': '\u3000',
  'a line separator': '\u2028',
}

const parameters = (text: string, id?: string) => ({
  resourceType: 'Parameters',
  ...(id === undefined ? {} : { id }),
  parameter: [
    { name: 'a', valueString: 'x' },
    {
      name: 'b',
      part: [
        { name: 'c', valueDecimal: 1 },
        { name: 'd', valueCode: 'x' },
        { name: 'e', valueString: 'x' },
        { name: 'f', valueString: text },
      ],
    },
  ],
})

type Write = readonly [
  method: string,
  path: string,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
]

const bundle = (type: string, method: string, url: string, resource: unknown): Write => [
  'POST',
  '',
  { resourceType: 'Bundle', type, entry: [{ resource, request: { method, url } }] },
]
const jsonPatch = (text: string, op: string): string =>
  JSON.stringify([{ op, path: '/parameter/1/part/3/valueString', value: text }])
const fhirPathPatch = (text: string, parts: readonly object[]) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'operation', part: [...parts, { name: 'value', valueString: text }] }],
})
const PLACE = 'Parameters.parameter[1].part[3]'
const binaryPatch = (text: string) => ({
  resourceType: 'Binary',
  contentType: 'application/json-patch+json',
  data: Buffer.from(jsonPatch(text, 'replace')).toString('base64'),
})
const json = { 'content-type': 'application/fhir+json' }
const xml = (text: string): string => {
  const part = (name: string, value: string) => `<part><name value="${name}"/>${value}</part>`
  return `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="b"/>${part('c', '<valueString value="x"/>')}${part('f', `<valueString value="${text}"/>`)}</parameter></Parameters>`
}

const WAYS: Readonly<Record<string, (text: string) => Write>> = {
  create: (t) => ['POST', '/Parameters', parameters(t)],
  'create of text that begins with a mark': (t) => [
    'POST',
    '/Parameters',
    `\ufeff${JSON.stringify(parameters(t))}`,
    json,
  ],
  'create with numbers that keep digits': (t) => [
    'POST',
    '/Parameters',
    JSON.stringify(parameters(t)).replace('"valueDecimal":1', '"valueDecimal":1.50'),
    json,
  ],
  'create, compressed': (t) => [
    'POST',
    '/Parameters',
    gzipSync(JSON.stringify(parameters(t))),
    { ...json, 'content-encoding': 'gzip' },
  ],
  'conditional create': (t) => [
    'POST',
    '/Parameters',
    parameters(t),
    { 'if-none-exist': '_id=nobody' },
  ],
  update: (t) => ['PUT', '/Parameters/p', parameters(t, 'p')],
  'create by update': (t) => ['PUT', '/Parameters/q', parameters(t, 'q')],
  'conditional update': (t) => ['PUT', '/Parameters?_id=p', parameters(t)],
  'XML, as it is': (t) => ['POST', '/Parameters', xml(t), { 'content-type': 'application/xml' }],
  'XML, escaped': (t) => [
    'POST',
    '/Parameters',
    xml([...t].map((c) => `&#x${c.codePointAt(0)!.toString(16)};`).join('')),
    { 'content-type': 'application/fhir+xml' },
  ],
  'JSON Patch': (t) => [
    'PATCH',
    '/Parameters/p',
    jsonPatch(t, 'replace'),
    { 'content-type': 'application/json-patch+json' },
  ],
  'JSON Patch, conditional': (t) => [
    'PATCH',
    '/Parameters?_id=p',
    jsonPatch(t, 'add'),
    { 'content-type': 'application/json-patch+json' },
  ],
  'FHIRPath Patch, replace': (t) => [
    'PATCH',
    '/Parameters/p',
    fhirPathPatch(t, [
      { name: 'type', valueCode: 'replace' },
      { name: 'path', valueString: `${PLACE}.value` },
    ]),
  ],
  'FHIRPath Patch, add': (t) => [
    'PATCH',
    '/Parameters/p',
    fhirPathPatch(t, [
      { name: 'type', valueCode: 'add' },
      { name: 'path', valueString: PLACE },
      { name: 'name', valueString: 'id' },
    ]),
  ],
  batch: (t) => bundle('batch', 'PUT', 'Parameters/p', parameters(t, 'p')),
  'transaction, create': (t) => bundle('transaction', 'POST', 'Parameters', parameters(t)),
  'transaction, update': (t) => bundle('transaction', 'PUT', 'Parameters/p', parameters(t, 'p')),
  'transaction, conditional update': (t) =>
    bundle('transaction', 'PUT', 'Parameters?_id=p', parameters(t)),
  'transaction, JSON Patch': (t) => bundle('transaction', 'PATCH', 'Parameters/p', binaryPatch(t)),
  'batch, JSON Patch': (t) => bundle('batch', 'PATCH', 'Parameters/p', binaryPatch(t)),
  'transaction, FHIRPath Patch': (t) =>
    bundle(
      'transaction',
      'PATCH',
      'Parameters/p',
      fhirPathPatch(t, [
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: `${PLACE}.value` },
      ]),
    ),
  '$meta-add': (t) => [
    'POST',
    '/Parameters/p/$meta-add',
    {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x', display: t }] } }],
    },
  ],
}

onBothStores('text that nobody can see', (server) => {
  before(async () => {
    const { status } = await server().send('PUT', '/Parameters/p', parameters('seen', 'p'))
    assert.equal(status, 201)
  })
  const versions = async (): Promise<number> =>
    (await server().send('GET', '/_history?_count=0')).body.total

  for (const [way, write] of Object.entries(WAYS))
    it(`is refused: ${way}`, async () => {
      for (const [what, text] of Object.entries(INVISIBLE)) {
        const before = await versions()
        const [method, path, body, headers] = write(text)
        const answer = await server().send(method, path, body, headers)
        const said = answer.body?.entry?.[0]?.response?.status ?? String(answer.status)
        assert.match(said, /^4(00|22)/, `${what}: ${answer.text.slice(0, 500)}`)
        assert.equal(await versions(), before, what)
      }
    })

  it('and the same with a letter beside it is taken, each way', async () => {
    for (const [way, write] of Object.entries(WAYS)) {
      if (way === 'FHIRPath Patch, add') continue
      const [method, path, body, headers] = write('\ufeffa')
      const answer = await server().send(method, path, body, headers)
      const said = answer.body?.entry?.[0]?.response?.status ?? String(answer.status)
      assert.match(said, /^20[01]/, `${way}: ${answer.text.slice(0, 500)}`)
    }
  })
})
