// Patient/$link and $unlink: both records at once, with a Provenance, and back again.
import assert from 'node:assert/strict'
import { ask, caller, type Asked } from '../consent/world.ts'
import { actors, consent, country, purpose, to } from '../consent/scene.ts'
import { onBothStores, type Answer } from '../support/server.ts'

onBothStores('link', (server) => {
  let count = 0
  const made = async (more: object = {}): Promise<string> => {
    const id = `l${++count}`
    const patient = {
      resourceType: 'Patient',
      id,
      active: true,
      name: [{ family: 'Петрова' }],
      multipleBirthInteger: 1,
      ...more,
    }
    assert.equal((await server().send('PUT', `/Patient/${id}`, patient)).status, 201)
    return id
  }
  const parameters = (other: string, more: readonly object[] = []) => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'other', valueReference: { reference: `Patient/${other}` } }, ...more],
  })
  const acting = (
    act: 'link' | 'unlink',
    id: string,
    other: string,
    more: readonly object[] = [],
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    server().send('POST', `/Patient/${id}/$${act}`, parameters(other, more), headers)
  const read = async (id: string): Promise<any> =>
    (await server().send('GET', `/Patient/${id}`)).body
  const type = (code: string) => ({ name: 'type', valueCode: code })
  const link = (other: string, code: string) => ({
    other: { reference: `Patient/${other}` },
    type: code,
  })
  const withoutMeta = ({ meta: _, ...rest }: any): object => rest

  it('says of both that they are one person, and who said so', async () => {
    const [a, b] = [await made({ link: [link('x', 'refer')] }), await made()]
    const { status, body, text } = await acting('link', a, b, [
      { name: 'reason', valueString: 'the same passport' },
    ])
    assert.equal(status, 200, text)
    assert.deepEqual((await read(a)).link, [link('x', 'refer'), link(b, 'seealso')])
    assert.deepEqual((await read(b)).link, [link(a, 'seealso')])
    const parts = Object.fromEntries(body.parameter.map((p: any) => [p.name, p.resource]))
    assert.equal(parts.patient.meta.versionId, '2')
    assert.equal(parts.other.id, b)
    const provenance = (await server().send('GET', `/Provenance/${parts.provenance.id as string}`))
      .body
    assert.deepEqual(
      provenance.target.map(({ reference }: any) => reference),
      [`Patient/${a}`, `Patient/${b}`],
    )
    assert.deepEqual(
      provenance.entity.map(({ what }: any) => what.reference),
      [`Patient/${a}/_history/1`, `Patient/${b}/_history/1`],
    )
    assert.equal(provenance.reason[0].text, 'the same passport')
    assert.equal(provenance.activity.coding[0].code, 'link')
    const found = await server().send('GET', `/Patient?link=Patient/${b}`)
    assert.deepEqual(
      found.body.entry.map(({ resource }: any) => resource.id),
      [a],
    )
    const history = await server().send('GET', `/Patient/${a}/_history`)
    assert.equal(history.body.entry.length, 2)
  })

  it('undoes it', async () => {
    const [a, b] = [await made({ link: [link('x', 'refer')] }), await made()]
    const before = [await read(a), await read(b)].map(withoutMeta)
    await acting('link', a, b)
    const { status, body } = await acting('unlink', b, a)
    assert.equal(status, 200)
    assert.deepEqual([await read(a), await read(b)].map(withoutMeta), before)
    const { resource } = body.parameter.find((p: any) => p.name === 'provenance')
    assert.equal(resource.activity.coding[0].code, 'unlink')
    assert.equal((await acting('unlink', a, b)).status, 409)
  })

  for (const active of [true, undefined])
    it(`replaces one by the other, and puts it back as it was (active: ${String(active)})`, async () => {
      const [a, b] = [await made(active === undefined ? { active } : {}), await made()]
      const before = withoutMeta(await read(a))
      assert.equal((await acting('link', a, b, [type('replaced-by')])).status, 200)
      const replaced = await read(a)
      assert.equal(replaced.active, false)
      assert.deepEqual(replaced.link, [link(b, 'replaced-by')])
      assert.deepEqual((await read(b)).link, [link(a, 'replaces')])
      await server().send(
        'PATCH',
        `/Patient/${a}`,
        [{ op: 'add', path: '/gender', value: 'female' }],
        { 'content-type': 'application/json-patch+json' },
      )
      assert.equal((await acting('unlink', b, a)).status, 409)
      assert.equal((await acting('unlink', a, b)).status, 200)
      assert.deepEqual(withoutMeta(await read(a)), { ...before, gender: 'female' })
      assert.equal((await read(b)).link, undefined)
    })

  it('changes nothing the second time', async () => {
    const [a, b] = [await made(), await made()]
    await acting('link', a, b)
    const again = await acting('link', a, b)
    assert.equal(again.status, 200)
    assert.equal(again.body.parameter.length, 2)
    assert.equal((await read(a)).meta.versionId, '2')
  })

  it('does nothing at another version of either', async () => {
    const [a, b] = [await made(), await made()]
    const wrong = await acting('link', a, b, [], { 'if-match': 'W/"9"' })
    assert.equal(wrong.status, 412)
    const other = await acting('link', a, b, [{ name: 'otherVersion', valueString: '9' }])
    assert.equal(other.status, 412)
    assert.equal((await read(a)).meta.versionId, '1')
    const right = await acting('link', a, b, [{ name: 'otherVersion', valueString: '1' }], {
      'if-match': 'W/"1"',
    })
    assert.equal(right.status, 200)
  })

  it('links as often as asked at once, and both sides agree', async () => {
    const [a, b, c] = [await made(), await made(), await made()]
    const answers = await Promise.all([
      acting('link', a, b),
      acting('link', c, a),
      acting('link', b, c),
    ])
    assert.ok(answers.every(({ status }) => status === 200))
    for (const id of [a, b, c]) assert.equal((await read(id)).link.length, 2)
  })

  it('refuses what does not go together', async () => {
    const [a, b, c] = [await made(), await made(), await made()]
    await acting('link', a, b, [type('replaced-by')])
    const refused: readonly [Promise<Answer>, number, string | undefined][] = [
      [acting('link', a, a), 422, 'other'],
      [acting('link', a, c, [type('replaced-by')]), 409, 'Patient.link'],
      [acting('link', b, a, [type('replaced-by')]), 409, 'other'],
      [acting('link', c, a), 409, 'other'],
      [acting('link', a, 'nobody'), 404, undefined],
      [acting('link', 'nobody', a), 404, undefined],
      [acting('link', a, b, [type('refer')]), 400, 'type'],
      [acting('link', a, b, [{ name: 'otherVersion', valueString: 'x' }]), 400, 'otherVersion'],
      [server().send('POST', `/Patient/${a}/$link`, { resourceType: 'Parameters' }), 400, 'other'],
      [
        server().send('POST', `/Patient/${a}/$link`, {
          resourceType: 'Parameters',
          parameter: [{ name: 'other', valueReference: { reference: 'Group/1' } }],
        }),
        400,
        'other',
      ],
    ]
    for (const [asked, status, expression] of refused) {
      const { status: found, body, text } = await asked
      assert.equal(found, status, text)
      if (expression !== undefined) assert.deepEqual(body.issue[0].expression, [expression], text)
    }
    assert.equal((await server().send('GET', `/Patient/${a}/$link`)).status, 405)
  })

  it('leaves alone what another organisation keeps, and tells nothing of what is hidden', async () => {
    const { context } = server()
    const [almaty, busan] = [caller('almaty'), caller('busan')]
    const done = async (
      who: typeof almaty | undefined,
      line: string,
      body: object,
    ): Promise<Asked> => {
      const answer = await ask(context, who, line, body)
      assert.ok(answer.status < 300, answer.text)
      return answer
    }
    for (const [id, land] of [
      ['almaty', 'KZ'],
      ['busan', 'KR'],
    ] as const)
      await done(undefined, `PUT Organization/${id}`, {
        resourceType: 'Organization',
        id,
        name: id,
        address: [{ country: land }],
      })
    await done(almaty, 'PUT Patient/almaty-t', {
      resourceType: 'Patient',
      id: 'almaty-t',
      name: [{ text: 'A' }],
    })
    await done(busan, 'PUT Patient/busan-t', {
      resourceType: 'Patient',
      id: 'busan-t',
      name: [{ text: 'A' }],
    })
    const line = 'POST Patient/busan-t/$link'
    const hidden = await ask(context, busan, line, parameters('almaty-t'))
    const none = await ask(context, busan, line, parameters('almaty-n'))
    assert.equal(hidden.status, 404)
    assert.equal(hidden.text.replaceAll('almaty-t', 'almaty-n'), none.text)
    await done(almaty, 'PUT Consent/almaty-l', {
      ...consent(
        { type: 'permit', ...actors('Organization/busan'), ...purpose('TREAT'), ...country('KR') },
        { patient: to('Patient/almaty-t') },
      ),
      id: 'almaty-l',
    })
    const replacing = await ask(context, busan, line, parameters('almaty-t', [type('replaced-by')]))
    assert.equal(replacing.status, 403)
    const seen = await done(busan, line, parameters('almaty-t'))
    const [patient, other, provenance] = seen.body.parameter.map((p: any) => p.resource)
    assert.deepEqual(patient.link, [link('almaty-t', 'seealso')])
    assert.equal(other.link, undefined)
    assert.deepEqual(provenance.agent[0].who, { reference: 'Organization/busan' })
    assert.equal((await ask(context, almaty, 'GET Patient/almaty-t')).body.meta.versionId, '1')
    await done(busan, 'POST Patient/busan-t/$unlink', parameters('almaty-t'))
  })
})
