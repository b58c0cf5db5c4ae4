// Links between the entries of a transaction end at what was stored.
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { loadDefinitions } from '../../src/fhir/definitions-cache.ts'
import { rewriteLinks, type Targets } from '../../src/interaction/transaction-link.ts'
import { createValidator } from '../../src/validation/validator.ts'
import { onBothStores } from '../support/server.ts'
import { cpuTimeOf } from '../support/time.ts'
import { randomOf, randomResource } from '../validation/random-resource.ts'
import {
  entry,
  locationOf,
  observation,
  patient,
  statuses,
  transact,
  unique,
  versions,
} from './bundles.ts'

const definitions = loadDefinitions('.cache/definitions')

const URN = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a'
const RANDOM_URI = 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520'
const OID = 'urn:oid:1.2.3.4'
const HTTP = 'http://elsewhere.example/fhir/Patient/7'
const CANONICAL = 'http://elsewhere.example/fhir/StructureDefinition/s'

const targets: Targets = new Map([
  [URN, { local: 'Patient/a', version: 1 }],
  [OID, { local: 'Patient/b', version: 4 }],
  [HTTP, { local: 'Patient/c', version: undefined }],
  [CANONICAL, { local: 'StructureDefinition/d', version: 1 }],
])

function rewritten(resource: object, fullUrl?: string): { resource: any; conditions: string[] } {
  const copy = structuredClone(resource) as any
  const conditions: string[] = []
  const request = { method: 'POST' as const, path: [], query: [], headers: {}, body: undefined }
  rewriteLinks(
    { index: 0, fullUrl, request, resource: copy, digits: false },
    targets,
    definitions,
    (c) => conditions.push(c.holder.reference),
  )
  return { resource: copy, conditions }
}

