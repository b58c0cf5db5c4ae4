// Transactions: all or nothing, in the order of the specification whatever the order in the Bundle.
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { onBothStores, type Answer } from '../support/server.ts'
import {
  countOf,
  entry,
  locationOf,
  observation,
  patient,
  statuses,
  transact,
  unique,
  versions,
  type TestEntry,
} from './bundles.ts'

const binary = (contentType: string, text: string) => ({
  resourceType: 'Binary',
  contentType,
  data: Buffer.from(text).toString('base64'),
})

onBothStores('transaction', (server) => {
  const put = async (id: string, more: object = {}) =>
    assert.equal(
      (await server().send('PUT', `/Patient/${id}`, patient(id, { id, ...more }))).status,
      201,
    )

  it('creates, updates, patches, deletes and reads in one go, answered in the order sent', async () => {
    const [old, gone, patched, fresh] = [unique(), unique(), unique(), unique()]
    for (const id of [old, gone, patched]) await put(id)
    const answer = await transact(server(), [
      entry(`GET Patient/${old}`),
      entry(`HEAD Patient/${fresh}`),
      entry(
        `PATCH Patient/${patched}`,
        binary('application/json-patch+json', '[{"op":"add","path":"/active","value":true}]'),
      ),
      entry(`PUT Patient/${fresh}`, patient(fresh, { id: fresh })),
      entry(`PUT Patient/${old}`, patient(old, { id: old, gender: 'female' })),
      entry('POST Patient', patient('posted', { active: false })),
      entry(`DELETE Patient/${gone}`),
      entry(`GET Patient?identifier=urn:test|${old}`),
    ])
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.type, 'transaction-response')
    assert.deepEqual(statuses(answer), [
      '200 OK',
      '200 OK',
      '200 OK',
      '201 Created',
      '200 OK',
      '201 Created',
      '204 No Content',
      '200 OK',
    ])
    const [read, head, patch, create, update, , removed, search] = answer.body.entry
    assert.equal(read.resource.gender, 'female', 'a read sees what the transaction wrote')
    assert.equal(read.response.etag, 'W/"2"')
    assert.equal(head.resource, undefined)
    assert.equal(head.response.etag, 'W/"1"')
    assert.equal(patch.resource.active, true)
    assert.equal(create.response.location, `${server().base}/Patient/${fresh}/_history/1`)
    assert.equal(create.response.lastModified, create.resource.meta.lastUpdated)
    assert.equal(update.response.etag, 'W/"2"')
    assert.equal(removed.resource, undefined)
    assert.equal(search.resource.entry[0].resource.gender, 'female')
    assert.equal((await server().send('GET', `/Patient/${gone}`)).status, 410)
  })

  it('takes POST for what it is: the id in the resource is not kept', async () => {
    const answer = await transact(server(), [
      entry('POST Patient', patient(unique(), { id: 'mine' })),
    ])
    assert.notEqual(locationOf(answer, 0), 'Patient/mine')
    assert.equal((await server().send('GET', '/Patient/mine')).status, 404)
  })

  it('keeps the digits of numbers', async () => {
    const id = unique()
    const text = `{"resourceType":"Bundle","type":"transaction","entry":[
      {"fullUrl":"urn:uuid:p","resource":${JSON.stringify(patient(id))},"request":{"method":"POST","url":"Patient"}},
      {"resource":{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:p"},
        "valueQuantity":{"value":1.50e0},"referenceRange":[{"low":{"value":0.10},"high":{"value":12345678901234567.890}}]},
       "request":{"method":"PUT","url":"Observation/${id}"}}]}`
    const answer = await server().send('POST', '', text)
    assert.equal(answer.status, 200, answer.text)
    const stored = (await server().send('GET', `/Observation/${id}`)).text
    for (const digits of ['"value":1.50e0', '"value":0.10', '"value":12345678901234567.890'])
      assert.ok(stored.includes(digits), stored)
    assert.ok(stored.includes(`"reference":"${locationOf(answer, 0)}"`), stored)
  })

  it('writes no version when nothing changes', async () => {
    const id = unique()
    await put(id)
    const answer = await transact(server(), [entry(`PUT Patient/${id}`, patient(id, { id }))])
    assert.deepEqual(statuses(answer), ['200 OK'])
    assert.equal(answer.body.entry[0].response.etag, 'W/"1"')
  })

  describe('all or nothing', () => {
    const good = (): TestEntry => entry('POST Patient', patient('atomic'))
    const at = 'Bundle.entry[1]'
    const failing: [string, () => TestEntry, number, string][] = [
      [
        'an invalid resource',
        () => entry('POST Patient', { resourceType: 'Patient', gender: 'x' }),
        422,
        `${at}.resource.gender`,
      ],
      [
        'an element that does not exist',
        () => entry('POST Patient', { resourceType: 'Patient', nmae: [] }),
        422,
        `${at}.resource`,
      ],
      [
        'another type than the URL',
        () => entry('POST Observation', patient('x')),
        400,
        `${at}.resource`,
      ],
      [
        'another id than the URL',
        () => entry('PUT Patient/a', patient('x', { id: 'b' })),
        400,
        `${at}.resource.id`,
      ],
      ['no id in an update', () => entry('PUT Patient/a', patient('x')), 400, `${at}.resource.id`],
      ['an id that is none', () => entry('PUT Patient/a_b', patient('x', { id: 'a_b' })), 400, at],
      ['an unknown type', () => entry('POST Patiant', { resourceType: 'Patiant' }), 404, at],
      ['a method that the URL does not know', () => entry('DELETE metadata'), 405, at],
      [
        'a stale version',
        () => entry('PUT Patient/none', patient('x', { id: 'none' }), { ifMatch: 'W/"3"' }),
        412,
        at,
      ],
      [
        'a stale version of a deletion',
        () => entry('DELETE Patient/none', undefined, { ifMatch: 'W/"3"' }),
        412,
        at,
      ],
      [
        'a patch of nothing',
        () => entry('PATCH Patient/none', binary('application/json-patch+json', '[]')),
        404,
        at,
      ],
      [
        'a patch that does not apply',
        () =>
          entry(
            'PATCH Patient/atomic',
            binary('application/json-patch+json', '[{"op":"test","path":"/active","value":false}]'),
          ),
        422,
        at,
      ],
      [
        'a patch in a Binary without data',
        () =>
          entry('PATCH Patient/atomic', {
            resourceType: 'Binary',
            contentType: 'application/json-patch+json',
          }),
        400,
        `${at}.resource`,
      ],
      [
        'a patch in XML Patch',
        () => entry('PATCH Patient/atomic', binary('application/xml-patch+xml', '<x/>')),
        415,
        at,
      ],
      [
        'a condition that selects several',
        () => entry('DELETE Patient?identifier=urn:test|several'),
        412,
        at,
      ],
      [
        'a create on a condition that selects several',
        () => entry('POST Patient', patient('x'), { ifNoneExist: 'identifier=urn:test|several' }),
        412,
        at,
      ],
      [
        'an update on a condition that selects several',
        () => entry('PUT Patient?identifier=urn:test|several', patient('x')),
        412,
        at,
      ],
      [
        'a condition with an unknown parameter',
        () => entry('POST Patient', patient('x'), { ifNoneExist: 'identifer=x' }),
        400,
        at,
      ],
      ['a condition without parameters', () => entry('DELETE Patient?'), 400, at],
      ['a read of nothing', () => entry('GET Patient/none'), 404, at],
      [
        'a read of a version that is not there',
        () => entry('GET Patient/atomic/_history/99'),
        404,
        at,
      ],
      ['a search with a bad value', () => entry('GET Observation?date=yesterday'), 400, at],
      ['an operation that does not exist', () => entry('GET Patient/atomic/$frobnicate'), 404, at],
      [
        'an operation that writes by itself',
        () =>
          entry('POST Patient/atomic/$meta-add', {
            resourceType: 'Parameters',
            parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }],
          }),
        400,
        at,
      ],
    ]
    before(async () => {
      await put('atomic', { active: true })
      for (const id of ['several1', 'several2'])
        await server().send('PUT', `/Patient/${id}`, patient('several', { id }))
    })
    for (const [title, bad, status, expression] of failing)
      it(`writes nothing because of ${title}: ${status}`, async () => {
        const before = await versions(server())
        const answer = await transact(server(), [good(), bad(), good()])
        assert.equal(answer.status, status, answer.text)
        assert.equal(answer.body.resourceType, 'OperationOutcome')
        assert.equal(answer.body.issue[0].expression[0], expression, answer.text)
        assert.equal(await versions(server()), before)
      })

    it('names every entry that fails, with the status of the first', async () => {
      const answer = await transact(server(), [
        good(),
        entry('POST Patient', { resourceType: 'Patient', birthDate: '2020-02-31' }),
        entry('POST Patient', { resourceType: 'Patient', gender: 'x', active: 'no' }),
        entry('PUT Patient/none', patient('x', { id: 'none' }), { ifMatch: 'W/"3"' }),
      ])
      assert.equal(answer.status, 422)
      assert.deepEqual(answer.body.issue.map((i: any) => i.expression[0]).sort(), [
        'Bundle.entry[1].resource.birthDate',
        'Bundle.entry[2].resource.active',
        'Bundle.entry[2].resource.gender',
        'Bundle.entry[3]',
      ])
    })

    it('refuses to read what it deletes', async () => {
      const id = unique()
      await put(id)
      const answer = await transact(server(), [
        entry(`GET Patient/${id}`),
        entry(`DELETE Patient/${id}`),
      ])
      assert.equal(answer.status, 410)
      assert.equal(answer.body.issue[0].expression[0], 'Bundle.entry[0]')
      assert.equal((await server().send('GET', `/Patient/${id}`)).status, 200)
    })
  })

  describe('conditions', () => {
    it('creates unless there is one, and answers 200 with the one there is', async () => {
      const id = unique()
      const one = entry('POST Patient', patient(id), { ifNoneExist: `identifier=urn:test|${id}` })
      const first = await transact(server(), [one])
      const second = await transact(server(), [one])
      assert.deepEqual([...statuses(first), ...statuses(second)], ['201 Created', '200 OK'])
      assert.equal(locationOf(second, 0), locationOf(first, 0))
      assert.equal(await countOf(server(), 'Patient', id), 1)
    })

    it('creates one only, however many ask at the same time', async () => {
      const id = unique()
      const all = await Promise.all(
        Array.from({ length: 8 }, () =>
          transact(server(), [
            entry('POST Patient', patient(id), {
              fullUrl: 'urn:uuid:p',
              ifNoneExist: `identifier=urn:test|${id}`,
            }),
            entry('POST Observation', observation({ subject: { reference: 'urn:uuid:p' } })),
          ]),
        ),
      )
      assert.deepEqual(
        all.map((a) => a.status),
        all.map(() => 200),
        all.map((a) => a.text).join('\n'),
      )
      assert.equal(all.filter((a) => statuses(a)[0] === '201 Created').length, 1)
      assert.equal(await countOf(server(), 'Patient', id), 1)
      const subjects = new Set(all.map((a) => a.body.entry[1].resource.subject.reference))
      assert.deepEqual([...subjects], [locationOf(all[0]!, 0)])
    })

    it('updates the one that a condition selects, and creates when none is', async () => {
      const id = unique()
      const send = (gender: string): Promise<Answer> =>
        transact(server(), [
          entry(`PUT Patient?identifier=urn:test|${id}`, patient(id, { gender })),
        ])
      const [first, second] = [await send('male'), await send('female')]
      assert.deepEqual([...statuses(first), ...statuses(second)], ['201 Created', '200 OK'])
      assert.equal(second.body.entry[0].resource.meta.versionId, '2')
      assert.equal(await countOf(server(), 'Patient', id), 1)
    })

    it('patches and deletes the one that a condition selects', async () => {
      const [a, b] = [unique(), unique()]
      await put(a)
      await put(b)
      const answer = await transact(server(), [
        entry(`DELETE Patient?identifier=urn:test|${a}`),
        entry(
          `PATCH Patient?identifier=urn:test|${b}`,
          binary('application/json-patch+json', '[{"op":"add","path":"/active","value":true}]'),
        ),
        entry('DELETE Patient?identifier=urn:test|nobody'),
      ])
      assert.deepEqual(
        statuses(answer),
        ['204 No Content', '200 OK', '204 No Content'],
        answer.text,
      )
      assert.equal((await server().send('GET', `/Patient/${a}`)).status, 410)
      assert.equal((await server().send('GET', `/Patient/${b}`)).body.active, true)
    })

    it('goes on when the version is the one that If-Match names', async () => {
      const id = unique()
      await put(id)
      const next = patient(id, { id, active: true })
      const answer = await transact(server(), [
        entry(`PUT Patient/${id}`, next, { ifMatch: 'W/"1"' }),
      ])
      assert.deepEqual(statuses(answer), ['200 OK'])
      const late = await transact(server(), [
        entry(`PUT Patient/${id}`, next, { ifMatch: 'W/"1"' }),
      ])
      assert.equal(late.status, 412)
    })

    it('answers 304 to a read whose version is known', async () => {
      const id = unique()
      await put(id)
      const answer = await transact(server(), [
        entry(`GET Patient/${id}`, undefined, { ifNoneMatch: 'W/"1"' }),
        entry(`GET Patient/${id}`, undefined, { ifModifiedSince: '2099-01-01T00:00:00Z' }),
        entry(`GET Patient/${id}`, undefined, { ifNoneMatch: 'W/"7"' }),
      ])
      assert.deepEqual(statuses(answer), ['304 Not Modified', '304 Not Modified', '200 OK'])
      assert.equal(answer.body.entry[0].resource, undefined)
    })
  })

  describe('a resource appears once', () => {
    const twice: [string, (id: string) => readonly TestEntry[], string[]][] = [
      [
        'two updates',
        (id) => [
          entry(`PUT Patient/${id}`, patient(id, { id })),
          entry(`PUT Patient/${id}`, patient(id, { id })),
        ],
        ['0', '1'],
      ],
      [
        'an update and a deletion',
        (id) => [
          entry('POST Patient', patient('x')),
          entry(`PUT Patient/${id}`, patient(id, { id })),
          entry(`DELETE Patient/${id}`),
        ],
        ['1', '2'],
      ],
      [
        'two deletions',
        (id) => [entry(`DELETE Patient/${id}`), entry(`DELETE Patient/${id}`)],
        ['0', '1'],
      ],
      [
        'an update and a conditional one of the same',
        (id) => [
          entry(`PUT Patient/${id}`, patient(id, { id })),
          entry(`PUT Patient?identifier=urn:test|${id}`, patient(id)),
        ],
        ['0', '1'],
      ],
      [
        'a conditional create that finds what another deletes',
        (id) => [
          entry('POST Patient', patient(id), { ifNoneExist: `identifier=urn:test|${id}` }),
          entry(`DELETE Patient/${id}`),
        ],
        ['0', '1'],
      ],
      [
        'a patch and a conditional deletion',
        (id) => [
          entry(`PATCH Patient/${id}`, binary('application/json-patch+json', '[]')),
          entry(`DELETE Patient?identifier=urn:test|${id}`),
        ],
        ['0', '1'],
      ],
      [
        'two creates on one condition',
        () =>
          ['x', 'y'].map((v) =>
            entry('POST Patient', patient(v), { ifNoneExist: 'identifier=urn:test|nowhere' }),
          ),
        ['0', '1'],
      ],
      [
        'a create and an update on one condition',
        () => [
          entry('POST Patient', patient('x'), { ifNoneExist: 'identifier=urn:test|nowhere' }),
          entry('PUT Patient?identifier=urn:test|nowhere', patient('y')),
        ],
        ['0', '1'],
      ],
      [
        'one fullUrl twice',
        () =>
          ['x', 'y'].map((v) => entry('POST Patient', patient(v), { fullUrl: 'urn:uuid:same' })),
        ['0', '1'],
      ],
    ]
    for (const [title, entries, [a, b]] of twice)
      it(`refuses ${title}, naming both`, async () => {
        const id = unique()
        await put(id)
        const before = await versions(server())
        const answer = await transact(server(), entries(id))
        assert.equal(answer.status, 400, answer.text)
        assert.equal(answer.body.issue[0].code, 'duplicate')
        assert.deepEqual(answer.body.issue[0].expression, [
          `Bundle.entry[${a!}]`,
          `Bundle.entry[${b!}]`,
        ])
        assert.equal(await versions(server()), before)
      })

    it('takes two resources of one id but different types, and reads beside writes', async () => {
      const id = unique()
      const answer = await transact(server(), [
        entry(`PUT Patient/${id}`, patient(id, { id })),
        entry(`PUT Observation/${id}`, observation({ id })),
        entry(`GET Patient/${id}`),
        entry(`GET Patient/${id}`),
      ])
      assert.equal(answer.status, 200, answer.text)
    })
  })

  describe('Prefer', () => {
    it('return=minimal leaves out what was written, not what was read', async () => {
      const id = unique()
      const answer = await transact(
        server(),
        [entry(`PUT Patient/${id}`, patient(id, { id })), entry(`GET Patient/${id}`)],
        { prefer: 'return=minimal' },
      )
      const [written, read] = answer.body.entry
      assert.deepEqual(Object.keys(written), ['response'])
      assert.match(written.response.lastModified, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
      assert.equal(read.resource.id, id)
    })

    it('return=OperationOutcome puts an outcome into the response', async () => {
      const id = unique()
      const answer = await transact(server(), [entry(`PUT Patient/${id}`, patient(id, { id }))], {
        prefer: 'return=OperationOutcome',
      })
      const [written] = answer.body.entry
      assert.equal(written.resource, undefined)
      assert.equal(written.response.outcome.resourceType, 'OperationOutcome')
    })

    it('handling=strict holds for the searches within', async () => {
      const search = [entry('GET Patient?colour=red')]
      assert.equal((await transact(server(), search)).status, 200)
      const strict = await transact(server(), search, { prefer: 'handling=strict' })
      assert.equal(strict.status, 400)
      assert.equal(strict.body.issue[0].expression[0], 'Bundle.entry[0]')
    })
  })
})

