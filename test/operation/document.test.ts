// Composition/$document: the Composition first, what it refers to behind it, and no gap.
import assert from 'node:assert/strict'
import { entry, observation, patient, transact } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'

onBothStores('document', (server) => {
  const composition = (id: string, more: object = {}) => ({
    resourceType: 'Composition',
    id,
    status: 'final',
    type: { text: 'summary' },
    date: '2026-01-01',
    title: 'x',
    subject: { reference: 'Patient/p' },
    author: [{ reference: 'Practitioner/dr' }, { display: 'somebody' }],
    section: [
      {
        title: 'a',
        entry: [{ reference: 'Observation/o' }],
        section: [
          { title: 'b', entry: [{ reference: 'Observation/o' }, { reference: 'Patient/p' }] },
        ],
      },
    ],
    ...more,
  })
  before(async () => {
    const answer = await transact(server(), [
      entry('PUT Patient/p', patient('p', { id: 'p' })),
      entry('PUT Practitioner/dr', { resourceType: 'Practitioner', id: 'dr' }),
      entry('PUT Observation/o', observation({ id: 'o', valueQuantity: { value: 1 } })),
      entry('PUT Composition/c', composition('c')),
      entry(
        'PUT Composition/gap',
        composition('gap', { custodian: { reference: 'Organization/no' } }),
      ),
    ])
    assert.equal(answer.status, 200, answer.text)
  })

  for (const method of ['GET', 'POST'])
    it(`has what the Composition refers to, once each, by ${method}`, async () => {
      const { status, body, text } = await server().send(method, '/Composition/c/$document')
      assert.equal(status, 200, text)
      assert.equal(body.type, 'document')
      assert.match(body.identifier.value as string, /^urn:uuid:/)
      assert.deepEqual(
        body.entry.map((e: any) => `${e.resource.resourceType}/${e.resource.id}`),
        ['Composition/c', 'Patient/p', 'Practitioner/dr', 'Observation/o'],
      )
      assert.equal(body.entry[1].fullUrl, `${server().base}/Patient/p`)
      assert.deepEqual(server().context.validator.validate(body), [])
      assert.equal((await server().send('POST', '/Bundle', body)).status, 201)
    })

  it('has no gap', async () => {
    const { status, body } = await server().send('GET', '/Composition/gap/$document')
    assert.equal(status, 422)
    assert.deepEqual(body.issue[0].expression, ['Composition.custodian.reference'])
    assert.match(body.issue[0].diagnostics as string, /Organization\/no/)
  })

  const refused: [string, number][] = [
    ['/Composition/nobody/$document', 404],
    ['/Patient/p/$document', 404],
    ['/Composition/c/$document?persist=true', 400],
    ['/Composition/c/$document?colour=red', 400],
  ]
  for (const [path, status] of refused)
    it(`refuses ${path}`, async () =>
      assert.equal((await server().send('GET', path)).status, status))
})