const div = (content: string) => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`,
})

describe('links of a transaction', () => {
  const cases: [string, object, object][] = [
    ['a reference', { subject: { reference: URN } }, { subject: { reference: 'Patient/a' } }],
    ['an OID', { subject: { reference: OID } }, { subject: { reference: 'Patient/b' } }],
    ['a URL', { subject: { reference: HTTP } }, { subject: { reference: 'Patient/c' } }],
    [
      'references in an array',
      { performer: [{ reference: URN }, { display: 'x' }, { reference: HTTP }] },
      { performer: [{ reference: 'Patient/a' }, { display: 'x' }, { reference: 'Patient/c' }] },
    ],
    [
      'a reference with a version: that of the new resource',
      { subject: { reference: `${URN}/_history/77` } },
      { subject: { reference: 'Patient/a/_history/1' } },
    ],
    [
      'a reference with a version of what is updated: as it is',
      { subject: { reference: `${HTTP}/_history/77` } },
      { subject: { reference: 'Patient/c/_history/77' } },
    ],
    [
      'a reference with a fragment',
      { subject: { reference: `${URN}#part` } },
      { subject: { reference: 'Patient/a#part' } },
    ],
    [
      'a reference in an extension',
      { extension: [{ url: 'http://e', valueReference: { reference: URN } }] },
      { extension: [{ url: 'http://e', valueReference: { reference: 'Patient/a' } }] },
    ],
    [
      'a reference in an extension in an extension',
      {
        extension: [
          { url: 'http://e', extension: [{ url: 'x', valueReference: { reference: URN } }] },
        ],
      },
      {
        extension: [
          {
            url: 'http://e',
            extension: [{ url: 'x', valueReference: { reference: 'Patient/a' } }],
          },
        ],
      },
    ],
    [
      'an extension of a primitive',
      { status: 'final', _status: { extension: [{ url: 'http://e', valueUri: URN }] } },
      { status: 'final', _status: { extension: [{ url: 'http://e', valueUri: 'Patient/a' }] } },
    ],
    [
      'an extension in a padded array',
      {
        component: [
          {
            code: {
              coding: [
                {
                  _display: {
                    extension: [{ url: 'http://e', valueReference: { reference: URN } }],
                  },
                },
              ],
            },
          },
        ],
      },
      {
        component: [
          {
            code: {
              coding: [
                {
                  _display: {
                    extension: [{ url: 'http://e', valueReference: { reference: 'Patient/a' } }],
                  },
                },
              ],
            },
          },
        ],
      },
    ],
    [
      'a contained resource',
      { contained: [{ resourceType: 'Encounter', id: 'e', subject: { reference: URN } }] },
      { contained: [{ resourceType: 'Encounter', id: 'e', subject: { reference: 'Patient/a' } }] },
    ],
    [
      'a Resource in a resource of Parameters',
      {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'x',
            part: [{ name: 'y', resource: { resourceType: 'Basic', subject: { reference: URN } } }],
          },
        ],
      },
      {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'x',
            part: [
              {
                name: 'y',
                resource: { resourceType: 'Basic', subject: { reference: 'Patient/a' } },
              },
            ],
          },
        ],
      },
    ],
    ...['Uri', 'Url'].map((type): [string, object, object] => [
      `an element of type ${type.toLowerCase()}`,
      { extension: [{ url: 'http://e', [`value${type}`]: URN }] },
      { extension: [{ url: 'http://e', [`value${type}`]: 'Patient/a' }] },
    ]),
    [
      'a uri with a fragment',
      { extension: [{ url: 'http://e', valueUri: `${HTTP}#x` }] },
      { extension: [{ url: 'http://e', valueUri: 'Patient/c#x' }] },
    ],
    [
      'the url of an attachment',
      { resourceType: 'DocumentReference', content: [{ attachment: { url: URN } }] },
      { resourceType: 'DocumentReference', content: [{ attachment: { url: 'Patient/a' } }] },
    ],
    [
      'a link in the narrative',
      { text: div(`<a href="${URN}">${URN}</a>`) },
      { text: div(`<a href="Patient/a">${URN}</a>`) },
    ],
    [
      'an image in the narrative, with other attributes and quotes',
      { text: div(`<img alt="a > b"\n  src='${URN}' title="${URN}"/><a href = "${HTTP}#s">x</a>`) },
      {
        text: div(
          `<img alt="a > b"\n  src="Patient/a" title="${URN}"/><a href = "Patient/c#s">x</a>`,
        ),
      },
    ],
    [
      'the narrative of a section',
      {
        resourceType: 'Composition',
        section: [{ section: [{ text: div(`<a href="${URN}">x</a>`) }] }],
      },
      {
        resourceType: 'Composition',
        section: [{ section: [{ text: div(`<a href="Patient/a">x</a>`) }] }],
      },
    ],
  ]
  for (const [title, before, after] of cases)
    it(`are replaced in ${title}`, () => {
      const base = { resourceType: 'Observation' }
      assert.deepEqual(rewritten({ ...base, ...before }).resource, { ...base, ...after })
    })

  const kept: [string, object][] = [
    ['the value of an identifier', { identifier: [{ system: 'urn:ietf:rfc:3986', value: URN }] }],
    ['a string', { valueString: URN }],
    ['a code', { extension: [{ url: 'http://e', valueCode: URN }] }],
    ['a canonical', { extension: [{ url: 'http://e', valueCanonical: URN }] }],
    ['a uuid, which no other URL can be', { extension: [{ url: 'http://e', valueUuid: URN }] }],
    ['an oid', { extension: [{ url: 'http://e', valueOid: OID }] }],
    ['instantiatesCanonical', { resourceType: 'CarePlan', instantiatesCanonical: [URN] }],
    ['the profile of a resource', { meta: { profile: [CANONICAL] } }],
    ['the url of an extension', { extension: [{ url: CANONICAL, valueString: 'x' }] }],
    ['the url of a canonical resource', { resourceType: 'StructureDefinition', url: CANONICAL }],
    ['the system of a code', { code: { coding: [{ system: CANONICAL, code: 'x' }] } }],
    [
      'text of the narrative, and attributes that are no link',
      { text: div(`${URN}<p title="${URN}">href="${URN}"</p><a name="${URN}">x</a>`) },
    ],
    [
      'a Bundle in the Bundle',
      {
        resourceType: 'Bundle',
        type: 'document',
        entry: [{ fullUrl: URN, resource: { resourceType: 'Basic', subject: { reference: URN } } }],
      },
    ],
    [
      'a link to something else',
      {
        subject: { reference: 'urn:uuid:00000000-0000-4000-8000-000000000000' },
        encounter: { reference: 'Encounter/7' },
      },
    ],
    [
      'a link that only begins like one',
      {
        subject: { reference: `${HTTP}7` },
        extension: [{ url: 'http://e', valueUri: `${URN}?x` }],
      },
    ],
    ['a contained reference', { subject: { reference: '#p' } }],
    ['a relative reference of a resource with no base', { subject: { reference: 'Patient/7' } }],
    [
      'what is not as it should be',
      {
        subject: URN,
        performer: { reference: 5 },
        contained: 'x',
        text: { div: null },
        code: [null, [URN]],
      },
    ],
  ]
  for (const [title, resource] of kept)
    it(`are left alone in ${title}`, () => {
      const whole = { resourceType: 'Observation', ...resource }
      assert.deepEqual(rewritten(whole, URN).resource, whole)
    })

  it('are relative to the base of the entry that they stand in', () => {
    const resource = { resourceType: 'Observation', subject: { reference: 'Patient/7' } }
    const within = (fullUrl: string): string =>
      rewritten(resource, fullUrl).resource.subject.reference
    assert.equal(within('http://elsewhere.example/fhir/Observation/1'), 'Patient/c')
    assert.equal(within('http://another.example/fhir/Observation/1'), 'Patient/7')
    assert.equal(within('http://elsewhere.example/fhir/Thing/1'), 'Patient/7')
  })

  it('are told from conditional references', () => {
    const { resource, conditions } = rewritten({
      resourceType: 'Observation',
      contained: [{ resourceType: 'Encounter', subject: { reference: 'Patient?identifier=a|b' } }],
      subject: { reference: 'Patient?identifier=a|b&active=true' },
      performer: [
        { reference: 'Thing?x=y' },
        { reference: 'http://e/Patient?x=y' },
        { reference: '?x' },
      ],
      valueString: 'Patient?identifier=c',
    })
    assert.deepEqual(conditions, ['Patient?identifier=a|b', 'Patient?identifier=a|b&active=true'])
    assert.equal(resource.subject.reference, 'Patient?identifier=a|b&active=true')
  })

  it('leave every kind of resource valid', () => {
    const validator = createValidator(definitions)
    let changed = 0
    for (const [seed, type] of definitions.resourceTypes.entries()) {
      const resource = randomResource(definitions, type, randomOf(seed))
      // What the random values have for a uri is the full URL of an entry.
      const whole = JSON.stringify(resource).replaceAll(RANDOM_URI, URN)
      const after = rewritten(JSON.parse(whole) as object).resource
      assert.deepEqual(validator.validate(after), [], type)
      if (JSON.stringify(after) !== whole) changed++
    }
    assert.ok(changed > 50, `${changed} resources had links`)
  })

  it('take time in proportion to a narrative that is made to be slow', () => {
    for (const hostile of [
      '<a ',
      '<a href=',
      '<img src="',
      '<a href="x" ',
      '<a' + ' '.repeat(50),
    ]) {
      const text = div(hostile.repeat(300_000 / hostile.length))
      const ms = cpuTimeOf(() => void rewritten({ resourceType: 'Patient', text }))
      assert.ok(ms < 2000, `${hostile}: ${ms} ms`)
    }
  })
})

