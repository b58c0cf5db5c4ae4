// _contained and _containedType, https://hl7.org/fhir/R4/search.html#contained
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'

const person = (id: string, family: string, more: object = {}) => ({
  resourceType: 'Patient',
  id,
  name: [{ family }],
  ...more,
})
const observation = (id: string, contained: object[]) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  contained,
  subject: { reference: `#${(contained[0] as { id: string }).id}` },
  ...(contained.length > 1 ? { performer: [{ reference: '#doc' }] } : {}),
})

onBothStores('contained resources', (server) => {
  before(async () => {
    const resources = [
      person('whole', 'Innerhof', { gender: 'male' }),
      observation('one', [person('p', 'Innerhof', { gender: 'female', birthDate: '1990-05-01' })]),
      observation('two', [
        person('p', 'Other', { gender: 'male' }),
        { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Innerhof' }] },
      ]),
      observation('three', [
        person('p', 'Innerhof', { gender: 'female', birthDate: '1980-05-01' }),
      ]),
    ]
    for (const resource of resources) {
      const { status, text } = await server().send(
        'PUT',
        `/${resource.resourceType}/${resource.id}`,
        resource,
      )
      assert.equal(status, 201, text)
    }
  })
  /** Full URLs behind the base, in order. */
  const found = async (query: string): Promise<string> => {
    const { status, body, text } = await server().send('GET', `/${query}`)
    assert.equal(status, 200, text)
    return ((body.entry ?? []) as { fullUrl: string; search: { mode: string } }[])
      .filter(({ search }) => search.mode === 'match')
      .map(({ fullUrl }) => fullUrl.slice(server().base.length + 1))
      .sort()
      .join(' ')
  }

  it('are not found unless asked for', async () => {
    assert.equal(await found('Patient?family=innerhof'), 'Patient/whole')
    assert.equal(await found('Patient?family=innerhof&_contained=false'), 'Patient/whole')
  })

  it('bring what they are in', async () => {
    assert.equal(
      await found('Patient?family=innerhof&_contained=true'),
      'Observation/one Observation/three',
    )
    assert.equal(await found('Practitioner?name=inner&_contained=true'), 'Observation/two')
    assert.equal(
      await found('Patient?_contained=true'),
      'Observation/one Observation/three Observation/two',
    )
    assert.equal(await found('Patient?_id=p&gender=male&_contained=true'), 'Observation/two')
  })

  it('or both', async () => {
    const query = 'Patient?family=innerhof&_contained=both&_total=accurate'
    assert.equal(await found(query), 'Observation/one Observation/three Patient/whole')
    assert.equal((await server().send('GET', `/${query}`)).body.total, 3)
  })

  it('must fulfil all of it one by one', async () => {
    assert.equal(await found('Patient?family=innerhof&gender=male&_contained=true'), '')
    assert.equal(
      await found('Patient?family=innerhof&birthdate=lt1985&_contained=true'),
      'Observation/three',
    )
    assert.equal(
      await found('Patient?family=innerhof,other&gender=male,unknown&_contained=true'),
      'Observation/two',
    )
  })

  it('are answered themselves', async () => {
    const query = 'Patient?family=innerhof&_contained=true&_containedType=contained'
    assert.equal(await found(query), 'Observation/one#p Observation/three#p')
    const { body } = await server().send('GET', `/${query}&birthdate=1990-05-01`)
    assert.deepEqual(body.entry[0].resource, {
      ...person('p', 'Innerhof', { gender: 'female', birthDate: '1990-05-01' }),
    })
    assert.match(body.link[0].url, /_containedType=contained/)
    assert.equal(
      await found('Patient?family=innerhof&_contained=both&_containedType=contained'),
      'Observation/one#p Observation/three#p Patient/whole',
    )
  })

  it('are sorted and paged', async () => {
    const query = 'Patient?family=innerhof&_contained=true&_sort=birthdate'
    const { body } = await server().send('GET', `/${query}&_count=1`)
    assert.equal(body.entry[0].resource.id, 'three')
    const next = body.link.find((l: any) => l.relation === 'next').url
    assert.equal((await server().send('GET', next)).body.entry[0].resource.id, 'one')
  })

  it('are gone with a new version', async () => {
    await server().send('PUT', '/Observation/gone', observation('gone', [person('q', 'Weg')]))
    assert.equal(await found('Patient?family=weg&_contained=true'), 'Observation/gone')
    await server().send('PUT', '/Observation/gone', observation('gone', [person('q', 'Hier')]))
    assert.equal(await found('Patient?family=weg&_contained=true'), '')
    await server().send('DELETE', '/Observation/gone')
    assert.equal(await found('Patient?family=hier&_contained=true'), '')
  })

  it('refuses what it can not look for', async () => {
    const cases: [string, RegExp][] = [
      ['Patient?_contained=yes', /expected true, false or both/],
      ['Patient?_contained=true&_containedType=x', /expected container or contained/],
      ['Patient?_contained=true&gender:not=male', /no chains/],
      ['Patient?_contained=true&general-practitioner.name=x', /no chains/],
      ['Patient/whole/Observation?_contained=true', /in no compartment/],
      ['?_contained=true', /by one type/],
    ]
    for (const [query, message] of cases) {
      const { status, body } = await server().send('GET', `/${query}`)
      assert.equal(status, 400, query)
      assert.match(body.issue[0].diagnostics, message)
    }
  })
})
