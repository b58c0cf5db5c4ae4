// What an Access lets a search find is what its judge says of each version, on both stores.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Principal, Role } from '../../src/auth/principal.ts'
import { parseScopes } from '../../src/auth/scope.ts'
import type { Access } from '../../src/consent/access.ts'
import { createAccess } from '../../src/consent/access-of.ts'
import { createKnownRules } from '../../src/consent/known-rules.ts'
import { restrict } from '../../src/consent/restrict.ts'
import type { FhirRequest } from '../../src/fhir/message.ts'
import { createSettings } from '../../src/search/settings.ts'
import type { Version } from '../../src/store/store.ts'
import { onBothStores } from '../support/server.ts'
import {
  actors,
  coding,
  concept,
  consent,
  country,
  kept,
  label,
  NOTIFICATION,
  observation,
  purpose,
  to,
} from './scene.ts'

const NOW = Date.UTC(2026, 0, 1)

const organization = (id: string, land: string) => ({
  resourceType: 'Organization',
  id,
  name: id,
  address: [{ country: land }],
})

const principal = (more: Partial<Principal> = {}): Principal => ({
  client: 'c',
  organization: 'busan',
  roles: ['clinician'],
  user: 'Practitioner/kim',
  scopes: parseScopes('user/*.rs'),
  purpose: 'TREAT',
  ...more,
})

const asking = (
  who: Principal,
  path = 'Observation',
  query: FhirRequest['query'] = [],
): FhirRequest => ({
  method: 'GET',
  path: path.split('/'),
  query,
  headers: {},
  body: undefined,
  principal: who,
})