onBothStores('links of a transaction, stored', (server) => {
  it('lead both ways between new resources, and to what a condition found', async () => {
    const id = unique()
    await server().send('PUT', `/Organization/${id}`, {
      resourceType: 'Organization',
      id,
      identifier: [{ system: 'urn:test', value: id }],
    })
    const answer = await transact(server(), [
      entry(
        'POST Encounter',
        {
          resourceType: 'Encounter',
          status: 'finished',
          class: { code: 'AMB' },
          subject: { reference: 'urn:uuid:p' },
          serviceProvider: { reference: 'urn:uuid:o' },
        },
        { fullUrl: 'urn:uuid:e' },
      ),
      entry(
        'POST Patient',
        patient(id, {
          managingOrganization: { reference: 'urn:uuid:o' },
          extension: [{ url: 'http://e', valueReference: { reference: 'urn:uuid:e' } }],
        }),
        { fullUrl: 'urn:uuid:p' },
      ),
      entry(
        'POST Organization',
        { resourceType: 'Organization', name: 'x' },
        { fullUrl: 'urn:uuid:o', ifNoneExist: `identifier=urn:test|${id}` },
      ),
    ])
    assert.deepEqual(statuses(answer), ['201 Created', '201 Created', '200 OK'], answer.text)
    const [encounter, person] = answer.body.entry.map((e: any) => e.resource)
    assert.equal(encounter.subject.reference, locationOf(answer, 1))
    assert.equal(encounter.serviceProvider.reference, `Organization/${id}`)
    assert.equal(person.managingOrganization.reference, `Organization/${id}`)
    assert.equal(person.extension[0].valueReference.reference, locationOf(answer, 0))
    const found = await server().send('GET', `/Encounter?subject=${locationOf(answer, 1)}`)
    assert.equal(found.body.entry.length, 1, 'the index knows the new reference')
  })

  it('lead to updated resources under their other names', async () => {
    const id = unique()
    const other = `http://elsewhere.example/fhir/Patient/${id}-there`
    const answer = await transact(server(), [
      entry(`PUT Patient/${id}`, patient(id, { id }), { fullUrl: other }),
      entry('POST Observation', observation({ subject: { reference: other } })),
      entry(`PUT Patient?identifier=urn:test|${id}c`, patient(`${id}c`), { fullUrl: 'urn:uuid:c' }),
      entry('POST Observation', observation({ subject: { reference: 'urn:uuid:c' } })),
    ])
    assert.equal(answer.body.entry[1].resource.subject.reference, `Patient/${id}`)
    assert.equal(answer.body.entry[3].resource.subject.reference, locationOf(answer, 2))
  })

  it('are replaced in FHIRPath patches, and in the references of JSON patches', async () => {
    const id = unique()
    for (const i of [1, 2, 3])
      await server().send('PUT', `/Observation/${id}-${i}`, observation({ id: `${id}-${i}` }))
    const json = (text: string) => ({
      resourceType: 'Binary',
      contentType: 'application/json-patch+json',
      data: Buffer.from(text).toString('base64'),
    })
    const answer = await transact(server(), [
      entry('POST Patient', patient(id), { fullUrl: 'urn:uuid:p' }),
      entry(`PATCH Observation/${id}-1`, {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: 'add' },
              { name: 'path', valueString: 'Observation' },
              { name: 'name', valueString: 'subject' },
              { name: 'value', valueReference: { reference: 'urn:uuid:p' } },
            ],
          },
        ],
      }),
      entry(
        `PATCH Observation/${id}-2`,
        json('[{"op":"add","path":"/subject","value":{"reference":"urn:uuid:p"}}]'),
      ),
      entry(
        `PATCH Observation/${id}-3`,
        json(
          '[{"op":"add","path":"/subject","value":{}},{"op":"add","path":"/subject/reference","value":"urn:uuid:p"}]',
        ),
      ),
    ])
    assert.equal(answer.status, 200, answer.text)
    for (const i of [1, 2, 3])
      assert.equal(answer.body.entry[i].resource.subject.reference, locationOf(answer, 0))
  })

  describe('conditional references', () => {
    const refer = (reference: string) =>
      entry('POST Observation', observation({ subject: { reference } }))
    const put = (id: string, value: string) =>
      server().send('PUT', `/Patient/${id}`, patient(value, { id }))
    const by = (value: string) => `Patient?identifier=urn:test|${value}`

    it('become the one that they select, everywhere', async () => {
      const id = unique()
      await put(id, id)
      const answer = await transact(server(), [
        refer(by(id)),
        entry(
          'POST Observation',
          observation({
            contained: [
              {
                resourceType: 'Encounter',
                id: 'e',
                status: 'finished',
                class: { code: 'AMB' },
                subject: { reference: by(id) },
              },
            ],
            encounter: { reference: '#e' },
            extension: [{ url: 'http://e', valueReference: { reference: by(id) } }],
          }),
        ),
      ])
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.entry[0].resource.subject.reference, `Patient/${id}`)
      const { contained, extension } = answer.body.entry[1].resource
      assert.equal(contained[0].subject.reference, `Patient/${id}`)
      assert.equal(extension[0].valueReference.reference, `Patient/${id}`)
    })

    it('see what the transaction creates and updates', async () => {
      const id = unique()
      await put(id, 'before')
      const answer = await transact(server(), [
        refer(by(`${id}new`)),
        entry('POST Patient', patient(`${id}new`)),
        refer(by(`${id}after`)),
        entry(`PUT Patient/${id}`, patient(`${id}after`, { id })),
      ])
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.entry[0].resource.subject.reference, locationOf(answer, 1))
      assert.equal(answer.body.entry[2].resource.subject.reference, `Patient/${id}`)
    })

    it('do not see what the transaction deletes or changes away', async () => {
      const id = unique()
      await put(id, id)
      for (const change of [
        entry(`DELETE Patient/${id}`),
        entry(`PUT Patient/${id}`, patient('away', { id })),
      ]) {
        const answer = await transact(server(), [refer(by(id)), change])
        assert.equal(answer.status, 412, answer.text)
      }
      await put(`${id}2`, id)
      const answer = await transact(server(), [refer(by(id)), entry(`DELETE Patient/${id}`)])
      assert.equal(answer.body.entry?.[0].resource.subject.reference, `Patient/${id}2`, answer.text)
    })

    const refused: [string, (id: string) => string, number, string][] = [
      ['none', (id) => by(`${id}none`), 412, 'not-found'],
      ['several', (id) => by(id), 412, 'multiple-matches'],
      ['by an unknown parameter', () => 'Patient?identifer=x', 400, 'invalid'],
      ['all', () => 'Patient?_count=1', 400, 'invalid'],
    ]
    for (const [title, reference, status, code] of refused)
      it(`fail the transaction when they select ${title}: ${status}, the element named`, async () => {
        const id = unique()
        await put(`${id}-1`, id)
        await put(`${id}-2`, id)
        const before = await versions(server())
        const answer = await transact(server(), [
          entry('POST Patient', patient('x')),
          entry(
            'POST Observation',
            observation({ performer: [{ display: 'x' }, { reference: reference(id) }] }),
          ),
        ])
        assert.equal(answer.status, status, answer.text)
        assert.equal(answer.body.issue[0].code, code)
        assert.deepEqual(answer.body.issue[0].expression, [
          'Bundle.entry[1].resource.performer[1].reference',
        ])
        assert.equal(await versions(server()), before)
      })

    it('are text like any other outside a transaction', async () => {
      const answer = await server().send(
        'POST',
        '/Observation',
        observation({ subject: { reference: by('x') } }),
      )
      assert.equal(answer.body.subject.reference, by('x'))
    })
  })
})
