// Who sees a teaching case: its maker and reviewers while it is a draft, its audience once somebody else released it.
import assert from 'node:assert/strict'
import type { Principal, Role } from '../../src/auth/principal.ts'
import { onBothStores } from '../support/server.ts'
import { consent, country, actors, purpose, to } from './scene.ts'
import { ask, caller, type Asked } from './world.ts'

const clinician = (organization: string, name: string, ...more: Role[]): Principal => ({
  ...caller(organization, 'clinician', ...more),
  user: `Practitioner/${name}`,
  purpose: 'TRAIN',
})
const kim = clinician('busan', 'kim')
const lee = clinician('busan', 'lee')
/** May review, and makes cases too. */
const park = clinician('busan', 'park', 'reviewer')
const board: Principal = {
  ...caller('busan', 'reviewer'),
  user: 'Practitioner/board',
  purpose: 'TRAIN',
}
const teacher = clinician('alfarabi', 'teacher')
const other = clinician('moscow', 'other')
const auditor = caller('busan', 'auditor')

onBothStores('a teaching case', (server) => {
  const asked = (who: Principal | undefined, line: string, body?: unknown): Promise<Asked> =>
    ask(server().context, who, line, body)
  const status = async (who: Principal, line: string, body?: unknown): Promise<number> =>
    (await asked(who, line, body)).status
  const put = async (who: Principal | undefined, resource: Record<string, unknown>) => {
    const line = `PUT ${String(resource['resourceType'])}/${String(resource['id'])}`
    const answer = await asked(who, line, resource)
    assert.ok(answer.status < 300, `${line}: ${answer.text}`)
  }
  const made = async (who: Principal): Promise<{ task: string; bundle: string }> => {
    const { status: code, text, body } = await asked(who, 'POST Patient/busan-p/$de-identify')
    assert.equal(code, 200, text)
    const task = body.parameter.find(({ name }: any) => name === 'task').valueReference.reference
    return { task, bundle: (await asked(who, `GET ${task}`)).body.focus.reference }
  }
  const review = (who: Principal, task: string, outcome: string, ...more: object[]) =>
    asked(who, `POST ${task}/$review`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'outcome', valueCode: outcome }, ...more],
    })
  const recipient = { name: 'recipient', valueReference: to('Organization/alfarabi') }

  before(async () => {
    for (const [id, land] of [
      ['busan', 'KR'],
      ['alfarabi', 'KZ'],
      ['moscow', 'RU'],
    ] as const)
      await put(undefined, {
        resourceType: 'Organization',
        id,
        name: id,
        address: [{ country: land }],
      })
    await put(kim, { resourceType: 'Patient', id: 'busan-p', name: [{ family: '김' }] })
    await put(kim, { resourceType: 'Patient', id: 'busan-q', name: [{ family: '이' }] })
    await put(kim, {
      ...consent({ type: 'permit', ...purpose('TRAIN') }, { patient: to('Patient/busan-p') }),
      id: 'busan-c',
    })
  })

  it('is made for teaching or research alone, by who gives care', async () => {
    const treating = { ...kim, purpose: 'TREAT' }
    const refused = await asked(treating, 'POST Patient/busan-p/$de-identify')
    assert.equal(refused.status, 403)
    assert.match(refused.text, /X-Purpose-Of-Use/)
    assert.equal(await status(board, 'POST Patient/busan-p/$de-identify'), 403)
    assert.equal(await status(other, 'POST Patient/busan-q/$de-identify'), 404)
    assert.equal(await status(kim, 'POST Patient/busan-p/$de-identify?purpose=HRESCH'), 403)
  })

  it('has nobody in it who consented to nothing, of the own patients too', async () => {
    const { body } = await asked(kim, 'GET Patient/$de-identify')
    const [result, report] = body.parameter
    assert.equal(result.resource.entry.length, 1)
    const patients = report.resource.parameter.find(({ name }: any) => name === 'patients')
    assert.deepEqual(
      patients.part.map(({ name, valueInteger }: any) => [name, valueInteger]),
      [
        ['asked', 2],
        ['included', 1],
        ['without-consent', 1],
        ['left-out', 0],
      ],
    )
  })

  it('is seen by its maker and by reviewers while it is a draft', async () => {
    const { task, bundle } = await made(kim)
    for (const [who, wanted] of [
      [kim, 200],
      [board, 200],
      [park, 200],
      [lee, 404],
      [teacher, 404],
    ] as const)
      assert.equal(await status(who, `GET ${bundle}`), wanted)
    assert.equal(await status(lee, `GET ${task}`), 404)
    const found = async (who: Principal): Promise<boolean> =>
      (await asked(who, 'GET Bundle?_count=100')).text.includes(`"${bundle.slice(7)}"`)
    assert.deepEqual([await found(board), await found(lee)], [true, false])
    // What can't be seen can't be removed.
    await asked(lee, `DELETE ${bundle}`)
    assert.equal(await status(kim, `GET ${bundle}`), 200)
    // A reviewer reviews, and sees nothing else.
    assert.equal(await status(board, 'GET Patient/busan-p'), 404)
  })

  it('is not released by who made it, nor by who is no reviewer', async () => {
    const own = await made(park)
    assert.equal((await review(park, own.task, 'release')).status, 403)
    const { task } = await made(kim)
    assert.equal((await review(kim, task, 'release')).status, 403)
    assert.equal((await review(teacher, task, 'release')).status, 403)
    const released = await review(park, task, 'release', recipient)
    assert.deepEqual([released.status, released.body.status], [200, 'completed'])
    assert.deepEqual(released.body.owner, to('Practitioner/park'))
  })

  it('is read by those to whom it was released, and changed by nobody', async () => {
    const { task, bundle } = await made(kim)
    assert.equal((await review(board, task, 'release', recipient)).status, 200)
    for (const who of [kim, lee, teacher]) assert.equal(await status(who, `GET ${bundle}`), 200)
    assert.equal(await status(other, `GET ${bundle}`), 404)
    const { body } = await asked(teacher, `GET ${bundle}`)
    assert.doesNotMatch(JSON.stringify(body), /busan-p|김|Practitioner/)
    // What it was as a draft is not theirs.
    assert.equal(await status(teacher, `GET ${bundle}/_history/1`), 410)
    const { meta, ...tagless } = body
    assert.equal(await status(teacher, `PUT ${bundle}`, tagless), 403)
    assert.equal(await status(kim, `PUT ${bundle}`, tagless), 403)
    const forged = { resourceType: 'Bundle', type: 'collection', meta: { tag: meta.tag } }
    assert.equal(await status(other, 'POST Bundle', forged), 422)
  })

  it('stays with its maker and reviewers when it is rejected', async () => {
    const { task, bundle } = await made(kim)
    const reason = { name: 'reason', valueString: 'The film shows the face' }
    assert.equal((await review(board, task, 'reject', reason)).body.status, 'rejected')
    assert.equal(await status(lee, `GET ${bundle}`), 404)
    assert.equal(await status(kim, `GET ${bundle}`), 200)
    assert.equal((await review(board, task, 'release')).status, 409)
  })

  it('is not released once a patient withdrew', async () => {
    const { task } = await made(kim)
    const before = (await asked(kim, 'GET Consent/busan-c')).body
    await put(kim, { ...before, status: 'inactive' })
    const refused = await review(board, task, 'release', recipient)
    assert.equal(refused.status, 409)
    assert.doesNotMatch(refused.text, /busan-p/)
    await put(kim, before)
  })

  it('reads another’s record as far as its consent lets that organization teach', async () => {
    const about = consent(
      {
        type: 'permit',
        ...actors('Organization/alfarabi'),
        ...purpose('TRAIN'),
        ...country('KZ'),
      },
      { patient: to('Patient/busan-q') },
    )
    await put(kim, { ...about, id: 'busan-d' })
    const included = async (who: Principal): Promise<number> => {
      const { body } = await asked(who, 'GET Patient/busan-q/$de-identify')
      return body.parameter?.[0].resource.entry?.length ?? 0
    }
    assert.deepEqual([await included(teacher), await included(other)], [1, 0])
    await asked(kim, 'DELETE Consent/busan-d')
  })

  it('is in the log, with the purpose, who was read, and what was written', async () => {
    const { task, bundle } = await made(kim)
    const events = async (query: string): Promise<any[]> => {
      const { body } = await asked(auditor, `GET AuditEvent?${query}&_count=20`)
      return (body.entry ?? []).map(({ resource }: any) => resource)
    }
    const read = await events('patient=Patient/busan-p&_sort=-date')
    const operation = read.find(({ subtype }) => JSON.stringify(subtype).includes('operation'))
    assert.match(JSON.stringify(operation.agent), /Practitioner\/kim/)
    assert.match(JSON.stringify(operation), /"TRAIN"/)
    for (const one of [task, bundle]) assert.ok((await events(`entity=${one}`)).length > 0)
  })
})
