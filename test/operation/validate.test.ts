// $validate says what a write would be told, and writes nothing.
import assert from 'node:assert/strict'
import { patient, unique, versions } from '../interaction/bundles.ts'
import { onBothStores } from '../support/server.ts'

const parameters = (resource: unknown, mode?: string, profile?: string) => ({
  resourceType: 'Parameters',
  parameter: [
    ...(resource === undefined ? [] : [{ name: 'resource', resource }]),
    ...(mode === undefined ? [] : [{ name: 'mode', valueCode: mode }]),
    ...(profile === undefined ? [] : [{ name: 'profile', valueUri: profile }]),
  ],
})

onBothStores('validate', (server) => {
  const good = patient('x')
  const bad = { resourceType: 'Patient', gender: 'x', nmae: [] }
  const mine = patient('stored', { id: 'stored' })

  before(() => server().send('PUT', '/Patient/stored', mine))

  const judged: [string, string, string, unknown, string[]][] = [
    ['a good resource at its type', 'POST', 'Patient/$validate', good, ['information ']],
    ['a good resource at the system', 'POST', '$validate', good, ['information ']],
    [
      'a good resource in Parameters',
      'POST',
      'Patient/$validate',
      parameters(good),
      ['information '],
    ],
    ['a bad resource', 'POST', 'Patient/$validate', bad, ['error Patient', 'error Patient.gender']],
    [
      'a bad resource in Parameters',
      'POST',
      'Patient/$validate',
      parameters(bad),
      ['error Patient', 'error Patient.gender'],
    ],
    [
      'another type than the URL',
      'POST',
      'Patient/$validate',
      { resourceType: 'Basic', code: {} },
      ['error Basic', 'error Basic.code'],
    ],
    ['a type that does not exist', 'POST', '$validate', { resourceType: 'Patiant' }, ['error ']],
    ['no type', 'POST', '$validate', { active: true }, ['error ']],
    [
      'Parameters that are meant themselves',
      'POST',
      'Parameters/$validate',
      { resourceType: 'Parameters', parameter: [{ name: 'x', valueCod: 'y' }] },
      ['error Parameters.parameter[0]'],
    ],
    [
      'an update of a resource with its id',
      'POST',
      'Patient/stored/$validate?mode=update',
      mine,
      ['information '],
    ],
    [
      'an update without the id',
      'POST',
      'Patient/stored/$validate',
      parameters(good, 'update'),
      ['error Patient.id'],
    ],
    [
      'a create where there is one',
      'POST',
      'Patient/stored/$validate',
      parameters(good, 'create'),
      ['error Patient'],
    ],
    ['a create', 'POST', 'Patient/$validate', parameters(good, 'create'), ['information ']],
    [
      'a deletion',
      'POST',
      'Patient/stored/$validate',
      parameters(undefined, 'delete'),
      ['information '],
    ],
    ['what is stored', 'GET', 'Patient/stored/$validate', undefined, ['information ']],
    [
      'a profile, of which nothing is known',
      'POST',
      'Patient/$validate?profile=http://p',
      good,
      ['error Patient'],
    ],
    [
      'a bad resource and a profile',
      'POST',
      'Patient/$validate',
      parameters({ resourceType: 'Patient', gender: 'x' }, 'profile', 'http://p'),
      ['error Patient.gender'],
    ],
  ]
  for (const [title, method, path, body, expected] of judged)
    it(`judges ${title}`, async () => {
      const before = await versions(server())
      const answer = await server().send(method, `/${path}`, body)
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.resourceType, 'OperationOutcome')
      const found = answer.body.issue.map((i: any) => `${i.severity} ${i.expression?.[0] ?? ''}`)
      assert.deepEqual(found.sort(), [...expected].sort(), answer.text)
      assert.deepEqual(server().context.validator.validate(answer.body), [])
      assert.equal(await versions(server()), before)
    })

  it('says plainly that a profile is not here', async () => {
    const { body } = await server().send('POST', '/Patient/$validate?profile=http://p', good)
    assert.match(body.issue[0].diagnostics, /http:\/\/p is not known here, so it was not checked/)
  })

  const refused: [string, string, string, unknown, number][] = [
    ['what is no JSON', 'POST', 'Patient/$validate', '{"resourceType":', 400],
    ['an empty body', 'POST', 'Patient/$validate', undefined, 400],
    [
      'Parameters without resource',
      'POST',
      'Patient/$validate',
      parameters(undefined, 'create'),
      400,
    ],
    ['a mode that does not exist', 'POST', 'Patient/$validate', parameters(good, 'destroy'), 400],
    ['the deletion of a type', 'POST', 'Patient/$validate', parameters(undefined, 'delete'), 400],
    [
      'the deletion of what is not there',
      'POST',
      'Patient/nobody/$validate?mode=delete',
      undefined,
      404,
    ],
    ['what is stored and is not', 'GET', 'Patient/nobody/$validate', undefined, 404],
    ['a type by GET', 'GET', 'Patient/$validate', undefined, 400],
    ['a type that does not exist', 'POST', 'Patiant/$validate', good, 404],
    ['another method', 'PUT', 'Patient/$validate', good, 405],
  ]
  for (const [title, method, path, body, status] of refused)
    it(`refuses ${title} with ${status}`, async () => {
      const answer = await server().send(method, `/${path}`, body)
      assert.equal(answer.status, status, answer.text)
      assert.equal(answer.body.resourceType, 'OperationOutcome')
    })

  it('judges like a write does', async () => {
    const id = unique()
    for (const resource of [good, bad, { ...good, id, gender: 'female' }, { ...good, active: 1 }]) {
      const judged = await server().send('POST', '/Patient/$validate', resource)
      const written = await server().send('POST', '/Patient', resource)
      const isGood = judged.body.issue.every((i: any) => i.severity === 'information')
      assert.equal(written.status, isGood ? 201 : 422)
      if (!isGood) assert.deepEqual(written.body.issue, judged.body.issue)
    }
  })
})
