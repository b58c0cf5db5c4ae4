import assert from 'node:assert/strict'
import { itemsOf } from '../../../src/cli/load/item.ts'

const items = (value: unknown, line = 1) => itemsOf({ line, text: JSON.stringify(value) })
const requests = (value: unknown) =>
  items(value).map((i) => (JSON.parse(i.send) as { request: unknown }).request)

const patient = { resourceType: 'Patient', id: 'p1' }

describe('items of a load', () => {
  it('puts a resource with an id and posts one without, or with one that can be none', () => {
    assert.deepEqual(requests(patient), [{ method: 'PUT', url: 'Patient/p1' }])
    for (const id of [undefined, 'a b', 7, ''])
      assert.deepEqual(requests({ resourceType: 'Patient', id }), [
        { method: 'POST', url: 'Patient' },
      ])
  })

  it('sends the text of a resource as it is, digits and all', () => {
    const text = '{"resourceType":"Basic","id":"b","extension":[{"valueDecimal":1.500}]}'
    assert.ok(itemsOf({ line: 1, text })[0]?.send.includes(text))
    const [inBundle] = itemsOf({
      line: 1,
      text: `{"resourceType":"Bundle","type":"collection","entry":[{"resource":${text}}]}`,
    })
    assert.equal(inBundle?.text, text)
    assert.ok(inBundle.send.includes(text))
  })

  it('sends transactions and batches whole, as they are', () => {
    for (const type of ['transaction', 'batch']) {
      const text = JSON.stringify({
        resourceType: 'Bundle',
        type,
        entry: [
          { resource: patient, request: { method: 'PUT', url: 'Patient/p1' } },
          {
            resource: patient,
            request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=a|b' },
          },
          { request: { method: 'DELETE', url: 'Patient/p2' } },
        ],
      })
      const [item, ...more] = itemsOf({ line: 3, text })
      assert.equal(more.length, 0)
      assert.equal(item?.kind, 'bundle')
      assert.equal(item.send, text)
      assert.equal(item.count, 2)
      assert.deepEqual(item.keys, ['Patient/p1', 'identifier=a|b', 'Patient/p2'])
      assert.deepEqual(item.next, { line: 4, item: 0 })
    }
  })

  it('takes the resources of any other Bundle one by one, but not the outcome of a search', () => {
    const found = items({
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [
        { resource: patient, search: { mode: 'match' } },
        { resource: { resourceType: 'OperationOutcome' }, search: { mode: 'outcome' } },
        { fullUrl: 'http://example.org/fhir/Patient/p9' },
        { resource: { resourceType: 'Observation', id: 'o' }, search: { mode: 'include' } },
      ],
    })
    assert.deepEqual(
      found.map((i) => [i.at, i.next, i.keys]),
      [
        [{ line: 1, entry: 0 }, { line: 1, item: 1 }, ['Patient/p1']],
        [{ line: 1, entry: 3 }, { line: 2, item: 0 }, ['Observation/o']],
      ],
    )
  })

  it('writes a history oldest first', () => {
    const entry = [3, 2, 1].map((n) => ({ resource: { ...patient, gender: `g${n}` } }))
    const found = items({ resourceType: 'Bundle', type: 'history', entry })
    assert.deepEqual(
      found.map((i) => (JSON.parse(i.text) as { gender: string }).gender),
      ['g1', 'g2', 'g3'],
    )
    assert.deepEqual(
      found.map((i) => i.next),
      [
        { line: 1, item: 1 },
        { line: 1, item: 2 },
        { line: 2, item: 0 },
      ],
    )
  })

  it('makes one transaction of a collection whose entries refer to each other by URN', () => {
    const [item, ...more] = items({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Patient' } },
        {
          resource: { resourceType: 'Observation', id: 'o', subject: { reference: 'urn:uuid:1' } },
        },
      ],
    })
    assert.equal(more.length, 0)
    assert.equal(item?.kind, 'bundle')
    assert.deepEqual(JSON.parse(item.send), {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: 'urn:uuid:1',
          resource: { resourceType: 'Patient' },
          request: { method: 'POST', url: 'Patient' },
        },
        {
          resource: { resourceType: 'Observation', id: 'o', subject: { reference: 'urn:uuid:1' } },
          request: { method: 'PUT', url: 'Observation/o' },
        },
      ],
    })
  })

  it('tries again what a line of a file of failures holds', () => {
    const line = `{"source":"a.ndjson","line":4,"status":422,"issues":[],"resource":{"resourceType":"Patient","id":"p1","x":2.0}}`
    const [item] = itemsOf({ line: 1, text: line })
    assert.equal(item?.text, '{"resourceType":"Patient","id":"p1","x":2.0}')
  })

  it('says what is wrong with a record that is no resource', () => {
    const cases: readonly (readonly [string | undefined, RegExp])[] = [
      [undefined, /UTF-8/],
      ['{"resourceType":"Patient"', /line 1/],
      ['[]', /object/],
      ['{"id":"x"}', /resourceType/],
      ['{"resourceType":"patient"}', /resourceType/],
      ['{"resourceType":"Bundle","type":"collection","entry":{}}', /entries/],
      ['{"resourceType":"Bundle","type":"batch","entry":[1]}', /entries/],
    ]
    for (const [text, reason] of cases) {
      const [item, ...more] = itemsOf({ line: 5, text })
      assert.equal(more.length, 0)
      assert.equal(item?.kind, 'unreadable')
      assert.match(item.issues[0]?.diagnostics ?? '', reason)
      assert.deepEqual(item.next, { line: 6, item: 0 })
    }
  })
})
