// A store seen through an Access that sees all is a store; what it notes of what it shows; histories in whole pages.
import assert from 'node:assert/strict'
import type { Access, Decision } from '../../src/consent/access.ts'
import { ofCustodian } from '../../src/search/record.ts'
import { ALL } from '../../src/search/plan.ts'
import { storeSeenBy } from '../../src/consent/seen.ts'
import { custodianIn, metaOf, patientsIn } from '../../src/consent/custody.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { HistoryQuery, Page, Store, Version } from '../../src/store/store.ts'
import { definitions, extract, parameters, plan } from '../search/room.ts'
import { contract } from '../store/contract.ts'
import { remove } from '../store/contract/resource.ts'
import { caller } from './world.ts'

const room = { definitions, extract, parameters, plan }

/** Sees all, or what is its own. */
const access = (organization: string, seesAll: boolean): Access => ({
  principal: caller(organization),
  custody: { organization },
  visible: seesAll ? ALL : ofCustodian(organization),
  judge: async (versions) =>
    versions.map((one): Decision =>
      seesAll || custodianIn(one) === organization
        ? { seen: true, reason: 'own' }
        : { seen: false, reason: 'none' },
    ),
  seen: [],
})

// What it writes has a custodian, and that of the contract has none.
contract('SQLite, seen by one who sees all', async () => {
  const store = await openSqliteStore(':memory:')
  return {
    ...storeSeenBy(store, access('a', true), room),
    commit: (...asked) => store.commit(...asked),
  }
})

const kept = (organization: string, id: string, note: string) => {
  const tag = [{ system: 'http://ieum.example/fhir/CodeSystem/custodian', code: organization }]
  const resource = { resourceType: 'Basic', id, meta: { tag }, subject: { reference: 'Patient/p' } }
  return {
    kind: 'put' as const,
    type: 'Basic',
    id,
    method: 'PUT' as const,
    content: {
      metaRest: `,"tag":${JSON.stringify(tag)}`,
      rest: `,"subject":{"reference":"Patient/p"},"code":{"text":${JSON.stringify(note)}}}`,
      entries: extract(resource),
    },
  }
}

describe('consent/seen', () => {
  let store: Store
  before(async () => {
    store = await openSqliteStore(':memory:')
    for (let i = 0; i < 60; i++) {
      await store.commit([kept(i % 7 === 0 ? 'a' : 'b', `${i % 20}`, `v${i}`)])
      if (i % 10 === 9) await store.commit([remove('Basic', `${i % 20}`)])
    }
  })
  after(() => store.close())

  const whole = async (of: Store, query: HistoryQuery): Promise<Page[]> => {
    const pages: Page[] = [await of.history(query)]
    for (let next = pages[0]!.next; next !== undefined; next = pages.at(-1)!.next)
      pages.push(await of.history({ ...query, cursor: next }))
    return pages
  }
  const names = (versions: readonly Version[]): string[] =>
    versions.map(({ id, version }) => `${id}/${version}`)

  for (const count of [1, 2, 3, 10, 100])
    it(`pages a history by ${count}, of what is its own alone`, async () => {
      const all = (await whole(store, { count: 1000 })).flatMap(({ versions }) => versions)
      const expected = await Promise.all(
        all.map(async (one) => {
          const content =
            one.text === undefined ? await store.vread('Basic', one.id, one.version - 1) : one
          return custodianIn(content!) === 'a' ? [one] : []
        }),
      )
      const mine = access('a', false)
      const pages = await whole(storeSeenBy(store, mine, room), { count })
      assert.deepEqual(names(pages.flatMap(({ versions }) => versions)), names(expected.flat()))
      for (const { versions } of pages.slice(0, -1)) assert.equal(versions.length, count)
      assert.ok(mine.seen.every(({ custodian }) => custodian === 'a'))
      const total = await storeSeenBy(store, mine, room).history({ count: 0 })
      assert.equal(total.total, expected.flat().length)
    })

  it('notes what was seen and what was refused', async () => {
    const mine = access('a', false)
    const seen = storeSeenBy(store, mine, room)
    await seen.read('Basic', '0')
    await seen.read('Basic', '1')
    await seen.read('Basic', 'none')
    assert.deepEqual(
      mine.seen.map(({ id, custodian, decision, patients }) => [
        id,
        custodian,
        decision.seen,
        patients,
      ]),
      [
        ['0', 'b', false, ['p']],
        ['1', 'b', false, ['p']],
      ],
    )
  })

  it('writes what is its own, and nothing that is not marked so', async () => {
    const seen = storeSeenBy(store, access('a', false), room)
    await assert.rejects(seen.commit([kept('b', 'a-1', 'x')]), /without its custodian/)
    await assert.rejects(seen.commit([kept('a', 'c-1', 'x')]), { kind: 'forbidden' })
    assert.ok((await seen.commit([kept('a', 'a-1', 'x')])).ok)
    const [hidden] = await store.readMany([{ type: 'Basic', id: '1' }])
    const result = await seen.commit([
      remove('Basic', '1'),
      remove('Basic', 'a-1'),
      remove('Basic', 'never'),
    ])
    assert.ok(result.ok)
    assert.deepEqual(
      result.applied.map(({ changed }) => changed),
      [false, true, false],
    )
    assert.deepEqual(await store.readMany([{ type: 'Basic', id: '1' }]), [hidden])
    assert.deepEqual(await seen.commit([{ ...remove('Basic', '1'), ifVersion: 3 }]), {
      ok: false,
      failed: 'version',
      index: 0,
    })
  })
})

