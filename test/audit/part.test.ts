// Events as text with parts that are kept: the bytes are those of JSON.stringify, whoever asked before.
import assert from 'node:assert/strict'
import type { Principal } from '../../src/auth/principal.ts'
import { eventsOf, type Facts, type Thing } from '../../src/audit/event.ts'
import { textOf } from '../../src/audit/part.ts'

const BASE = 'http://ieum.example/fhir'

const thing = (id: string, custodian: string, decision: Thing['decision']): Thing => ({
  ...{ type: 'Observation', id, version: 2, patients: ['p1', `p-${id}`], custodian },
  ...(decision === undefined ? {} : { decision }),
})

const principal = (more: Partial<Principal>): Principal => ({
  ...{ client: 'viewer', organization: 'busan', roles: ['clinician'], scopes: [] },
  purpose: 'TREAT',
  ...more,
})

const facts = (caller: Principal | undefined, interaction: string, status = 200): Facts => ({
  request: {
    method: 'GET',
    path: ['Observation'],
    query: [['code', 'a"b\\\u2028 가']],
    headers: {},
    body: undefined,
    ...(caller === undefined ? {} : { principal: caller }),
  },
  interaction,
  baseUrl: BASE,
  at: 1_800_000_000_000,
  status,
  ...(status < 400 ? {} : { said: 'No "such" thing\n' }),
  things: [
    thing('1', 'busan', { seen: true, reason: 'own' }),
    thing('2', 'almaty', { seen: true, reason: 'consent', consent: { id: 'c', version: 3 } }),
    thing('3', 'almaty', { seen: false, reason: 'denied', consent: { id: 'd', version: 1 } }),
    thing('4', '', undefined),
  ],
  countryOf: (id) => (id === 'almaty' ? 'KZ' : 'KR'),
})

const CALLERS = [
  undefined,
  principal({}),
  principal({ organization: 'almaty' }),
  principal({ clientName: 'A "view"er' }),
  principal({ user: 'Practitioner/1' }),
  principal({ user: 'Practitioner/1', roles: ['clinician', 'auditor'] }),
  principal({ user: 'Practitioner/1', purpose: 'HRESCH' }),
  principal({ user: 'Practitioner/1', purpose: 'BTG', breakGlass: 'she can’t\nbreathe' }),
]

describe('events as text', () => {
  it('are what JSON.stringify makes of them', () => {
    for (const caller of CALLERS)
      for (const interaction of ['read', 'search-type', 'update', 'delete', '$everything'])
        for (const status of [200, 403])
          for (const event of eventsOf(facts(caller, interaction, status)))
            assert.equal(textOf(event), JSON.stringify(event))
    assert.equal(textOf({ one: undefined, two: null, three: [] }), '{"two":null,"three":[]}')
  })

  it('say who asked, though others asked before', () => {
    const texts = CALLERS.map((caller) => eventsOf(facts(caller, 'search-type')).map(textOf).join())
    assert.equal(new Set(texts).size, CALLERS.length)
    for (const [i, caller] of CALLERS.entries()) {
      if (caller === undefined) continue
      const text = texts[i] ?? ''
      assert.ok(text.includes(`"reference":"Organization/${caller.organization}"`))
      assert.equal(text.includes('Practitioner/1'), caller.user !== undefined)
      assert.equal(text.includes('"code":"auditor"'), caller.roles.includes('auditor'))
      assert.equal(text.includes('breathe'), caller.breakGlass !== undefined)
      assert.equal(text.includes('"HRESCH"'), caller.purpose === 'HRESCH')
    }
  })
})
