// What is wrong is said in the language of the caller: by $validate, by refused writes and by the other failures.
import assert from 'node:assert/strict'
import { patient } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'

const SCRIPT: Record<string, RegExp> = {
  ko: /\p{Script=Hangul}/u,
  ru: /[а-яё]{4}/i,
  kk: /[әғқңөұүһі]/i,
}

onBothStores('the language of an outcome', (server) => {
  before(async () => {
    await server().send('PUT', '/Patient/here', patient('here', { id: 'here' }))
    await server().send('PUT', '/Patient/gone', patient('gone', { id: 'gone' }))
    await server().send('DELETE', '/Patient/gone')
  })

  const bad = { resourceType: 'Patient', gender: 'mal', nmae: [], birthDate: '2024-02-30' }
  const cases: [string, string, unknown, number, Record<string, string>?][] = [
    ['POST', '/Patient', bad, 422],
    ['POST', '/Patient/$validate', bad, 200],
    ['POST', '/Patient/$validate', patient('fine'), 200],
    ['GET', '/Patient/nobody', undefined, 404],
    ['GET', '/Patient/gone', undefined, 410],
    ['GET', '/Patiant/x', undefined, 404],
    ['GET', '/Patient/$nothing', undefined, 404],
    ['DELETE', '/metadata', undefined, 405],
    ['GET', '/Patient/a_b', undefined, 400],
    ['GET', '/Patient?nmae=x', undefined, 400, { prefer: 'handling=strict' }],
    ['GET', '/Patient?birthdate=soon', undefined, 400],
    ['GET', '/Patient', undefined, 406, { accept: 'image/png' }],
    ['POST', '/Patient', '<x/>', 415, { 'content-type': 'text/csv' }],
    ['PUT', '/Patient/here', patient('x', { id: 'here' }), 412, { 'if-match': 'W/"9"' }],
  ]
  for (const [language, script] of Object.entries(SCRIPT))
    for (const [method, path, body, status, headers = {}] of cases)
      it(`${method} ${path} is answered ${status} in ${language}`, async () => {
        const answer = await server().send(method, path, body, {
          'accept-language': `de, ${language};q=0.8`,
          ...headers,
        })
        assert.equal(answer.status, status, JSON.stringify(answer.body))
        assert.equal(answer.headers.get('content-language'), language)
        assert.equal(answer.body.language, language)
        for (const issue of answer.body.issue) {
          assert.match(issue.diagnostics, script)
          assert.equal(issue.message, undefined)
        }
      })

  it('is English without a wish, and for one that nobody here speaks', async () => {
    for (const wish of [{}, { 'accept-language': 'de' }, { 'accept-language': 'en, ko;q=0.5' }]) {
      const answer = await server().send('GET', '/Patient/nobody', undefined, wish)
      assert.equal(answer.headers.get('content-language'), null)
      assert.equal(answer.body.language, undefined)
      assert.equal(answer.body.issue[0].diagnostics, 'There is no Patient/nobody here')
    }
  })

  it('is that of the Bundle for its entries, and that of a search for what it is told', async () => {
    const entry = { resource: bad, request: { method: 'POST', url: 'Patient' } }
    const bundle = { resourceType: 'Bundle', type: 'batch', entry: [entry] }
    const wish = { 'accept-language': 'ko' }
    const batch = await server().send('POST', '/', bundle, wish)
    const { outcome } = batch.body.entry[0].response
    assert.match(outcome.issue[0].diagnostics, SCRIPT.ko as RegExp)
    const failed = await server().send('POST', '/', { ...bundle, type: 'transaction' }, wish)
    assert.match(failed.body.issue[0].diagnostics, SCRIPT.ko as RegExp)
    const found = await server().send('GET', '/Patient?nmae=x', undefined, wish)
    const told = found.body.entry.find((one: any) => one.search.mode === 'outcome').resource
    assert.match(told.issue[0].diagnostics, SCRIPT.ko as RegExp)
  })

  it('is that of a profile’s demands', async () => {
    const heart = {
      resourceType: 'Observation',
      meta: { profile: ['http://hl7.org/fhir/StructureDefinition/heartrate'] },
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
      subject: { reference: 'Patient/here' },
    }
    const wish = { 'accept-language': 'kk' }
    const answer = await server().send('POST', '/Observation', heart, wish)
    assert.equal(answer.status, 422)
    assert.ok(answer.body.issue.length > 1)
    for (const { diagnostics } of answer.body.issue)
      assert.match(diagnostics, /heartrate профилі\)$/, diagnostics)
  })
})