describe('consent/custody', () => {
  const CUSTODIAN = { system: 'http://ieum.example/fhir/CodeSystem/custodian', code: 'a' }
  const textOf = (meta: object, rest = ''): string =>
    `{"resourceType":"Basic","id":"b.1-x","meta":${JSON.stringify({ versionId: '1', lastUpdated: 'x', ...meta })}${rest}}`
  const version = (text: string): Version => ({
    ...{ type: 'Basic', id: 'b', version: 1, updated: 0, method: 'PUT', text },
  })

  it('finds the meta, whatever stands in it and behind it', () => {
    for (const meta of [
      {},
      { profile: ['http://a/{b}"', ']}'], tag: [CUSTODIAN] },
      { tag: [{ display: 'a \\"}] \\\\' }, CUSTODIAN], security: [{ code: '}' }] },
    ])
      assert.deepEqual(metaOf(textOf(meta, ',"text":{"div":"}\\"{"}')), {
        versionId: '1',
        lastUpdated: 'x',
        ...meta,
      })
    for (const text of [
      '',
      '{}',
      '{"resourceType":"Basic"}',
      '{"resourceType":"Basic","id":"b","meta":{',
    ])
      assert.deepEqual(metaOf(text), {})
  })

  it('takes nothing else for a custodian', () => {
    const rest = `,"code":{"coding":[${JSON.stringify(CUSTODIAN)}]},"meta":{"tag":[${JSON.stringify(CUSTODIAN)}]}`
    assert.equal(custodianIn(version(textOf({ tag: [CUSTODIAN] }))), 'a')
    assert.equal(custodianIn(version(textOf({}, rest))), '')
    assert.equal(
      custodianIn(version(textOf({ tag: [CUSTODIAN, { ...CUSTODIAN, code: 'b' }] }))),
      'a',
    )
    assert.equal(custodianIn(version(textOf({ extension: [{ valueCoding: CUSTODIAN }] }))), '')
  })

  it('finds the patients that a text names', () => {
    const text = textOf(
      {},
      ',"x":[{"reference":"Patient/A.1"},{"reference":"http://h/fhir/Patient/b/_history/2"},{"reference":"Group/c"},{"display":"\\"reference\\":\\"Patient/d\\""}]',
    )
    assert.deepEqual(
      patientsIn(version(text), () => true),
      ['A.1', 'b'],
    )
    assert.deepEqual(
      patientsIn(version(text), () => false),
      [],
    )
    assert.deepEqual(
      patientsIn({ ...version(text), type: 'Patient', id: 'me' }, () => true),
      ['me'],
    )
  })
})
