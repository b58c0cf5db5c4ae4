// What is posted to the base, before its entries are looked at.
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { bundleOf, entry, patient, statuses, unique, versions } from './bundles.ts'

onBothStores(
  'Bundle at the base',
  (server) => {
    const good = entry('POST Patient', patient('never'))
    const post = { resourceType: 'Patient', active: true }

    const refused: [string, unknown, number, (string | undefined)[], RegExp][] = [
      ['a resource that is no Bundle', post, 400, ['resourceType'], /goes to \/Patient/],
      ['no resourceType', { type: 'batch' }, 400, ['resourceType'], /resourceType/],
      ['no type', { resourceType: 'Bundle' }, 400, ['Bundle.type'], /batch or transaction/],
      ['type 5', { resourceType: 'Bundle', type: 5 }, 400, ['Bundle.type'], /batch or transaction/],
      ...['collection', 'searchset', 'transaction-response', 'x'].map(
        (type): [string, unknown, number, string[], RegExp] => [
          `type ${type}`,
          bundleOf(type, []),
          400,
          ['Bundle.type'],
          new RegExp(`not ${type}`),
        ],
      ),
      [
        'an entry that is no array',
        { resourceType: 'Bundle', type: 'batch', entry: { request: {} } },
        400,
        ['Bundle.entry'],
        /array/,
      ],
      [
        'more entries than allowed',
        bundleOf(
          'transaction',
          Array.from({ length: 9 }, () => good),
        ),
        413,
        ['Bundle.entry'],
        /9 entries.*8/,
      ],
      [
        'no request',
        bundleOf('transaction', [good, { resource: post }]),
        400,
        ['Bundle.entry[1].request'],
        /no request/,
      ],
      [
        'no method',
        bundleOf('transaction', [{ resource: post, request: { url: 'Patient' } }]),
        400,
        ['Bundle.entry[0].request.method'],
        /method/,
      ],
      [
        'an unknown method',
        bundleOf('batch', [good, entry('TRACE Patient')]),
        400,
        ['Bundle.entry[1].request.method'],
        /GET, HEAD/,
      ],
      [
        'no url',
        bundleOf('batch', [{ resource: post, request: { method: 'POST' } }]),
        400,
        ['Bundle.entry[0].request.url'],
        /url/,
      ],
      [
        'a URL elsewhere',
        bundleOf('batch', [entry('GET http://elsewhere.example/fhir/Patient/1')]),
        400,
        ['Bundle.entry[0].request.url'],
        /relative or under/,
      ],
      [
        'a broken escape in a URL',
        bundleOf('batch', [entry('GET Patient/%E0%A4%A')]),
        400,
        ['Bundle.entry[0].request.url'],
        /escape/,
      ],
      [
        'a create without resource',
        bundleOf('transaction', [entry('POST Patient')]),
        400,
        ['Bundle.entry[0].resource'],
        /POST needs one/,
      ],
      [
        'an update and a patch without resource: both are named',
        bundleOf('transaction', [entry('PUT Patient/1'), good, entry('PATCH Patient/2')]),
        400,
        ['Bundle.entry[0].resource', 'Bundle.entry[2].resource'],
        /PUT needs one/,
      ],
      [
        'a resource without type',
        bundleOf('batch', [entry('POST Patient', { active: true })]),
        400,
        ['Bundle.entry[0].resource'],
        /resourceType/,
      ],
      [
        'a Bundle within',
        bundleOf('batch', [entry('POST ', bundleOf('batch', []))]),
        400,
        ['Bundle.entry[0].request.url'],
        /can't hold another/,
      ],
      [
        'a misspelt condition, which must not be passed over',
        bundleOf('transaction', [entry('POST Patient', post, { ifNoneExists: 'identifier=x' })]),
        400,
        ['Bundle.entry[0].request'],
        /ifNoneExists/,
      ],
      [
        'an entry that is null',
        { resourceType: 'Bundle', type: 'batch', entry: [null] },
        400,
        ['Bundle.entry[0]'],
        /not an object/,
      ],
    ]
    for (const [title, body, status, expressions, diagnostics] of refused)
      it(`refuses ${title} with ${status}, and writes nothing`, async () => {
        const before = await versions(server())
        const answer = await server().send('POST', '', body)
        assert.equal(answer.status, status, answer.text)
        assert.equal(answer.body.resourceType, 'OperationOutcome')
        const found = answer.body.issue.map((i: any) => i.expression?.[0])
        assert.deepEqual(found, expressions)
        assert.match(answer.body.issue[0].diagnostics, diagnostics)
        assert.equal(await versions(server()), before)
      })

    for (const type of ['batch', 'transaction']) {
      it(`takes a ${type} with an empty list of entries`, async () => {
        const bundle = { resourceType: 'Bundle', type, entry: [] }
        assert.equal((await server().send('POST', '', bundle)).status, 200)
      })

      it(`takes searches by POST in a ${type}, and doesn't take their answer for an outcome`, async () => {
        const answer = await server().send(
          'POST',
          '',
          bundleOf(type, [
            entry('POST Patient/_search?_count=1'),
            entry('POST _search?_type=Basic'),
          ]),
          { prefer: 'return=OperationOutcome' },
        )
        assert.deepEqual(statuses(answer), ['200 OK', '200 OK'], answer.text)
        for (const { resource } of answer.body.entry) assert.equal(resource.type, 'searchset')
      })

      it(`takes a ${type} without entries`, async () => {
        const { status, body } = await server().send('POST', '', bundleOf(type, []))
        assert.equal(status, 200)
        assert.deepEqual(body, { resourceType: 'Bundle', type: `${type}-response` })
      })

      it(`takes absolute URLs under the base, and a leading slash, in a ${type}`, async () => {
        const { base } = server()
        const [a, b] = [unique(), unique()]
        const answer = await server().send(
          'POST',
          '',
          bundleOf(type, [
            entry(`PUT ${base}/Patient/${a}`, patient(a, { id: a })),
            entry(`PUT /Patient/${b}`, patient(b, { id: b })),
            entry(`GET ${base}?_type=Basic`),
          ]),
        )
        assert.deepEqual(statuses(answer), ['201 Created', '201 Created', '200 OK'], answer.text)
        assert.equal(answer.body.entry[2].resource.type, 'searchset')
      })
    }

    it('stores a Bundle of any type at /Bundle', async () => {
      const answer = await server().send('POST', '/Bundle', bundleOf('transaction', [good]))
      assert.equal(answer.status, 201)
    })

    it('takes Bundles in XML', async () => {
      const xml = `<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/><entry><resource><Patient><active value="true"/></Patient></resource><request><method value="POST"/><url value="Patient"/></request></entry></Bundle>`
      const answer = await server().send('POST', '', xml, {
        'content-type': 'application/fhir+xml',
        accept: 'application/fhir+xml',
      })
      assert.equal(answer.status, 200, answer.text)
      assert.match(answer.text, /<type value="transaction-response"/)
      assert.match(answer.text, /<status value="201 Created"/)
    })
  },
  { MAX_BUNDLE_ENTRIES: '8' },
)
