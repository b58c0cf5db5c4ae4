// Patient/$everything: the compartment, the whole of it and nothing else.
import assert from 'node:assert/strict'
import { entry, observation, patient, transact, unique } from '../interaction/bundles.ts'
import { onBothStores, type Answer } from '../support/server.ts'

const status = (system: string, code: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
})

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
    const encounter = {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    }
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
    ['all encounters', 'Encounter/$everything', 404],
    ['an encounter that is not there', 'Encounter/nobody/$everything', 404],
    ['a start that is none', `Patient/${id}/$everything?start=soon`, 400],
    ['an end before the start', `Patient/${id}/$everything?start=2020-02&end=2020-01`, 400],
    ['two starts', `Patient/${id}/$everything?start=2020&start=2021`, 400],
    ['types that are never in a record', `Patient/${id}/$everything?_type=Practitioner`, 400],
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

/** Ids of a type by the date of care: what comes for a time must be those that touch it, and those without a date. */
onBothStores('everything in a time', (server) => {
  const id = unique()
  const subject = { reference: `Patient/${id}` }
  const resources: Record<string, object> = {
    'Observation/day': {
      status: 'final',
      code: { text: 'x' },
      subject,
      effectiveDateTime: '2020-05-10',
    },
    'Observation/period': {
      status: 'final',
      code: { text: 'x' },
      subject,
      effectivePeriod: { start: '2020-03-01', end: '2020-06-30' },
    },
    'Observation/undated': { status: 'final', code: { text: 'x' }, subject },
    'Encounter/open': {
      status: 'in-progress',
      class: { code: 'IMP' },
      subject,
      period: { start: '2020-05-11T18:00:00+09:00' },
    },
    'ServiceRequest/occurs': {
      status: 'active',
      intent: 'order',
      subject,
      authoredOn: '2019-01-01',
      occurrenceDateTime: '2020-05-10',
    },
    'ServiceRequest/authored': {
      status: 'active',
      intent: 'order',
      subject,
      authoredOn: '2020-05-10',
    },
    'Condition/over': {
      subject,
      onsetDateTime: '2010',
      abatementDateTime: '2011',
      clinicalStatus: status('condition-clinical', 'resolved'),
    },
    'Condition/lasting': { subject, onsetDateTime: '2010' },
    'Condition/later': { subject, onsetDateTime: '2022' },
    'AllergyIntolerance/old': {
      patient: subject,
      recordedDate: '2001-01-01',
      clinicalStatus: status('allergyintolerance-clinical', 'active'),
    },
  }
  const ALWAYS = ['AllergyIntolerance/old', 'Observation/undated', 'Patient/p']
  const cases: [string, string[]][] = [
    [
      'start=2020-05-10&end=2020-05-10',
      [
        'Condition/lasting',
        'Observation/day',
        'Observation/period',
        'ServiceRequest/authored',
        'ServiceRequest/occurs',
      ],
    ],
    ['start=2020-07', ['Condition/later', 'Condition/lasting', 'Encounter/open']],
    ['end=2020-04-30', ['Condition/lasting', 'Condition/over', 'Observation/period']],
    ['end=2010-06', ['Condition/lasting', 'Condition/over']],
    ['start=2012&end=2013', ['Condition/lasting']],
    ['start=2019-01-01&end=2019-12-31', ['Condition/lasting']],
  ]

  before(async () => {
    const answer = await transact(server(), [
      entry(`PUT Patient/${id}`, patient(id, { id, birthDate: '1950' })),
      ...Object.entries(resources).map(([name, resource]) => {
        const [resourceType, local] = name.split('/')
        const own = `${id}-${local!}`
        return entry(`PUT ${resourceType!}/${own}`, { resourceType, id: own, ...resource })
      }),
    ])
    assert.equal(answer.status, 200, answer.text)
  })

  const named = (answer: Answer): string[] =>
    (answer.body.entry ?? [])
      .map((e: any) => `${e.resource.resourceType}/${e.resource.id}`.replace(`${id}-`, ''))
      .map((name: string) => (name === `Patient/${id}` ? 'Patient/p' : name))
      .sort()

  for (const [query, expected] of cases)
    it(`takes ${query}`, async () => {
      const answer = await server().send('GET', `/Patient/${id}/$everything?${query}`)
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(named(answer), [...ALWAYS, ...expected].sort())
    })

  it('takes them in a body, with types in several parameters', async () => {
    const answer = await server().send('POST', `/Patient/${id}/$everything`, {
      resourceType: 'Parameters',
      parameter: [
        { name: 'start', valueDate: '2020-05-10' },
        { name: 'end', valueDate: '2020-05-10' },
        { name: '_type', valueCode: 'Observation' },
        { name: '_type', valueCode: 'ServiceRequest' },
      ],
    })
    assert.deepEqual(named(answer), [
      'Observation/day',
      'Observation/period',
      'Observation/undated',
      'ServiceRequest/authored',
      'ServiceRequest/occurs',
    ])
    assert.match(answer.body.link[0].url as string, /start=2020-05-10&end=2020-05-10&_type=/)
  })

  const bodies: [string, unknown][] = [
    ['another resource', { resourceType: 'Patient' }],
    ['no list', { resourceType: 'Parameters', parameter: { name: 'start' } }],
    ['no name', { resourceType: 'Parameters', parameter: [{ valueDate: '2020' }] }],
    ['null', { resourceType: 'Parameters', parameter: [null] }],
    [
      'no simple value',
      { resourceType: 'Parameters', parameter: [{ name: 'start', valuePeriod: {} }] },
    ],
  ]
  for (const [what, body] of bodies)
    it(`refuses a body with ${what}`, async () => {
      const answer = await server().send('POST', `/Patient/${id}/$everything`, body)
      assert.equal(answer.status, 400, answer.text)
      assert.equal(answer.body.issue[0].expression.length, 1)
    })
})