onBothStores(
  'transaction with references enforced',
  (server) => {
    it('takes references to what it creates itself, and no others', async () => {
      const id = unique()
      const good = await transact(server(), [
        entry(
          'POST Observation',
          observation({
            subject: { reference: 'urn:uuid:p' },
            encounter: { reference: `Encounter/${id}` },
          }),
        ),
        entry('POST Patient', patient(id), { fullUrl: 'urn:uuid:p' }),
        entry(`PUT Encounter/${id}`, {
          resourceType: 'Encounter',
          id,
          status: 'finished',
          class: { code: 'AMB' },
        }),
      ])
      assert.equal(good.status, 200, good.text)
      const bad = await transact(server(), [
        entry('POST Patient', patient(id)),
        entry('POST Observation', observation({ subject: { reference: 'Patient/nobody' } })),
      ])
      assert.equal(bad.status, 422)
      assert.equal(bad.body.issue[0].expression[0], 'Bundle.entry[1].resource.subject.reference')
    })
  },
  { REFERENCES: 'enforce' },
)

onBothStores(
  'transaction that may delete several',
  (server) => {
    it('deletes all that a condition selects, and answers once', async () => {
      const id = unique()
      for (let i = 0; i < 3; i++) await server().send('POST', '/Patient', patient(id))
      const answer = await transact(server(), [
        entry(`DELETE Patient?identifier=urn:test|${id}`),
        entry('POST Patient', patient(`${id}x`)),
      ])
      assert.deepEqual(statuses(answer), ['204 No Content', '201 Created'], answer.text)
      assert.equal(await countOf(server(), 'Patient', id), 0)
      assert.equal(await countOf(server(), 'Patient', `${id}x`), 1)
    })
  },
  { CONDITIONAL_DELETE: 'multiple' },
)
