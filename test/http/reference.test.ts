// References that must resolve, where a deployment wants it, https://hl7.org/fhir/R4/references.html
import assert from 'node:assert/strict'
import {
  bundleOf,
  entry,
  observation,
  patient,
  transact,
  unique,
  versions,
} from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'
import { assertRefused, createdId } from './outcome.ts'

onBothStores(
  'references that must resolve',
  (server) => {
    const about = (reference: string, more: object = {}) =>
      observation({ subject: { reference }, ...more })
    const post = (body: unknown) => server().send('POST', '/Observation', body)
    const made = async (): Promise<string> =>
      `Patient/${createdId(await server().send('POST', '/Patient', patient(unique())))}`

    it('to what is here are stored', async () => {
      const target = await made()
      for (const reference of [target, `${server().base}/${target}`, `${target}/_history/1`])
        assert.equal((await post(about(reference))).status, 201, reference)
    })

    it('to what isn’t here are refused, each by its place', async () => {
      const before = await versions(server())
      const answer = await post(
        about('Patient/nobody', {
          performer: [{ reference: 'Practitioner/nobody' }, { display: 'Dr. Kim' }],
          extension: [{ url: 'urn:x', valueReference: { reference: 'Basic/nobody' } }],
        }),
      )
      assertRefused(server(), answer, 422, { code: 'not-found', says: /nobody/ })
      assert.deepEqual(
        new Set(answer.body.issue.flatMap((i: any) => i.expression)),
        new Set([
          'Observation.subject.reference',
          'Observation.performer[0].reference',
          'Observation.extension[0].valueReference.reference',
        ]),
      )
      assert.equal(await versions(server()), before)
    })

    it('to what was deleted are refused', async () => {
      const target = await made()
      await server().send('DELETE', `/${target}`)
      assertRefused(server(), await post(about(target)), 422)
    })

    it('elsewhere are no business of ours', async () => {
      for (const reference of [
        'https://elsewhere.example.org/fhir/Patient/1',
        'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
        '#p',
      ])
        assert.equal(
          (
            await post(
              about(
                reference,
                reference === '#p'
                  ? { contained: [{ resourceType: 'Patient', id: 'p', active: true }] }
                  : {},
              ),
            )
          ).status,
          201,
          reference,
        )
    })

    it('are checked by update, patch and their conditional forms', async () => {
      const target = await made()
      const id = unique()
      const put = (reference: string) =>
        server().send('PUT', `/Observation/${id}`, about(reference, { id }))
      assertRefused(server(), await put('Patient/nobody'), 422)
      assert.equal((await put(target)).status, 201)
      assertRefused(server(), await put('Patient/nobody'), 422)
      const patch = (reference: string) =>
        server().send(
          'PATCH',
          `/Observation/${id}`,
          [{ op: 'replace', path: '/subject/reference', value: reference }],
          { 'content-type': 'application/json-patch+json' },
        )
      assertRefused(server(), await patch('Patient/nobody'), 422, {
        expression: 'Observation.subject.reference',
      })
      assert.equal((await patch(await made())).status, 200)
      assertRefused(
        server(),
        await server().send('PUT', `/Observation?_id=${id}`, about('Patient/nobody')),
        422,
      )
    })

    it('to the resource itself resolve, once it has the id', async () => {
      const id = unique()
      const link = (target: string) => [
        { other: { reference: `Patient/${target}` }, type: 'seealso' },
      ]
      const answer = await server().send(
        'PUT',
        `/Patient/${id}`,
        patient(id, { id, link: link(id) }),
      )
      assert.equal(answer.status, 201, answer.text)
      const other = unique()
      assertRefused(
        server(),
        await server().send('POST', '/Patient', patient(other, { id: other, link: link(other) })),
        422,
        { expression: 'Patient.link[0].other.reference' },
      )
    })

    it('within a transaction resolve to what it creates', async () => {
      const uuid = `urn:uuid:${crypto.randomUUID()}`
      const id = unique()
      const answer = await transact(server(), [
        entry('POST Observation', about(uuid)),
        entry('POST Patient', patient(unique()), { fullUrl: uuid }),
        entry('POST Observation', about(`Patient/${id}`)),
        entry(`PUT Patient/${id}`, patient(id, { id })),
      ])
      assert.equal(answer.status, 200, answer.text)
      const before = await versions(server())
      const wrong = await transact(server(), [
        entry('POST Patient', patient(unique())),
        entry('POST Observation', about('Patient/nobody')),
      ])
      assertRefused(server(), wrong, 422, { says: /Patient\/nobody/ })
      assert.equal(await versions(server()), before)
    })

    it('of a batch are its entries’ own', async () => {
      const batch = bundleOf('batch', [
        entry('POST Observation', about('Patient/nobody')),
        entry('POST Observation', about(await made())),
      ])
      const { body } = await server().send('POST', '', batch)
      assert.deepEqual(
        body.entry.map((e: any) => e.response.status.slice(0, 3)),
        ['422', '201'],
      )
    })
  },
  { REFERENCES: 'enforce' },
)

onBothStores('references that need not resolve', (server) => {
  it('are stored as they are', async () => {
    const answer = await server().send(
      'POST',
      '/Observation',
      observation({ subject: { reference: 'Patient/not-here-yet' } }),
    )
    assert.equal(answer.status, 201)
    assert.equal(answer.body.subject.reference, 'Patient/not-here-yet')
  })
})
