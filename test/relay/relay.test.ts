// What an edge forwards is at its hub once, whatever happens on the way; what the hub has for it comes back.
import assert from 'node:assert/strict'
import { restartName, retryName } from '../../src/relay/aside.ts'
import { prefixOf } from '../../src/relay/edge.ts'
import { onBothStores } from '../support/server.ts'
import { observation, openSite, patient, type Site } from './pair.ts'

onBothStores('the relay of an edge', (hub) => {
  let edge: Site
  beforeEach(async () => {
    edge = await openSite(hub().base)
  })
  afterEach(() => edge.close())

  const total = async (query: string): Promise<number> =>
    (await hub().send('GET', `/${query}&_total=accurate&_summary=count`)).body.total

  it('forwards records with their references, once', async () => {
    const made = await edge.send('POST', '/Patient', patient('once'))
    const id = made.body.id
    await edge.send('POST', '/Observation', observation(`Patient/${id}`, 5.5))
    await edge.send('PUT', `/Patient/${id}`, { ...made.body, gender: 'female' })
    const status = await edge.sync()
    assert.equal(status.sent, 3)
    assert.equal(status.failure, '')
    const there = await hub().send('GET', `/Patient/${id}`)
    assert.equal(there.body.gender, 'female')
    assert.equal(there.body.meta.versionId, '2')
    assert.equal(await total(`Observation?subject=Patient/${id}`), 1)
    const again = await edge.sync()
    assert.equal(again.sent, 3)
    assert.equal(again.received, 0)
    assert.equal((await edge.send('GET', `/Patient/${id}`)).body.meta.versionId, '2')
  })

  it('keeps the digits of numbers', async () => {
    const text = JSON.stringify({ ...observation('Patient/x', 1), id: 'digits' }).replace(
      '"value":1',
      '"value":1.50',
    )
    await edge.send('PUT', '/Observation/digits', text)
    await edge.sync()
    assert.match((await hub().send('GET', '/Observation/digits')).text, /"value":1\.50/)
  })

  it('brings back what the hub reports on a patient of the edge, and takes it over once', async () => {
    const { body } = await edge.send('POST', '/Patient', patient('report'))
    await edge.sync()
    const report = await hub().send('POST', '/DiagnosticReport', {
      resourceType: 'DiagnosticReport',
      status: 'final',
      code: { text: 'Chest film' },
      subject: { reference: `Patient/${body.id}` },
      performer: [{ reference: 'Practitioner/reader-1' }],
      conclusion: 'Nothing found',
    })
    await hub().send('PUT', '/Practitioner/reader-1', {
      resourceType: 'Practitioner',
      id: 'reader-1',
      name: [{ text: 'Kim' }],
    })
    await hub().send('POST', '/Observation', observation('Patient/somebody-else', 1))
    const status = await edge.sync()
    assert.equal(status.received, 2)
    const here = await edge.send('GET', `/DiagnosticReport/${report.body.id}`)
    assert.equal(here.body.conclusion, 'Nothing found')
    assert.equal((await edge.send('GET', '/Practitioner/reader-1')).status, 200)
    const again = await edge.sync()
    assert.deepEqual([again.sent, again.received], [status.sent, 2])
  })

  it('keeps both versions of what was changed on both sides, and tells by a Provenance', async () => {
    const { body } = await edge.send('POST', '/Patient', patient('both'))
    const path = `/Patient/${body.id}`
    await edge.sync()
    await hub().send('PUT', path, { ...body, gender: 'male' })
    await edge.send('PUT', path, { ...body, gender: 'female' })
    await edge.send('PUT', path, { ...body, gender: 'female', birthDate: '1970-01-01' })
    const status = await edge.sync()
    assert.equal(status.conflicts, 1)
    for (const side of [edge, hub()]) {
      assert.equal((await side.send('GET', path)).body.gender, 'male')
      const told = await side.send('GET', `/Provenance?target=Patient/${body.id}`)
      const [{ resource }] = told.body.entry
      assert.equal(resource.entity.length, 2)
      const kept = await side.send('GET', `/${resource.entity[1].what.reference}`)
      assert.equal(kept.body.gender, 'female')
      assert.equal(kept.body.birthDate, '1970-01-01')
    }
    const versions = (await edge.send('GET', `${path}/_history`)).body.entry
    assert.deepEqual(
      versions.map((e: any) => e.resource.gender),
      ['male', 'female', 'female', undefined],
    )
    const again = await edge.sync()
    assert.equal(again.conflicts, 1)
    await edge.send('PUT', path, { ...body, gender: 'other' })
    await edge.sync()
    assert.equal((await hub().send('GET', path)).body.gender, 'other')
  })

  it('lets a change win over a deletion, on either side', async () => {
    const [a, b] = [
      (await edge.send('POST', '/Patient', patient('del-1'))).body,
      (await edge.send('POST', '/Patient', patient('del-2'))).body,
    ]
    await edge.sync()
    await hub().send('DELETE', `/Patient/${a.id}`)
    await edge.send('PUT', `/Patient/${a.id}`, { ...a, gender: 'male' })
    await edge.send('DELETE', `/Patient/${b.id}`)
    await hub().send('PUT', `/Patient/${b.id}`, { ...b, gender: 'female' })
    await edge.sync()
    await edge.sync()
    for (const side of [edge, hub()]) {
      assert.equal((await side.send('GET', `/Patient/${a.id}`)).body.gender, 'male')
      assert.equal((await side.send('GET', `/Patient/${b.id}`)).body.gender, 'female')
    }
  })

  it('takes over deletions in both directions', async () => {
    const [a, b] = [
      (await edge.send('POST', '/Patient', patient('gone-1'))).body,
      (await edge.send('POST', '/Patient', patient('gone-2'))).body,
    ]
    await edge.sync()
    await hub().send('DELETE', `/Patient/${a.id}`)
    await edge.send('DELETE', `/Patient/${b.id}`)
    await edge.sync()
    for (const side of [edge, hub()])
      for (const { id } of [a, b])
        assert.equal((await side.send('GET', `/Patient/${id}`)).status, 410)
  })

  it('gives a resource another id where the hub has its own for somebody else', async () => {
    const put = (to: { send: Site['send'] }, name: string) =>
      to.send('PUT', '/Patient/123', { resourceType: 'Patient', id: '123', name: [{ text: name }] })
    await put(hub(), 'Hub')
    await put(edge, 'Edge')
    await edge.send('POST', '/Observation', observation('Patient/123', 7))
    const other = await openSite(hub().base)
    try {
      await put(other, 'Other')
      await other.send('POST', '/Observation', observation('Patient/123', 8))
      await other.sync()
      await edge.sync()
      await other.sync()
    } finally {
      await other.close()
    }
    assert.equal((await hub().send('GET', '/Patient/123')).body.name[0].text, 'Hub')
    assert.equal((await edge.send('GET', '/Patient/123')).body.name[0].text, 'Edge')
    for (const [value, name] of [
      [7, 'Edge'],
      [8, 'Other'],
    ] as const) {
      const found = await hub().send('GET', `/Observation?value-quantity=${value}&_include=*`)
      const subject = found.body.entry.find((e: any) => e.resource.resourceType === 'Patient')
      assert.equal(subject.resource.name[0].text, name)
      assert.notEqual(subject.resource.id, '123')
    }
  })

  it('makes one Patient of two edges by its identifier, and points references to it', async () => {
    const other = await openSite(hub().base)
    try {
      const a = (await edge.send('POST', '/Patient', patient('same', { gender: 'male' }))).body
      const b = (await other.send('POST', '/Patient', patient('same', { birthDate: '1980' }))).body
      await edge.send('POST', '/Observation', observation(`Patient/${a.id}`, 21))
      await other.send('POST', '/Observation', observation(`Patient/${b.id}`, 22))
      await edge.sync()
      await other.sync()
      assert.equal(await total('Patient?identifier=urn:oid:1.2.3|same'), 1)
      assert.equal(await total(`Observation?subject=Patient/${a.id}`), 2)
      await other.send('POST', '/Observation', observation(`Patient/${b.id}`, 23))
      await other.sync()
      assert.equal(await total(`Observation?subject=Patient/${a.id}`), 3)
      // What the second edge knew is kept.
      const told = await hub().send('GET', `/Provenance?target=Patient/${a.id}`)
      const kept = await hub().send(
        'GET',
        `/${told.body.entry[0].resource.entity[0].what.reference}`,
      )
      assert.equal(kept.body.birthDate, '1980')
      // Both see what the other measured.
      const here = await edge.sync()
      assert.equal(here.received >= 2, true)
      assert.equal(
        (await edge.send('GET', `/Observation?subject=Patient/${a.id}`)).body.entry.length,
        3,
      )
    } finally {
      await other.close()
    }
  })

  it('fetches what the hub had of a patient before the edge met them', async () => {
    const { body } = await hub().send('POST', '/Patient', patient('met later'))
    await hub().send('POST', '/Observation', observation(`Patient/${body.id}`, 41))
    await edge.sync()
    const { notes } = edge.context.store
    const name = `${prefixOf(hub().base)}state`
    const since = { ...JSON.parse((await notes.read(name))!), since: '2100-01-01T00:00:00Z' }
    await notes.write(name, JSON.stringify(since))
    await edge.relay()
    const here = (await edge.send('POST', '/Patient', patient('met later'))).body
    await edge.sync()
    const found = await edge.send('GET', `/Observation?subject=Patient/${here.id}`)
    assert.equal(found.body.entry?.[0].resource.valueQuantity.value, 41)
    assert.equal(await total(`Observation?subject=Patient/${body.id}`), 1)
  })

  it('leaves two records of one person apart that one edge has', async () => {
    const ids: string[] = []
    for (const gender of ['male', 'unknown'])
      ids.push((await edge.send('POST', '/Patient', patient('two', { gender }))).body.id)
    const status = await edge.sync()
    assert.deepEqual([status.sent, status.conflicts, status.aside.length], [2, 0, 0])
    assert.equal(await total('Patient?identifier=urn:oid:1.2.3|two'), 2)
    assert.equal((await edge.send('GET', `/Patient/${ids[1]}`)).body.gender, 'unknown')
  })

  it('sets nothing aside when what it calls the hub is none', async () => {
    await edge.send('POST', '/Patient', patient('nowhere'))
    const relay = await edge.relay({}, `${hub().origin}/elsewhere`)
    await assert.rejects(relay.once(), /no FHIR server/)
    const status = await edge.status()
    assert.deepEqual([status.backlog, status.aside.length], [1, 0])
    await edge.relay()
    await edge.sync()
    assert.equal(await total('Patient?identifier=urn:oid:1.2.3|nowhere'), 1)
  })

  it('keeps what it changed when the hub was set back to an older backup', async () => {
    const { body } = await edge.send('POST', '/Patient', patient('backup'))
    for (const gender of ['male', 'female', 'other'])
      await edge.send('PUT', `/Patient/${body.id}`, { ...body, gender })
    await edge.sync()
    // As it would be then: the edge has seen a later version than there is.
    const { notes } = edge.context.store
    const name = `${prefixOf(hub().base)}link/Patient/${body.id}`
    const link = JSON.parse((await notes.read(name))!)
    await notes.write(name, JSON.stringify({ ...link, there: 9 }))
    await edge.send('PUT', `/Patient/${body.id}`, { ...body, birthDate: '1990-01-01' })
    const status = await edge.sync()
    assert.equal(status.conflicts, 1)
    const told = await hub().send('GET', `/Provenance?target=Patient/${body.id}`)
    const kept = await hub().send('GET', `/${told.body.entry[0].resource.entity[0].what.reference}`)
    assert.equal(kept.body.birthDate, '1990-01-01')
    await hub().send('DELETE', `/Patient/${body.id}`)
    await edge.send('PUT', `/Patient/${body.id}`, { ...body, birthDate: '1991-01-01' })
    await edge.sync()
    assert.equal((await hub().send('GET', `/Patient/${body.id}`)).body.birthDate, '1991-01-01')
  })

  it('offers all again when asked, of which the hub takes what it lacks', async () => {
    const { body } = await edge.send('POST', '/Patient', patient('again'))
    await edge.send('PUT', `/Patient/${body.id}`, { ...body, gender: 'male' })
    const lost = await edge.send('POST', '/Observation', observation(`Patient/${body.id}`, 31))
    // As if the hub had had it once, and was emptied.
    const name = `${prefixOf(hub().base)}link/Observation/${lost.body.id}`
    const link = JSON.stringify({ hub: lost.body.id, there: 1, here: 1 })
    await edge.context.store.notes.write(name, link)
    assert.equal((await edge.sync()).sent, 2)
    await edge.context.store.notes.write(restartName(prefixOf(hub().base)), 'now')
    const status = await edge.sync()
    assert.deepEqual([status.sent, status.conflicts, status.aside.length], [5, 0, 0])
    const there = await hub().send('GET', `/Patient/${body.id}`)
    assert.equal(there.body.meta.versionId, '2')
    assert.equal(await total('Observation?value-quantity=31'), 1)
  })

  it('sets aside what the hub refuses, sends the rest, and tries again when asked', async () => {
    const id = 'x'.repeat(64)
    await edge.send('PUT', `/Basic/${id}`, { resourceType: 'Basic', id, code: { text: 'fine' } })
    await hub().send('PUT', '/StructureDefinition/strict', {
      resourceType: 'StructureDefinition',
      id: 'strict',
      url: 'http://example.org/strict',
      name: 'Strict',
      status: 'active',
      kind: 'resource',
      abstract: false,
      type: 'Basic',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Basic',
      derivation: 'constraint',
      differential: { element: [{ id: 'Basic.author', path: 'Basic.author', min: 1 }] },
    })
    await edge.send('POST', '/Basic', {
      resourceType: 'Basic',
      meta: { profile: ['http://example.org/strict'] },
      code: { text: 'refused' },
    })
    await edge.send('POST', '/Basic', { resourceType: 'Basic', code: { text: 'after' } })
    const status = await edge.sync()
    assert.equal(status.aside.length, 1)
    assert.equal(status.aside[0]?.status, 422)
    assert.match(status.aside[0]?.issues[0]?.diagnostics ?? '', /author/)
    assert.equal(await total('Basic?code:text=fine'), 1)
    assert.equal(await total('Basic?code:text=after'), 1)
    await hub().send('DELETE', '/StructureDefinition/strict')
    await edge.context.store.notes.write(retryName(prefixOf(hub().base)), '*')
    const mended = await edge.sync()
    assert.equal(mended.aside.length, 0)
    assert.equal(await total('Basic?code:text=refused'), 1)
  })
})
