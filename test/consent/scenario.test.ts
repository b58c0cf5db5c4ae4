// Across organizations and borders, through the door that all requests take, on both stores.
import assert from 'node:assert/strict'
import type { Principal } from '../../src/auth/principal.ts'
import { parseScopes } from '../../src/auth/scope.ts'
import { onBothStores } from '../support/server.ts'
import { actors, concept, consent, country, label, purpose, to } from './scene.ts'
import { ask, caller, type Asked } from './world.ts'

const almaty = caller('almaty')
const system = caller('busan')
const doctor: Principal = { ...caller('busan', 'clinician'), user: 'Practitioner/kim' }
const person: Principal = {
  ...caller('almaty', 'patient'),
  user: 'Patient/almaty-p',
  patient: 'almaty-p',
  scopes: parseScopes('patient/*.cruds'),
}

onBothStores('consent, from end to end', (server) => {
  const asked = (who: Principal | undefined, line: string, body?: unknown, headers = {}) =>
    ask(server().context, who, line, body, headers)
  const done = async (who: Principal | undefined, line: string, body?: unknown): Promise<Asked> => {
    const answer = await asked(who, line, body)
    assert.ok(answer.status < 300, `${line}: ${answer.text}`)
    return answer
  }
  const put = (who: Principal | undefined, resource: Record<string, unknown>) =>
    done(who, `PUT ${String(resource['resourceType'])}/${String(resource['id'])}`, resource)
  const ids = ({ body }: Asked): string[] =>
    (body.entry ?? []).map(({ resource }: any) => `${resource.resourceType}/${resource.id}`).sort()
  const found = async (who: Principal, line: string): Promise<string[]> =>
    ids(await done(who, `GET ${line}`))

  const observation = (id: string, more: object = {}) => ({
    resourceType: 'Observation',
    id: `almaty-${id}`,
    status: 'final',
    code: concept('http://loinc.org', '2345-7'),
    subject: to('Patient/almaty-p'),
    effectiveDateTime: '2025-03-01',
    ...more,
  })
  const permit = {
    type: 'permit',
    ...actors('Organization/busan'),
    ...purpose('TREAT'),
    ...country('KR'),
  }
  const filed = (provision: object, more: object = {}) => ({
    ...consent(provision, { patient: to('Patient/almaty-p'), ...more }),
    id: 'almaty-c',
  })

  before(async () => {
    for (const [id, land] of [
      ['almaty', 'KZ'],
      ['busan', 'KR'],
      ['moscow', 'RU'],
    ] as const)
      await put(undefined, {
        resourceType: 'Organization',
        id,
        name: id,
        address: [{ country: land }],
      })
    await put(almaty, { resourceType: 'Patient', id: 'almaty-p', name: [{ family: 'Seitkali' }] })
    await put(almaty, { resourceType: 'Patient', id: 'almaty-q', name: [{ family: 'Bekov' }] })
    await put(almaty, observation('o'))
    await put(almaty, observation('psy', { meta: { security: label('PSY').securityLabel } }))
    await put(almaty, observation('q', { subject: to('Patient/almaty-q') }))
  })
  afterEach(async () => {
    await asked(almaty, 'DELETE Consent/almaty-c')
  })

  it('lets another organization see what the patient says, until the patient says no', async () => {
    assert.equal((await asked(system, 'GET Observation/almaty-o')).status, 404)
    assert.deepEqual(await found(system, 'Observation'), [])
    await put(almaty, filed({ ...permit, provision: [{ type: 'deny', ...label('PSY') }] }))
    assert.equal((await asked(system, 'GET Observation/almaty-o')).status, 200)
    assert.equal((await asked(system, 'GET Observation/almaty-psy')).status, 404)
    const one = await done(system, 'GET Observation?_total=accurate&_include=Observation:subject')
    assert.deepEqual(ids(one), ['Observation/almaty-o', 'Patient/almaty-p'])
    assert.equal(one.body.total, 1)
    const chained = 'Observation?subject:Patient.family='
    assert.deepEqual(await found(system, `${chained}seitkali`), ['Observation/almaty-o'])
    assert.deepEqual(await found(system, `${chained}bekov`), [])
    const whole = await found(system, 'Patient/almaty-p/$everything?_type=Consent,Observation')
    assert.deepEqual(whole, ['Consent/almaty-c', 'Observation/almaty-o'])
    const research = { ...system, purpose: 'HRESCH' }
    assert.deepEqual(await found(research, 'Observation'), [])
    assert.equal((await asked(system, 'DELETE Observation/almaty-o')).status, 403)
    await put(almaty, filed(permit, { status: 'inactive' }))
    assert.equal((await asked(system, 'GET Observation/almaty-o')).status, 404)
    assert.deepEqual(await found(system, 'Observation'), [])
  })

  it('names the rule that keeps a record in its country, to who reads it; a search does not find it', async () => {
    await put(almaty, filed({ type: 'permit', ...purpose('TREAT') }))
    const answer = await asked(system, 'GET Observation/almaty-o')
    assert.equal(answer.status, 403)
    assert.match(answer.text, /Rule destination/)
    assert.deepEqual(await found(system, 'Observation'), [])
  })

  it('ends with its period, and with its deletion', async () => {
    await put(almaty, filed({ ...permit, period: { end: '2025-01-01' } }))
    assert.deepEqual(await found(system, 'Observation'), [])
    await put(almaty, filed({ ...permit, period: { start: '2025-01-01' } }))
    assert.equal((await found(system, 'Observation')).length, 2)
    await done(almaty, 'DELETE Consent/almaty-c')
    assert.deepEqual(await found(system, 'Observation'), [])
  })

  it('lets nobody consent for another', async () => {
    const own = { ...filed(permit), id: 'busan-c' }
    await put(system, own)
    assert.deepEqual(await found(system, 'Observation'), [])
    const refused = await asked(system, 'PUT Consent/busan-c', {
      ...own,
      organization: [to('Organization/almaty')],
    })
    assert.equal(refused.status, 422)
    assert.deepEqual(refused.body.issue[0].expression, ['Consent.organization'])
    await done(system, 'DELETE Consent/busan-c')
  })

  it('opens a record to who breaks the glass, and tells its custodian', async () => {
    const breaking: Principal = { ...doctor, breakGlass: 'unconscious' }
    await put(almaty, filed({ type: 'deny' }))
    assert.equal((await asked(doctor, 'GET Observation/almaty-o')).status, 404)
    assert.equal((await asked(breaking, 'GET Observation')).status, 400)
    assert.equal((await asked(breaking, 'GET Observation/almaty-o')).status, 200)
    assert.deepEqual(await found(doctor, 'Observation'), [
      'Observation/almaty-o',
      'Observation/almaty-psy',
    ])
    const told = await done(almaty, 'GET Communication?recipient=Organization/almaty')
    assert.equal(told.body.entry.length, 1)
    assert.equal(told.body.entry[0].resource.payload[0].contentString, 'unconscious')
    assert.equal((await asked(doctor, 'DELETE Observation/almaty-o')).status, 403)
  })

  it('shows patients their own record, and lets them consent for themselves alone', async () => {
    const own = await found(person, 'Observation')
    assert.deepEqual(own, ['Observation/almaty-o', 'Observation/almaty-psy'])
    assert.equal((await asked(person, 'GET Patient/almaty-q')).status, 404)
    const { id: _, ...mine } = filed(permit)
    const made = await done(person, 'POST Consent', mine)
    assert.equal((await asked(system, 'GET Observation/almaty-o')).status, 200)
    await done(person, `DELETE Consent/${String(made.body.id)}`)
    assert.equal((await asked(system, 'GET Observation/almaty-o')).status, 404)
    const other = { ...mine, patient: to('Patient/almaty-q') }
    for (const who of [person, { ...person, scopes: parseScopes('system/*.cruds') }]) {
      assert.equal((await asked(who, 'POST Consent', other)).status, 403)
      // As of what is not there.
      assert.equal((await asked(who, 'DELETE Observation/almaty-q')).status, 204)
    }
    assert.equal((await asked(almaty, 'GET Observation/almaty-q')).status, 200)
  })
})
