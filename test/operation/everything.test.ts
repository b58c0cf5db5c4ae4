// Patient/$everything: the compartment, the whole of it and nothing else.
import assert from 'node:assert/strict'
import { entry, observation, patient, transact, unique } from '../interaction/bundles.ts'
import { onBothStores, type Answer } from '../support/server.ts'

onBothStores('everything', (server) => {
  const id = unique()
  const other = unique()
  const refs = (answer: Answer): string[] =>
    (answer.body.entry ?? [])
      .filter((e: any) => e.search.mode === 'match')
      .map((e: any) => `${e.resource.resourceType}/${e.resource.id}`)
  const mine = [
    `Patient/${id}`,
    `Observation/${id}-o1`,
    `Observation/${id}-o2`,
    `Encounter/${id}-e`,
    `Condition/${id}-c`,
  ].sort()

  before(async () => {
    const subject = { reference: `Patient/${id}` }
    const encounter = { resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' } }
    const answer = await transact(server(), [
      entry(`PUT Patient/${id}`, patient(id, { id })),
      entry(`PUT Patient/${other}`, patient(other, { id: other })),
      entry(`PUT Observation/${id}-o1`, observation({ id: `${id}-o1`, subject })),
      entry(`PUT Observation/${id}-o2`, observation({ id: `${id}-o2`, performer: [subject] })),
      entry(`PUT Encounter/${id}-e`, { ...encounter, id: `${id}-e`, subject }),
      entry(`PUT Condition/${id}-c`, { resourceType: 'Condition', id: `${id}-c`, subject }),
      entry(`PUT Organization/${id}-g`, { resourceType: 'Organization', id: `${id}-g`, name: 'x' }),
      entry(
        `PUT Observation/${other}-o`,
        observation({ id: `${other}-o`, subject: { reference: `Patient/${other}` } }),
      ),
    ])
    assert.equal(answer.status, 200, answer.text)
  })

  for (const method of ['GET', 'POST'])
    it(`is all of the patient's compartment, by ${method}`, async () => {
      const answer = await server().send(method, `/Patient/${id}/$everything`)
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.body.type, 'searchset')
      assert.deepEqual(refs(answer).sort(), mine)
      assert.deepEqual(server().context.validator.validate(answer.body), [])
      assert.equal(answer.body.link[0].url, `${server().base}/Patient/${id}/$everything`)
    })

  it('comes page by page, nothing twice and nothing left out', async () => {
    const seen: string[] = []
    let url: string | undefined = `/Patient/${id}/$everything?_count=2`
    for (let pages = 0; url !== undefined; pages++) {
      assert.ok(pages < 4)
      const answer: Answer = await server().send('GET', url)
      assert.ok(refs(answer).length <= 2)
      seen.push(...refs(answer))
      url = answer.body.link.find((l: any) => l.relation === 'next')?.url
    }
    assert.deepEqual(seen.sort(), mine)
  })

  it('is limited by _type and _since', async () => {
    const types = await server().send('GET', `/Patient/${id}/$everything?_type=Encounter,Condition`)
    assert.deepEqual(refs(types).sort(), [`Condition/${id}-c`, `Encounter/${id}-e`])
    const later = await server().send(
      'GET',
      `/Patient/${id}/$everything?_since=2999-01-01T00:00:00Z`,
    )
    assert.deepEqual(refs(later), [])
  })

  it('takes its parameters in a body too', async () => {
    const answer = await server().send('POST', `/Patient/${id}/$everything`, {
      resourceType: 'Parameters',
      parameter: [{ name: '_count', valueInteger: 1 }],
    })
    assert.equal(refs(answer).length, 1, answer.text)
    const next = answer.body.link.find((l: any) => l.relation === 'next').url
    assert.equal(refs(await server().send('GET', next as string)).length, 1)
  })

  it('says which parameters it passed over, or refuses them under handling=strict', async () => {
    const path = `/Patient/${id}/$everything?colour=red`
    const lenient = await server().send('GET', path)
    assert.equal(lenient.status, 200)
    const outcome = lenient.body.entry.find((e: any) => e.search.mode === 'outcome').resource
    assert.match(outcome.issue[0].diagnostics, /colour/)
    assert.doesNotMatch(lenient.body.link[0].url as string, /colour/)
    const strict = await server().send('GET', path, undefined, { prefer: 'handling=strict' })
    assert.equal(strict.status, 400)
  })

  const refused: [string, string, number][] = [
    ['a patient that is not there', `Patient/nobody/$everything`, 404],
    ['another type', `Observation/${id}-o1/$everything`, 404],
    ['all patients', 'Patient/$everything', 404],
    ['a _count that is none', `Patient/${id}/$everything?_count=x`, 400],
    ['a _count of nothing', `Patient/${id}/$everything?_count=0`, 400],
    ['a _since that is none', `Patient/${id}/$everything?_since=yesterday`, 400],
    ['a _type that is none', `Patient/${id}/$everything?_type=Thing`, 400],
    ['a cursor that is none', `Patient/${id}/$everything?_cursor=x`, 400],
  ]
  for (const [title, path, status] of refused)
    it(`refuses ${title} with ${status}`, async () => {
      const answer = await server().send('GET', `/${path}`)
      assert.equal(answer.status, status, answer.text)
      assert.equal(answer.body.resourceType, 'OperationOutcome')
    })

  it('of a deleted patient is gone', async () => {
    await server().send('DELETE', `/Patient/${other}`)
    assert.equal((await server().send('GET', `/Patient/${other}/$everything`)).status, 410)
  })
})