onBothStores('everything that goes with a record', (server) => {
  const encounterOf = (patientId: string) => ({
    resourceType: 'Encounter',
    id: `e-${patientId}`,
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: `Patient/${patientId}` },
    serviceProvider: { reference: 'Organization/clinic' },
    participant: [{ individual: { reference: 'Practitioner/dr' } }],
    diagnosis: [{ condition: { reference: `Condition/c-${patientId}` } }],
  })
  before(async () => {
    const of = (p: string) => [
      entry(`PUT Patient/${p}`, {
        ...patient(p, { id: p }),
        link: [{ other: { reference: `Patient/${p === 'a' ? 'b' : 'a'}` }, type: 'seealso' }],
      }),
      entry(`PUT Encounter/e-${p}`, encounterOf(p)),
      entry(`PUT Condition/c-${p}`, {
        resourceType: 'Condition',
        id: `c-${p}`,
        subject: { reference: `Patient/${p}` },
      }),
      entry(
        `PUT Observation/o-${p}`,
        observation({
          id: `o-${p}`,
          subject: { reference: `Patient/${p}` },
          encounter: { reference: `Encounter/e-${p}` },
          hasMember: [{ reference: 'Observation/o-nobody' }],
        }),
      ),
    ]
    const answer = await transact(server(), [
      ...of('a'),
      ...of('b'),
      entry('PUT Observation/o-nobody', observation({ id: 'o-nobody' })),
      entry('PUT Organization/clinic', { resourceType: 'Organization', id: 'clinic', name: 'x' }),
      entry('PUT Organization/other', { resourceType: 'Organization', id: 'other', name: 'x' }),
      entry('PUT Practitioner/dr', { resourceType: 'Practitioner', id: 'dr' }),
    ])
    assert.equal(answer.status, 200, answer.text)
  })

  const all = async (path: string): Promise<Record<'match' | 'include', string[]>> => {
    const found = { match: [] as string[], include: [] as string[] }
    let url: string | undefined = path
    for (let pages = 0; url !== undefined; pages++) {
      assert.ok(pages < 30)
      const answer: Answer = await server().send('GET', url)
      assert.equal(answer.status, 200, answer.text)
      for (const { search, resource } of answer.body.entry ?? [])
        found[search.mode as 'match'].push(`${resource.resourceType}/${resource.id}`)
      url = answer.body.link.find((l: any) => l.relation === 'next')?.url
    }
    return { match: found.match.sort(), include: found.include.sort() }
  }
  const RECORD_OF_A = [
    'Condition/c-a',
    'Encounter/e-a',
    'Observation/o-a',
    'Patient/a',
    'Patient/b',
  ]
  const BESIDE = ['Organization/clinic', 'Practitioner/dr']

  it('is the record, and whom it names; nothing of another patient', async () => {
    // A patient who links to this one is in the compartment, as R4 defines it.
    assert.deepEqual(await all('/Patient/a/$everything'), { match: RECORD_OF_A, include: BESIDE })
  })

  it('is so page by page', async () => {
    for (const count of [1, 2, 3]) {
      const { match, include } = await all(`/Patient/a/$everything?_count=${count}`)
      assert.deepEqual(match, RECORD_OF_A)
      assert.deepEqual([...new Set(include)], BESIDE)
    }
  })

  it('has of what goes with it the types asked for only', async () => {
    const some = await all('/Patient/a/$everything?_type=Encounter,Organization')
    assert.deepEqual(some, { match: ['Encounter/e-a'], include: ['Organization/clinic'] })
  })

  it('of all patients is all that is about one', async () => {
    const { match, include } = await all('/Patient/$everything?_count=4')
    const records = ['a', 'b'].flatMap((p) => [
      `Condition/c-${p}`,
      `Encounter/e-${p}`,
      `Observation/o-${p}`,
      `Patient/${p}`,
    ])
    assert.deepEqual(match, records.sort())
    assert.deepEqual([...new Set(include)], BESIDE)
    const some = await all('/Patient/$everything?_type=Observation,Patient')
    assert.deepEqual(some.match, ['Observation/o-a', 'Observation/o-b', 'Patient/a', 'Patient/b'])
  })

  it('of an encounter is what happened in it, and what that refers to', async () => {
    const { match, include } = await all('/Encounter/e-a/$everything')
    assert.deepEqual(match, ['Encounter/e-a', 'Observation/o-a'])
    assert.deepEqual(include, [
      'Condition/c-a',
      'Observation/o-nobody',
      'Organization/clinic',
      'Patient/a',
      'Practitioner/dr',
    ])
    const some = await all('/Encounter/e-a/$everything?_type=Observation,Patient')
    assert.deepEqual(some, {
      match: ['Observation/o-a'],
      include: ['Observation/o-nobody', 'Patient/a'],
    })
  })

  it('of an encounter knows no start', async () => {
    const answer = await server().send('GET', '/Encounter/e-a/$everything?start=2020', undefined, {
      prefer: 'handling=strict',
    })
    assert.equal(answer.status, 400)
    assert.deepEqual(answer.body.issue[0].expression, ['start'])
  })
})
