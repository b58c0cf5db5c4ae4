// What of a Consent can't be judged is told to who writes it, element by element, and kept all the same.
import assert from 'node:assert/strict'
import { consentWarnings } from '../../src/consent/consent-warnings.ts'
import { settings } from '../search/room.ts'
import { onBothStores } from '../support/server.ts'
import { actor, actors, concept, consent, country, label, purpose } from './scene.ts'
import { ask } from './world.ts'

const told = (provision: object | undefined, more: object = {}): readonly string[] =>
  consentWarnings(consent(provision, more), settings).flatMap(({ expression = [] }) => expression)

const PERMIT = { type: 'permit', ...actors('Organization/busan'), ...purpose('TREAT') }

describe('warnings of a consent', () => {
  it('are none where all can be judged', () => {
    assert.deepEqual(
      told({ ...PERMIT, ...country('KR'), provision: [{ type: 'deny', ...label('PSY') }] }),
      [],
    )
    assert.deepEqual(told(undefined, { policyRule: concept('v3-ActCode', 'OPTOUT') }), [])
    assert.deepEqual(told({ ...PERMIT, actor: [actor('urn:x')] }, { status: 'inactive' }), [])
  })

  it('name each element that can not', () => {
    const at = 'Consent.provision'
    const cases: readonly (readonly [string, object])[] = [
      ['actor', { actor: [actor('Organization/busan', 'AUT')] }],
      ['purpose', { purpose: [{ system: 'urn:x', code: 'TREAT' }] }],
      ['action', { action: [concept('urn:x', 'see')] }],
      ['class', { class: [{ system: 'http://hl7.org/fhir/resource-types' }] }],
      ['code', { code: [{ text: 'sugar' }] }],
      ['securityLabel', { securityLabel: [{ display: 'secret' }] }],
      ['dataPeriod', { dataPeriod: { start: 'last year' } }],
      ['data', { data: [{ meaning: 'instance', reference: { display: 'that one' } }] }],
    ]
    for (const [element, criterion] of cases) {
      assert.deepEqual(told({ ...PERMIT, ...criterion }), [`${at}.${element}`])
      const inside = { ...PERMIT, provision: [{ type: 'deny' }, { type: 'permit', ...criterion }] }
      assert.deepEqual(told(inside), [`${at}.provision[1].${element}`])
    }
    assert.deepEqual(told({ ...PERMIT, ...country('KOR') }), [
      `${at}.extension('http://ieum.example/fhir/StructureDefinition/destination-country')`,
    ])
    const odd = { ...PERMIT, modifierExtension: [{ url: 'urn:x', valueBoolean: true }] }
    assert.deepEqual(told({ ...odd, provision: [PERMIT] }), [at])
    assert.deepEqual(told({ ...PERMIT, provision: [PERMIT, odd] }), [`${at}.provision[1]`])
  })

  it('say that an active one counts for nothing', () => {
    assert.deepEqual(told(undefined), ['Consent'])
    assert.deepEqual(told(PERMIT, { scope: concept('consentscope', 'research') }), ['Consent'])
  })
})

onBothStores('a consent in doubt', (server) => {
  it('is kept, with a warning where the answer has room for it, and by $validate', async () => {
    const { context } = server()
    await ask(context, undefined, 'PUT Patient/p', { resourceType: 'Patient', id: 'p' })
    const doubtful = consent({ ...PERMIT, ...country('KOR') })
    const prefer = { prefer: 'return=OperationOutcome', 'accept-language': 'ko' }
    const put = await ask(context, undefined, 'PUT Consent/c', doubtful, prefer)
    assert.equal(put.status, 201, put.text)
    const [done, doubt] = put.body.issue
    assert.equal(done.severity, 'information')
    assert.equal(doubt.severity, 'warning')
    assert.match(JSON.stringify(doubt), /\p{Script=Hangul}/u)
    assert.match(doubt.expression[0], /^Consent\.provision\.extension/)
    const judged = await ask(context, undefined, 'POST Consent/$validate', doubtful)
    assert.equal(judged.status, 200)
    assert.ok(
      judged.body.issue.some(
        (one: { severity: string; diagnostics: string }) =>
          one.severity === 'warning' && one.diagnostics.includes("can't be judged"),
      ),
    )
  })
})
