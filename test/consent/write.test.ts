// Whose what is written becomes, and who may change what: through the door of all requests, on both stores.
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { ask, caller, type Asked } from './world.ts'

const CUSTODIAN = 'http://ieum.example/fhir/CodeSystem/custodian'
const COUNTRY = 'urn:iso:std:iso:3166'
const OURS = [
  { system: CUSTODIAN, code: 'almaty' },
  { system: COUNTRY, code: 'KZ' },
]

onBothStores('what a caller writes', (server) => {
  const almaty = caller('almaty')
  const busan = caller('busan')
  const administrator = caller('almaty', 'administrator', 'system')
  const as = (
    who: typeof almaty | undefined,
    line: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Asked> => ask(server().context, who, line, body, headers)
  const patient = (id: string, more = {}) => ({ resourceType: 'Patient', id, ...more })
  const tags = async (url: string) => (await as(undefined, `GET ${url}`)).body.meta.tag

  before(async () => {
    for (const [id, country] of [
      ['almaty', 'KZ'],
      ['busan', 'KR'],
    ])
      await as(undefined, `PUT Organization/${id}`, {
        ...{ resourceType: 'Organization', id, name: id, address: [{ country }] },
        meta: { tag: [{ system: CUSTODIAN, code: id }] },
      })
  })

  it('is its organization’s, whatever it says itself', async () => {
    const said = [
      { system: CUSTODIAN, code: 'busan' },
      { system: 'urn:other', code: 'kept' },
      { system: COUNTRY, code: 'KR' },
    ]
    const { status, body } = await as(almaty, 'PUT Patient/almaty-1', {
      ...patient('almaty-1'),
      meta: { tag: said },
    })
    assert.equal(status, 201)
    assert.deepEqual(body.meta.tag, [{ system: 'urn:other', code: 'kept' }, ...OURS])
    assert.equal((await as(busan, 'GET Patient/almaty-1')).status, 404)
    const again = await as(almaty, 'PUT Patient/almaty-1', body)
    assert.equal(again.body.meta.versionId, '1')
  })

  it('stays so through every kind of change', async () => {
    const parameters = (tag: object) => ({
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { tag: [tag] } }],
    })
    const url = 'Patient/almaty-2'
    await as(almaty, `PUT ${url}`, patient('almaty-2'))
    await as(almaty, `POST ${url}/$meta-delete`, parameters(OURS[0]!))
    await as(almaty, `POST ${url}/$meta-add`, parameters({ system: CUSTODIAN, code: 'busan' }))
    await as(almaty, `PATCH ${url}`, [{ op: 'remove', path: '/meta/tag' }])
    await as(almaty, `PATCH ${url}`, [{ op: 'add', path: '/active', value: true }])
    assert.deepEqual(await tags(url), OURS)
    await as(almaty, `DELETE ${url}`)
    assert.equal((await as(busan, `GET ${url}`)).status, 404)
    assert.equal((await as(almaty, `GET ${url}`)).status, 410)
    assert.equal((await as(busan, `PUT ${url}`, patient('almaty-2'))).status, 403)
    assert.equal((await as(almaty, `PUT ${url}`, patient('almaty-2'))).status, 201)
  })

  it('has an id of the server’s, or one that only its organization may take', async () => {
    assert.equal((await as(almaty, 'POST Patient', patient('x'))).status, 201)
    assert.equal((await as(almaty, 'PUT Patient/almaty.3', patient('almaty.3'))).status, 201)
    for (const id of ['busan-3', 'almaty3', 'x', 'a'.repeat(20), 'z'.repeat(20)])
      assert.equal((await as(almaty, `PUT Patient/${id}`, patient(id))).status, 403, id)
    const made = await as(almaty, 'PUT Patient?identifier=urn:x|new', {
      resourceType: 'Patient',
      identifier: [{ system: 'urn:x', value: 'new' }],
    })
    assert.equal(made.status, 201)
    // Whose country decides what consents mean is nobody else's to make, however its id begins.
    const ward = { resourceType: 'Organization', id: 'almaty-ward', name: 'x' }
    assert.equal((await as(almaty, 'PUT Organization/almaty-ward', ward)).status, 403)
    const free = { resourceType: 'Practitioner', id: 'anybody' }
    assert.equal((await as(almaty, 'PUT Practitioner/anybody', free)).status, 201)
  })

  it('is in a country that administrators state, whichever way it is written', async () => {
    const own = (country?: string, more = {}) => ({
      ...{ resourceType: 'Organization', id: 'almaty', name: 'almaty' },
      ...(country === undefined ? {} : { address: [{ country }] }),
      ...more,
    })
    const tries: readonly (readonly [string, unknown])[] = [
      ['PUT Organization/almaty', own('KR')],
      ['PUT Organization/almaty', own()],
      ['PUT Organization?_id=almaty', own('kr')],
      ['PATCH Organization/almaty', [{ op: 'replace', path: '/address/0/country', value: 'KR' }]],
      [
        'POST ',
        {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [{ request: { method: 'PUT', url: 'Organization/almaty' }, resource: own('KR') }],
        },
      ],
    ]
    for (const [line, body] of tries) {
      const { status, body: outcome } = await as(almaty, line, body)
      assert.equal(status, 403, line)
      assert.match(outcome.issue[0].diagnostics, /Organization\/almaty decides .* it is KZ/)
      assert.deepEqual(outcome.issue[0].expression, ['Organization.address.country'])
    }
    const russian = { 'accept-language': 'ru' }
    const said = await as(almaty, 'PUT Organization/almaty', own('KR'), russian)
    assert.match(said.text, /Страна Organization\/almaty/)
    assert.equal(
      (await as(almaty, 'PUT Organization/almaty', own('KZ', { alias: ['A'] }))).status,
      200,
    )
    // A deletion makes nobody a stranger to the own country.
    assert.equal((await as(almaty, 'DELETE Organization/almaty')).status, 204)
    assert.equal((await as(almaty, 'PUT Organization/almaty', own('KR'))).status, 403)
    assert.equal((await as(almaty, 'PUT Organization/almaty', own('KZ'))).status, 201)
    // An organization that is referred to is in what country it is.
    const other = { resourceType: 'Organization', name: 'x', address: [{ country: 'RU' }] }
    assert.equal((await as(almaty, 'POST Organization', other)).status, 201)
    const fresh = caller('tokyo')
    const tokyo = (country: string) => own(country, { id: 'tokyo', name: 'tokyo' })
    assert.equal((await as(fresh, 'PUT Organization/tokyo', tokyo('KR'))).status, 403)
    assert.equal((await as(administrator, 'PUT Organization/tokyo', tokyo('JP'))).status, 201)
  })

  it('changes nothing of others, though everybody reads it', async () => {
    const practitioner = { resourceType: 'Practitioner', id: 'busan-dr', active: true }
    assert.equal((await as(busan, 'PUT Practitioner/busan-dr', practitioner)).status, 201)
    assert.equal((await as(almaty, 'GET Practitioner/busan-dr')).status, 200)
    const tries: readonly (readonly [string, unknown?])[] = [
      ['PUT Practitioner/busan-dr', { ...practitioner, active: false }],
      ['PUT Practitioner?_id=busan-dr', { ...practitioner, active: false }],
      ['PATCH Practitioner/busan-dr', [{ op: 'replace', path: '/active', value: false }]],
      ['DELETE Practitioner/busan-dr'],
      ['DELETE Practitioner?_id=busan-dr'],
      [
        'POST ',
        {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [
            { request: { method: 'PUT', url: 'Patient/almaty-4' }, resource: patient('almaty-4') },
            { request: { method: 'DELETE', url: 'Practitioner/busan-dr' } },
          ],
        },
      ],
    ]
    for (const [line, body] of tries)
      for (const who of [almaty, administrator]) {
        const { status, text } = await as(who, line, body)
        assert.equal(status, 403, `${line}: ${text}`)
        assert.match(text, /Practitioner\/busan-dr belongs to another organisation/)
      }
    assert.equal((await as(undefined, 'GET Patient/almaty-4')).status, 404)
    assert.equal((await as(undefined, 'GET Practitioner/busan-dr')).body.meta.versionId, '1')
  })

  it('takes over what was nobody’s, for administrators alone', async () => {
    await as(undefined, 'PUT Basic/old', { resourceType: 'Basic', id: 'old', code: { text: 'x' } })
    const changed = { resourceType: 'Basic', id: 'old', code: { text: 'y' } }
    assert.equal((await as(almaty, 'GET Basic/old')).status, 404)
    assert.equal((await as(almaty, 'PUT Basic/old', changed)).status, 403)
    assert.equal((await as(administrator, 'PUT Basic/old', changed)).status, 200)
    assert.deepEqual(await tags('Basic/old'), OURS)
  })

  it('puts no search parameter into force for all', async () => {
    const parameter = {
      ...{ resourceType: 'SearchParameter', url: 'http://a/x', name: 'X', status: 'active' },
      ...{ description: 'x', code: 'x', base: ['Patient'], type: 'token' },
      expression: 'Patient.active',
    }
    assert.equal((await as(almaty, 'POST SearchParameter', parameter)).status, 403)
    assert.equal((await as(administrator, 'POST SearchParameter', parameter)).status, 201)
  })
})