onBothStores('consent/access-of', (server) => {
  const accessOf = (request: FhirRequest): Promise<Access> => {
    const { context } = server()
    const { store, definitions, config, baseUrl } = context
    const settings = createSettings(definitions, { baseUrl, zone: config.timeZone })
    const rules = createKnownRules(store, settings)
    return createAccess({ ...context, values: context.extract, rules, now: () => NOW })(request)
  }
  const put = async (...resources: { resourceType: string; id?: string }[]): Promise<void> => {
    const entry = resources.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id ?? ''}` },
    }))
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
    const { status, text } = await server().send('POST', '/', bundle)
    assert.ok(status < 300, text)
  }
  const all = async (access?: Access): Promise<readonly Version[]> => {
    const plan = {
      types: undefined,
      where: { kind: 'and', of: [] },
      sort: [],
      count: 1000,
      total: false,
      includes: [],
    } as const
    const { store } = server().context
    const found = await store.search(access === undefined ? plan : restrict(plan, access.visible))
    return found.matches
  }
  const named = (versions: readonly Version[]): string[] =>
    versions.map(({ type, id }) => `${type}/${id}`).sort()

  /** What a search finds, which has to be what the judge lets pass. */
  const seenBy = async (request: FhirRequest): Promise<string[]> => {
    const access = await accessOf(request)
    const found = named(await all(access))
    const versions = await all()
    const decisions = await access.judge(versions)
    assert.deepEqual(found, named(versions.filter((_, i) => decisions[i]!.seen)))
    return found
  }
  const wipe = async (): Promise<void> => {
    const { store } = server().context
    await store.commit((await all()).map(({ type, id }) => ({ kind: 'delete', type, id })))
  }

  const LANDS = [
    organization('almaty', 'KZ'),
    organization('busan', 'KR'),
    organization('moscow', 'RU'),
  ]
  const SHARED = LANDS.map(({ id }) => `Organization/${id}`)
  const patient = (id = 'p', custodian = 'almaty') =>
    kept({ resourceType: 'Patient', id }, { custodian })
  const toBusan = { ...actors('Organization/busan'), ...purpose('TREAT') }
  const permit = { type: 'permit', ...toBusan, ...country('KR') }
  const filed = (id: string, provision: object, more: object = {}, custodian = 'almaty') =>
    kept({ ...consent(provision, more), id }, { custodian })

  beforeEach(async () => {
    await wipe()
    await put(...LANDS)
  })

  it('shows nothing of others without a consent, and with one its record alone', async () => {
    await put(
      patient(),
      kept(observation()),
      kept(observation({ id: 'm' }), { custodian: 'moscow' }),
    )
    assert.deepEqual(await seenBy(asking(principal())), SHARED)
    await put(filed('c', permit))
    const record = ['Consent/c', 'Observation/o', 'Patient/p']
    assert.deepEqual(await seenBy(asking(principal())), [...record, ...SHARED].sort())
    await put(filed('c', permit, { status: 'inactive' }))
    assert.deepEqual(await seenBy(asking(principal())), SHARED)
  })

  it('names the consent and its version, the law, and what else decided', async () => {
    await put(
      patient(),
      kept(observation()),
      kept(observation({ id: 'own' }), { custodian: 'busan' }),
    )
    const decided = async (id = 'o', who = principal()) => {
      const access = await accessOf(asking(who))
      const { store } = server().context
      const [decision] = await access.judge([(await store.read('Observation', id))!])
      return decision
    }
    assert.deepEqual(await decided(), { seen: false, reason: 'none' })
    assert.deepEqual(await decided('own'), { seen: true, reason: 'own' })
    assert.deepEqual(await decided('o', principal({ scopes: parseScopes('user/Patient.rs') })), {
      seen: false,
      reason: 'scope',
    })
    await put(filed('a', { type: 'permit' }))
    assert.deepEqual(await decided(), {
      seen: false,
      reason: 'residency',
      consent: { id: 'a', version: 1 },
      rule: 'destination',
    })
    await put(filed('a', permit), filed('b', permit, { dateTime: '2025-07-01' }))
    const by = (id: string, version: number) => ({ consent: { id, version } })
    assert.deepEqual(await decided(), { seen: true, reason: 'consent', ...by('b', 1) })
    await put(filed('d', { type: 'deny' }, { dateTime: '2024' }))
    assert.deepEqual(await decided(), { seen: false, reason: 'denied', ...by('d', 1) })
  })

  it('looks for care teams and roles of the caller', async () => {
    await put(
      patient(),
      kept(observation()),
      kept({
        resourceType: 'CareTeam',
        id: 't',
        status: 'active',
        participant: [{ member: to('PractitionerRole/r') }],
      }),
      kept({ resourceType: 'PractitionerRole', id: 'r', practitioner: to('Practitioner/kim') }),
      filed('c', { type: 'permit', ...actors('CareTeam/t'), ...country('KR') }),
    )
    assert.ok((await seenBy(asking(principal()))).includes('Observation/o'))
    const other = principal({ user: 'Practitioner/lee' })
    assert.ok(!(await seenBy(asking(other))).includes('Observation/o'))
  })

  it('follows what a named resource refers to', async () => {
    await put(
      patient(),
      kept(observation({ id: 'part' })),
      kept(observation({ hasMember: [to('Observation/part')] })),
      kept(observation({ id: 'else' })),
      filed('c', { ...permit, data: [{ meaning: 'related', reference: to('Observation/o') }] }),
    )
    const found = await seenBy(asking(principal()))
    assert.deepEqual(
      found.filter((one) => one.startsWith('Observation')),
      ['Observation/o', 'Observation/part'],
    )
  })

  it('refuses a search over too many consents of their own kind, and answers one of a patient', async () => {
    const own = (n: number) => ({
      ...permit,
      data: [{ meaning: 'instance', reference: to(`Observation/o${String(n)}`) }],
    })
    const of = (n: number) => {
      const subject = to(`Patient/p${String(n)}`)
      return [
        kept(observation({ id: `o${String(n)}`, subject })),
        filed(`c${String(n)}`, own(n), { patient: subject }),
      ]
    }
    await put(...[...Array(101).keys()].flatMap(of))
    const access = await accessOf(asking(principal()))
    assert.throws(() => access.visible, /name a patient/)
    const narrow = asking(principal(), 'Observation', [['patient', 'p7']])
    assert.deepEqual(named(await all(await accessOf(narrow))), ['Observation/o7', ...SHARED])
  })

  it('shows each role what it is for', async () => {
    await put(
      patient(),
      kept(observation()),
      kept(observation({ id: 'x', subject: to('Patient/q') })),
      kept({
        resourceType: 'AuditEvent',
        id: 'log',
        type: coding('http://x', 'rest')[0],
        recorded: '2026-01-01T00:00:00Z',
        agent: [{ requestor: true, who: to('Organization/busan') }],
        source: { observer: to('Organization/almaty') },
        entity: [{ what: to('Patient/p') }],
      }),
      filed('c', { type: 'deny' }),
    )
    const ofRole = async (role: Role, more: Partial<Principal> = {}) =>
      (await seenBy(asking(principal({ roles: [role], ...more })))).filter(
        (one) => !SHARED.includes(one),
      )
    const record = ['AuditEvent/log', 'Consent/c', 'Observation/o', 'Patient/p']
    assert.deepEqual(await ofRole('patient', { patient: 'p' }), record)
    assert.deepEqual(await ofRole('patient'), [])
    assert.deepEqual(await ofRole('auditor'), ['AuditEvent/log', 'Consent/c'])
    assert.deepEqual(await ofRole('administrator'), [...record, 'Observation/x'].sort())
    assert.deepEqual(await ofRole('system'), [])
    const almaty = { organization: 'almaty' }
    assert.deepEqual(await ofRole('system', almaty), [...record, 'Observation/x'].sort())
  })

  describe('breaking the glass', () => {
    const breaking = (path: string, query: FhirRequest['query'] = [], more = {}) =>
      asking(principal({ breakGlass: 'unconscious', ...more }), path, query)
    beforeEach(async () => {
      await put(
        patient(),
        kept(observation()),
        kept(observation({ id: 'm' }), { custodian: 'moscow' }),
        kept(observation({ id: 'x', subject: to('Patient/q') })),
        filed('c', { type: 'deny' }),
      )
    })
    const told = async () =>
      (await all())
        .filter(({ type }) => type === 'Communication')
        .map(({ text }) => JSON.parse(text!))

    it('opens the record of one patient with every custodian, for a time, and tells each', async () => {
      const access = await accessOf(breaking('Observation', [['patient', 'p']]))
      assert.equal(access.principal.purpose, 'BTG')
      const found = named(await all(access)).filter((one) => !SHARED.includes(one))
      const record = ['Consent/c', 'Observation/m', 'Observation/o', 'Patient/p']
      assert.deepEqual(
        found.filter((one) => !one.startsWith('Communication')),
        record,
      )
      const notes = await told()
      assert.deepEqual(notes.map(({ recipient }) => recipient[0].reference).sort(), [
        'Organization/almaty',
        'Organization/moscow',
      ])
      assert.deepEqual(notes[0].payload, [{ contentString: 'unconscious' }])
      const later = await accessOf(asking(principal()))
      assert.deepEqual(
        named(await all(later)).filter((one) => one.startsWith('Obs')),
        ['Observation/m', 'Observation/o'],
      )
      const { store } = server().context
      assert.deepEqual(await later.judge([(await store.read('Observation', 'm'))!]), [
        { seen: true, reason: 'break-glass' },
      ])
      const other = await accessOf(asking(principal({ user: 'Practitioner/lee' })))
      assert.deepEqual(named(await all(other)), SHARED)
    })

    it('takes the patient from what is read, and opens nothing for what is not there', async () => {
      await accessOf(breaking('Observation/none'))
      assert.equal((await told()).length, 0)
      const access = await accessOf(breaking('Observation/o'))
      assert.ok(named(await all(access)).includes('Observation/m'))
      await accessOf(breaking('Observation/m'))
      assert.equal((await told()).length, 2)
    })

    it('is refused where nobody is named, and to who is no clinician', async () => {
      await assert.rejects(accessOf(breaking('Observation')), /name the patient/)
      await assert.rejects(accessOf(breaking('Observation', [['patient', 'p,q']])), /one patient/)
      const system = { roles: ['system'] as const, user: undefined }
      await assert.rejects(accessOf(breaking('Observation/o', [], system)), /clinician/)
      assert.equal((await told()).length, 0)
    })
  })

  it('finds by generated consents what its judge lets pass', async function () {
    this.timeout(60_000)
    const some = <T extends object | string>(...of: readonly T[]) => fc.constantFrom(...of)
    const part = fc
      .tuple(
        some<object>(
          {},
          actors('Organization/busan'),
          actors('Organization/moscow'),
          actors('Practitioner/kim', 'CareTeam/t'),
        ),
        some<object>({}, {}, purpose('TREAT'), purpose('HRESCH')),
        some<object>({}, country('KR'), country('KR', 'RU')),
        some<object>({}, {}, label('N'), label('R'), label('PSY'), label('N', 'PSY')),
        some<object>(
          {},
          {},
          { class: coding('http://hl7.org/fhir/resource-types', 'Observation') },
          { code: [concept('http://loinc.org', '2345-7')] },
        ),
        some<object>(
          {},
          {},
          { dataPeriod: { start: '2025' } },
          { period: { end: '2025-12' } },
          { period: { start: '2025-12' } },
        ),
        some<object>(
          {},
          {},
          {},
          { data: [{ meaning: 'instance', reference: to('Observation/0') }] },
        ),
      )
      .map((parts) => Object.assign({}, ...parts) as object)
    const provision: fc.Arbitrary<object> = fc
      .tuple(
        some('permit', 'permit', 'deny'),
        part,
        fc.array(fc.tuple(some('permit', 'deny'), part), { maxLength: 2 }),
      )
      .map(([type, stated, inside]) => ({
        type,
        ...stated,
        ...(inside.length === 0
          ? {}
          : { provision: inside.map(([kind, one]) => ({ type: kind, ...one })) }),
      }))
    const resource = fc.record({
      custodian: some('almaty', 'moscow', 'busan'),
      land: some('KZ', 'RU', 'KR', ''),
      security: some<readonly string[]>([], [], ['R'], ['PSY'], ['PSY', 'V']),
      more: some<object>(
        {},
        { subject: to('Patient/q') },
        { effectiveDateTime: '2023' },
        { code: concept('http://loinc.org', '1-8') },
      ),
    })
    const scene = fc.record({
      consents: fc.array(
        fc.tuple(
          provision,
          some('almaty', 'moscow'),
          some('p', 'q'),
          some<object>({}, NOTIFICATION),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      resources: fc.array(resource, { minLength: 2, maxLength: 5 }),
      roles: some<Role>('clinician', 'system'),
      asked: some('TREAT', 'HRESCH', 'BTG'),
    })
    // As many as there is time for: a store of its own kind is slow to fill.
    const end = Date.now() + 4000
    for (const { consents, resources, roles, asked } of fc.sample(scene, 60)) {
      if (Date.now() > end) return
      await wipe()
      await put(
        ...LANDS,
        ...consents.map(([stated, custodian, of, more], n) =>
          filed(String(n), stated, { ...more, patient: to(`Patient/${of}`) }, custodian),
        ),
        ...resources.map(({ more, ...tags }, n) =>
          kept(observation({ id: String(n), ...more }), tags),
        ),
      )
      await seenBy(asking(principal({ roles: [roles], purpose: asked })))
    }
  })
})
