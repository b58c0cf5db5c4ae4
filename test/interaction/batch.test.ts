// Batches: each entry for itself.
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { createLog } from '../../src/log.ts'
import { handle } from '../../src/handle.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { onBothStores } from '../support/server.ts'
import {
  bundleOf,
  countOf,
  entry,
  observation,
  patient,
  sendBatch,
  statuses,
  unique,
} from './bundles.ts'

onBothStores('batch', (server) => {
  it('answers every entry for itself, in the order sent', async () => {
    const id = unique()
    await server().send('PUT', `/Patient/${id}`, patient(id, { id }))
    const answer = await sendBatch(server(), [
      entry(`GET Patient/${id}`),
      entry('GET Patient/nobody'),
      entry('POST Patient', { resourceType: 'Patient', gender: 'x' }),
      entry('POST Patient', patient(`${id}-posted`)),
      entry('PUT Patient/other', patient('x', { id: 'another' })),
      entry('POST Patiant', { resourceType: 'Patiant' }),
      entry(`PUT Patient/${id}`, patient(id, { id }), { ifMatch: 'W/"9"' }),
      entry(`PATCH Patient/${id}`, {
        resourceType: 'Binary',
        contentType: 'application/json-patch+json',
        data: Buffer.from('[{"op":"add","path":"/active","value":true}]').toString('base64'),
      }),
      entry('DELETE metadata'),
      entry('GET metadata?mode=terminology'),
      entry(`GET Patient?identifier=urn:test|${id}`),
      entry(`HEAD Patient/${id}`),
      entry(`DELETE Patient?identifier=urn:test|${id}-nobody`),
      entry(`GET Patient/${id}`, undefined, { ifNoneMatch: 'W/"1", W/"2"' }),
      entry(`GET Patient/${id}/_history`),
      entry(`GET Patient/${id}/_history/1`),
      entry('POST $validate', { resourceType: 'Basic' }),
    ])
    assert.equal(answer.status, 200)
    assert.equal(answer.body.type, 'batch-response')
    assert.deepEqual(statuses(answer), [
      '200 OK',
      '404 Not Found',
      '422 Unprocessable Entity',
      '201 Created',
      '400 Bad Request',
      '404 Not Found',
      '412 Precondition Failed',
      '200 OK',
      '405 Method Not Allowed',
      '200 OK',
      '200 OK',
      '200 OK',
      '204 No Content',
      '304 Not Modified',
      '200 OK',
      '200 OK',
      '200 OK',
    ])
    const entries = answer.body.entry
    assert.equal(entries[0].resource.active, true, 'reads come after writes')
    for (const i of [1, 2, 4, 5, 6, 8]) {
      assert.equal(entries[i].response.outcome.resourceType, 'OperationOutcome')
      assert.equal(entries[i].resource, undefined)
    }
    assert.deepEqual(entries[2].response.outcome.issue[0].expression, ['Patient.gender'])
    assert.equal(entries[3].response.etag, 'W/"1"')
    assert.equal(entries[3].response.lastModified, entries[3].resource.meta.lastUpdated)
    assert.equal(entries[9].resource.resourceType, 'TerminologyCapabilities')
    assert.equal(entries[10].resource.type, 'searchset')
    assert.equal(entries[11].resource, undefined)
    assert.equal(entries[14].resource.type, 'history')
    assert.equal(entries[16].resource.resourceType, 'OperationOutcome')
    assert.equal(await countOf(server(), 'Patient', `${id}-posted`), 1)
  })

  it('leaves links between entries as they are', async () => {
    const answer = await sendBatch(server(), [
      entry('POST Patient', patient('x'), { fullUrl: 'urn:uuid:p' }),
      entry('POST Observation', observation({ subject: { reference: 'urn:uuid:p' } })),
    ])
    assert.equal(answer.body.entry[1].resource.subject.reference, 'urn:uuid:p')
  })

  it('creates one of many on the same condition', async () => {
    const id = unique()
    const answer = await sendBatch(
      server(),
      Array.from({ length: 6 }, () =>
        entry('POST Patient', patient(id), { ifNoneExist: `identifier=urn:test|${id}` }),
      ),
    )
    assert.equal(statuses(answer).filter((s) => s === '201 Created').length, 1)
    assert.equal(statuses(answer).filter((s) => s === '200 OK').length, 5)
    assert.equal(await countOf(server(), 'Patient', id), 1)
  })

  it('passes Prefer on to the entries', async () => {
    const id = unique()
    const write = [entry(`PUT Patient/${id}`, patient(id, { id })), entry(`GET Patient?colour=red`)]
    const minimal = await sendBatch(server(), write, { prefer: 'return=minimal, handling=strict' })
    assert.deepEqual(statuses(minimal), ['201 Created', '400 Bad Request'])
    assert.equal(minimal.body.entry[0].resource, undefined)
    const plain = await server().send('POST', '', bundleOf('batch', write))
    assert.equal(plain.body.entry[0].resource, undefined, 'only when asked for')
    assert.match(plain.body.entry[0].response.location, /_history\/1$/)
    const outcome = await sendBatch(server(), write, { prefer: 'return=OperationOutcome' })
    assert.equal(outcome.body.entry[0].response.outcome.resourceType, 'OperationOutcome')
    assert.equal(outcome.body.entry[1].resource.type, 'searchset')
  })

  it('keeps the digits of numbers', async () => {
    const id = unique()
    const text = `{"resourceType":"Bundle","type":"batch","entry":[{"resource":${JSON.stringify(observation({ id })).slice(0, -1)},"valueQuantity":{"value":1.50}},"request":{"method":"PUT","url":"Observation/${id}"}}]}`
    assert.deepEqual(statuses(await server().send('POST', '', text)), ['201 Created'])
    assert.match((await server().send('GET', `/Observation/${id}`)).text, /"value":1\.50\}/)
  })

  it('tells of a fault only that there was one, and answers the other entries', async () => {
    // A store that was closed under the server is a fault of the server.
    const store = await openSqliteStore(':memory:')
    await store.close()
    const context = { ...server().context, store, log: createLog('silent') }
    const text = JSON.stringify(bundleOf('batch', [entry('GET Patient/1'), entry('GET metadata')]))
    const body = { type: 'application/fhir+json', text }
    const answer = await handle({ method: 'POST', path: [], query: [], headers: {}, body }, context)
    const [fault, fine] = JSON.parse(answer.body!).entry
    assert.equal(fine.response.status, '200 OK')
    assert.match(fault.response.status, /^5/)
    assert.doesNotMatch(JSON.stringify(fault), /database|sqlite|\.ts|node:/i)
  })
})
