// Profiles of a deployment: posted while the server runs, met by what is written from then on, asked of whole types.
import assert from 'node:assert/strict'
import { onBothStores, type Answer } from '../support/server.ts'

const URL = 'http://ieum.example/fhir/StructureDefinition/'
const ASKED = `${URL}asked`

const profile = (name: string, type: string, element: object[]) => ({
  resourceType: 'StructureDefinition',
  id: name,
  url: URL + name,
  name: 'Test',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type,
  baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
  derivation: 'constraint',
  differential: {
    element: [{ path: type }, ...element].map((one) => ({
      id: (one as { path: string }).path,
      ...one,
    })),
  },
})

const patient = (name: string, more: object = {}) => ({
  resourceType: 'Patient',
  meta: { profile: [URL + name] },
  ...more,
})

const at = ({ body }: Answer): string[] =>
  (body.issue ?? []).map((one: any) => `${one.severity} ${one.expression?.[0] ?? ''}`)

onBothStores(
  'profiles',
  (server) => {
    const send = (method: string, path: string, body?: unknown) => server().send(method, path, body)
    const put = async (resource: { resourceType: string; id: string }): Promise<void> => {
      const answer = await send('PUT', `/${resource.resourceType}/${resource.id}`, resource)
      assert.ok(answer.status < 300, answer.text)
    }

    before(() => put(profile('asked', 'Person', [{ path: 'Person.name', min: 1 }])))

    it('are met by what is written from when they are there, as they change, and until they go', async () => {
      const named = { path: 'Patient.name', min: 1 }
      const write = () => send('POST', '/Patient', patient('named'))
      assert.equal((await write()).status, 201, 'nobody knows the profile')
      await put(profile('named', 'Patient', [named]))
      const refused = await write()
      assert.equal(refused.status, 422, refused.text)
      assert.deepEqual(at(refused), ['error Patient'])
      assert.match(refused.body.issue[0].diagnostics, /name is required at least once.*named/)
      assert.equal(
        (await send('POST', '/Patient', patient('named', { name: [{ text: 'x' }] }))).status,
        201,
      )
      await put(profile('named', 'Patient', [{ path: 'Patient.birthDate', min: 1 }]))
      assert.equal(
        (await send('POST', '/Patient', patient('named', { name: [{ text: 'x' }] }))).status,
        422,
      )
      await send('DELETE', '/StructureDefinition/named')
      assert.equal((await write()).status, 201)
    })

    it('bind codes to value sets and code systems that are stored', async () => {
      await put({
        resourceType: 'CodeSystem',
        id: 'colors',
        url: 'urn:colors',
        name: 'Colors',
        status: 'active',
        content: 'complete',
        concept: [{ code: 'red' }, { code: 'blue' }],
      } as never)
      await put({
        resourceType: 'ValueSet',
        id: 'reds',
        url: 'urn:reds',
        name: 'Reds',
        status: 'active',
        compose: { include: [{ system: 'urn:colors', concept: [{ code: 'red' }] }] },
      } as never)
      await put(
        profile('colored', 'Patient', [
          {
            path: 'Patient.maritalStatus',
            binding: { strength: 'required', valueSet: 'urn:reds' },
          },
        ]),
      )
      const write = (code: string) =>
        send(
          'POST',
          '/Patient',
          patient('colored', { maritalStatus: { coding: [{ system: 'urn:colors', code }] } }),
        )
      assert.equal((await write('red')).status, 201)
      assert.deepEqual(at(await write('blue')), ['error Patient.maritalStatus'])
      assert.deepEqual(at(await write('green')), ['error Patient.maritalStatus.coding[0].code'])
    })

    it('that the server asks for are met by all of a type', async () => {
      const refused = await send('POST', '/Person', { resourceType: 'Person', active: true })
      assert.deepEqual([refused.status, at(refused)], [422, ['error Person']])
      const named = { resourceType: 'Person', name: [{ text: 'x' }] }
      assert.equal((await send('POST', '/Person', named)).status, 201)
      const entry = [
        { resource: named, request: { method: 'POST', url: 'Person' } },
        {
          resource: { resourceType: 'Person', active: true },
          request: { method: 'POST', url: 'Person' },
        },
      ]
      const bundle = await send('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry })
      assert.deepEqual([bundle.status, at(bundle)], [422, ['error Bundle.entry[1].resource']])
      assert.deepEqual(
        at(await send('POST', '/Person/$validate', { resourceType: 'Person', active: true })),
        ['error Person'],
      )
    })

    it('are asked for in $validate, whether they are declared or not', async () => {
      await put(profile('aged', 'Patient', [{ path: 'Patient.birthDate', min: 1 }]))
      const judge = (path: string, body: unknown) => send('POST', path, body).then(at)
      const young = { resourceType: 'Patient', active: true }
      const query = `?profile=${encodeURIComponent(`${URL}aged`)}`
      assert.deepEqual(await judge('/Patient/$validate', young), ['information '])
      assert.deepEqual(await judge(`/Patient/$validate${query}`, young), ['error Patient'])
      assert.deepEqual(await judge(`/$validate${query}`, { ...young, birthDate: '2020' }), [
        'information ',
      ])
      const parameters = {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: young },
          { name: 'mode', valueCode: 'profile' },
          { name: 'profile', valueUri: `${URL}aged` },
        ],
      }
      assert.deepEqual(await judge('/Patient/$validate', parameters), ['error Patient'])
      await put({ ...young, id: 'young' })
      const stored = await send('GET', `/Patient/young/$validate${query}`)
      assert.deepEqual(at(stored), ['error Patient'])
      assert.equal((await send('POST', '/Patient/$validate?mode=profile', young)).status, 400)
    })

    it('that can not be used are said to be so', async () => {
      const baseless = { ...profile('baseless', 'Patient', []), baseDefinition: `${URL}nobody` }
      await put(baseless)
      const answer = await send('POST', '/Patient/$validate', patient('baseless'))
      assert.equal(answer.status, 200)
      assert.deepEqual(at(answer), ['warning Patient.meta.profile[0]'])
      assert.match(answer.body.issue[0].diagnostics, /needs .*nobody, which is not known here/)
    })

    it('that are based on themselves are refused, one upon the other too', async () => {
      const based = (name: string, on: string) => ({
        ...profile(name, 'Patient', []),
        baseDefinition: URL + on,
      })
      const write = (name: string, on: string) =>
        send('PUT', `/StructureDefinition/${name}`, based(name, on))
      for (const answer of [
        await write('circular', 'circular'),
        (await put(based('one', 'two')), await write('two', 'one')),
      ]) {
        assert.equal(answer.status, 422, answer.text)
        assert.deepEqual(at(answer), ['error StructureDefinition.baseDefinition'])
        assert.match(answer.body.issue[0].diagnostics, /is based on itself/)
      }
      assert.equal((await send('GET', '/StructureDefinition/two')).status, 404)
      assert.equal((await send('POST', '/Patient', patient('one'))).status, 201)
    })

    it('with expressions that are not FHIRPath are refused at each, however many', async () => {
      const constraint = (expression: string, i = 0) => ({
        key: `own-${String(i)}-${String(expression.length)}`,
        severity: 'error',
        human: 'x',
        expression,
      })
      const named = (constraints: object[]) =>
        profile('worded', 'Patient', [{ path: 'Patient.name', constraint: constraints }])
      const wrong = named([
        constraint('given.exists('),
        constraint("family.matches('^[A-Z]') and 1 < 2"),
        constraint('@2020-01-01 < today()'),
        constraint('a ? b'),
      ])
      const answer = await send('PUT', '/StructureDefinition/worded', wrong)
      assert.equal(answer.status, 422, answer.text)
      assert.deepEqual(at(answer), [
        'error StructureDefinition.differential.element[1].constraint[0].expression',
        'error StructureDefinition.differential.element[1].constraint[3].expression',
      ])
      const began = performance.now()
      const many = named(
        Array.from({ length: 2000 }, (_, i) => constraint('(a or b '.repeat(100), i)),
      )
      assert.equal((await send('PUT', '/StructureDefinition/worded', many)).status, 422)
      assert.ok(performance.now() - began < 5000)
    })

    it('keep the invariants of R4 in force', async () => {
      const period = { start: '2020-02-01', end: '2020-01-01' }
      const answer = await send('POST', '/Patient', {
        resourceType: 'Patient',
        identifier: [{ period }],
      })
      assert.deepEqual([answer.status, at(answer)], [422, ['error Patient.identifier[0].period']])
      assert.match(answer.body.issue[0].diagnostics, /per-1/)
    })
  },
  { REQUIRED_PROFILES: `Person=${ASKED}` },
)

onBothStores(
  'profiles that are not here',
  (server) => {
    it('are refused where a deployment wants it so', async () => {
      const answer = await server().send('POST', '/Patient', patient('none', { active: true }))
      assert.deepEqual([answer.status, at(answer)], [422, ['error Patient.meta.profile[0]']])
    })
  },
  { UNKNOWN_PROFILES: 'refuse' },
)
