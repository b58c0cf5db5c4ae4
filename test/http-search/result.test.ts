// How much of a result comes back, in which order, how whole, with what beside it, and what is said of it.
// https://hl7.org/fhir/R4/search.html#return
import assert from 'node:assert/strict'
import { onBothStores } from '../support/server.ts'
import { ask, fill, idsOfAll, readSearchset } from './ask.ts'
import { OBSERVATIONS, PATIENTS } from './records.ts'

const STRICT = { prefer: 'handling=strict' }

onBothStores('a search result', (server) => {
  before(() => fill(server()))
  const get = (query: string, headers?: Record<string, string>) => ask(server(), query, headers)
  const all = (query: string) => idsOfAll(server(), query)

  describe('comes in the order of _sort', () => {
    const orders: readonly (readonly [sort: string, ids: readonly string[]])[] = [
      // A year sorts as its first day, either way; who has no value comes last, either way.
      [
        'Patient?_sort=birthdate,_id',
        ['p-fyodor', 'p-aliya', 'p-jose', 'p-kim', 'p-lim', 'p-empty'],
      ],
      [
        'Patient?_sort=-birthdate,-_id',
        ['p-lim', 'p-kim', 'p-jose', 'p-aliya', 'p-fyodor', 'p-empty'],
      ],
      ['Patient?_sort=family', ['p-kim', 'p-jose', 'p-fyodor', 'p-aliya', 'p-lim', 'p-empty']],
      ['Patient?_sort=_id', [...PATIENTS].sort()],
      ['Patient?_sort=-_id', [...PATIENTS].sort().reverse()],
      [
        'Patient?_sort=gender,-birthdate,_id',
        ['p-kim', 'p-aliya', 'p-lim', 'p-fyodor', 'p-jose', 'p-empty'],
      ],
      ['Patient?_sort=-gender,birthdate&active=true', ['p-lim', 'p-kim']],
      ['ChargeItem?_sort=factor-override', ['f-99.4', 'f-100', 'f-100.4', 'f-100.5']],
      ['ChargeItem?_sort=-factor-override', ['f-100.5', 'f-100.4', 'f-100', 'f-99.4']],
      [
        'Observation?_sort=-value-quantity&value-quantity:missing=false&status:not=preliminary',
        ['o-glucose-high', 'o-glucose-mass', 'o-glucose-si'],
      ],
      [
        'Observation?_sort=date&date:missing=false&status=final',
        ['o-bp-low', 'o-bp', 'o-glucose-si', 'o-virus', 'o-glucose-high'],
      ],
      ['ValueSet?_sort=-url', ['v-urn', 'v-ab', 'v-a-b', 'v-a']],
      ['MedicationRequest?_sort=-authoredon', ['mr-metformin', 'mr-aspirin']],
      ['MedicationRequest?_sort=authoredon', ['mr-metformin', 'mr-aspirin']],
    ]
    for (const [query, ids] of orders) {
      it(query, async () => {
        const before = (await get(query, STRICT)).ids
        if (query.startsWith('Observation?_sort=date')) {
          // Two of them begin at the same instant: either may come first.
          assert.deepEqual(
            before.filter((id) => id !== 'o-glucose-si'),
            ids.filter((id) => id !== 'o-glucose-si'),
          )
          assert.ok([1, 2].includes(before.indexOf('o-glucose-si')))
        } else assert.deepEqual(before, ids)
      })
      it(`${query}, one a page`, async () => {
        const whole = (await get(query)).ids
        assert.deepEqual(await all(`${query}&_count=1`), whole)
      })
    }

    it('by time of the last change', async () => {
      const before = await all('Group?_sort=-_lastUpdated')
      const { status } = await server().send('PUT', '/Group/g-new', {
        resourceType: 'Group',
        id: 'g-new',
        type: 'person',
        actual: true,
      })
      assert.equal(status, 201)
      assert.deepEqual(await all('Group?_sort=-_lastUpdated'), ['g-new', ...before])
      assert.deepEqual(await all('Group?_sort=_lastUpdated'), [...before, 'g-new'])
      await server().send('DELETE', '/Group/g-new')
    })
  })

  describe('has as many matches as _count says', () => {
    it('with links to go on, and none on the last page', async () => {
      const first = await get('Observation?_count=4')
      assert.equal(first.ids.length, 4)
      const second = await get(first.next!)
      const third = await get(second.next!)
      assert.equal(third.next, undefined)
      assert.deepEqual([...first.ids, ...second.ids, ...third.ids].sort(), [...OBSERVATIONS].sort())
      assert.ok(second.body.link.some((l: any) => l.relation === 'first'))
    })
    it('and no next page when they fit exactly', async () => {
      const exact = await get(`Observation?_count=${OBSERVATIONS.length}`)
      assert.equal(exact.ids.length, OBSERVATIONS.length)
      assert.equal(exact.next, undefined)
    })
    it('none for 0, and for _summary=count, but the total', async () => {
      for (const query of [
        'Observation?_count=0&status=final',
        'Observation?_summary=count&status=final',
      ]) {
        const { body, next } = await get(query)
        assert.equal(body.total, 7)
        assert.equal(body.entry, undefined)
        assert.equal(next, undefined)
      }
    })
    it('at most what the server gives, which the self link says', async () => {
      const { self } = await get('Observation?_count=100000')
      assert.match(self, /_count=1000$/)
    })
  })

  it('has an exact total for _total=accurate, on each page', async () => {
    const first = await get('Observation?_count=2&_total=accurate&status=final')
    assert.equal(first.body.total, 7)
    assert.equal((await get(first.next!)).body.total, 7)
    assert.equal((await get('Patient?_total=accurate&name=nobody')).body.total, 0)
  })

  it('without _total has none, or the right one', async () => {
    for (const query of [
      'Observation?_count=2',
      'Observation?_count=2&_total=none',
      'Observation?_count=2&_total=estimate',
    ])
      assert.ok([undefined, OBSERVATIONS.length].includes((await get(query)).body.total), query)
  })

  describe('has of each resource what _summary asks for', () => {
    const kim = async (query: string): Promise<any> =>
      (await get(`Patient?_id=p-kim&${query}`)).matches[0]
    const subsetted = (resource: any): boolean =>
      resource.meta.tag.some((t: any) => t.code === 'SUBSETTED')

    it('true: the elements marked as summary', async () => {
      const it = await kim('_summary=true')
      assert.deepEqual(Object.keys(it).sort(), [
        'active',
        'address',
        'birthDate',
        'gender',
        'id',
        'identifier',
        'managingOrganization',
        'meta',
        'name',
        'resourceType',
        'telecom',
      ])
      assert.ok(subsetted(it))
      assert.equal(it.meta.tag.length, 2)
    })
    it('text: the narrative and what is mandatory', async () => {
      const it = await kim('_summary=text')
      assert.deepEqual(Object.keys(it).sort(), ['id', 'meta', 'resourceType', 'text'])
      assert.ok(subsetted(it))
      const [encounter] = (await get('Encounter?_id=e-visit&_summary=text')).matches
      assert.deepEqual(Object.keys(encounter).sort(), [
        'class',
        'id',
        'meta',
        'resourceType',
        'status',
      ])
    })
    it('data: all but the narrative', async () => {
      const it = await kim('_summary=data')
      const whole = await kim('_summary=false')
      assert.ok(subsetted(it) && !subsetted(whole))
      assert.ok('text' in whole)
      const { text, meta, ...others } = whole
      const { meta: _, ...those } = it
      assert.deepEqual(those, others)
    })
    it('and _elements: those and what is mandatory', async () => {
      const it = await kim('_elements=name,birthDate')
      assert.deepEqual(Object.keys(it).sort(), ['birthDate', 'id', 'meta', 'name', 'resourceType'])
      assert.ok(subsetted(it))
      const [observation] = (await get('Observation?_id=o-bp&_elements=subject')).matches
      assert.deepEqual(Object.keys(observation).sort(), [
        'code',
        'id',
        'meta',
        'resourceType',
        'status',
        'subject',
      ])
    })
    it('and nothing changes what is stored', async () => {
      const { body } = await server().send('GET', '/Patient/p-kim')
      assert.deepEqual(body.meta.tag, [{ system: 'urn:x:tag', code: 'HTEST' }])
    })
  })

  describe('brings what belongs to it', () => {
    const includes: readonly (readonly [query: string, included: readonly string[]])[] = [
      ['Observation?_id=o-bp&_include=Observation:subject', ['Patient/p-kim']],
      ['Observation?_id=o-bp&_include=Observation:patient', ['Patient/p-kim']],
      [
        'Observation?_id=o-bp,o-virus&_include=Observation:subject',
        ['Group/g-crew', 'Patient/p-kim'],
      ],
      ['Observation?_id=o-bp,o-virus&_include=Observation:subject:Group', ['Group/g-crew']],
      ['Observation?_id=o-bp,o-virus&_include=Observation:patient', ['Patient/p-kim']],
      ['Observation?patient=p-kim&_include=Observation:subject', ['Patient/p-kim']],
      [
        'Observation?_id=o-bp&_include=*',
        ['Encounter/e-visit', 'Patient/p-kim', 'Practitioner/dr-lee'],
      ],
      [
        'Observation?_id=o-bp&_include=Observation:*',
        ['Encounter/e-visit', 'Patient/p-kim', 'Practitioner/dr-lee'],
      ],
      [
        'Observation?_id=o-bp&_include=Observation:encounter&_include=Observation:performer',
        ['Encounter/e-visit', 'Practitioner/dr-lee'],
      ],
      [
        'DiagnosticReport?_include=DiagnosticReport:result',
        ['Observation/o-bp', 'Observation/o-glucose-mass'],
      ],
      // What is included brings nothing by itself.
      ['Observation?_id=o-virus&_include=Observation:derived-from', ['Observation/o-glucose-si']],
      // What is a match already isn't included again, what isn't here is left out.
      ['Observation?_id=o-virus,o-glucose-si&_include=Observation:derived-from', []],
      ['Observation?_id=o-unitless,o-text&_include=Observation:subject', []],
      ['ChargeItem?_include=ChargeItem:subject', ['Patient/p-empty']],
      ['MedicationRequest?_include=MedicationRequest:medication', ['Medication/m-metformin']],
      [
        'Patient?_id=p-kim&_revinclude=Observation:patient',
        ['Observation/o-bp', 'Observation/o-glucose-mass'],
      ],
      ['Patient?_id=p-jose&_revinclude=Group:member', ['Group/g-crew']],
      [
        'Patient?_id=p-kim&_revinclude=Observation:subject&_revinclude=Encounter:patient',
        ['Encounter/e-visit', 'Observation/o-bp', 'Observation/o-glucose-mass'],
      ],
      [
        'Encounter?_id=e-visit&_revinclude=DiagnosticReport:encounter&_include=Encounter:service-provider',
        ['DiagnosticReport/d-checkup', 'Organization/busan'],
      ],
      ['Observation?_id=o-bp&_revinclude=DiagnosticReport:result', ['DiagnosticReport/d-checkup']],
    ]
    for (const [query, included] of includes)
      it(`${query} + ${included.join(', ') || 'nothing'}`, async () => {
        const found = await get(query, STRICT)
        assert.deepEqual(found.included, included)
      })

    it('beside the page, not within its count or total', async () => {
      const query =
        'Observation?patient=p-kim&_sort=_id&_count=1&_total=accurate&_include=Observation:subject'
      const first = await get(query)
      assert.deepEqual(
        [first.ids, first.included, first.body.total],
        [['o-bp'], ['Patient/p-kim'], 2],
      )
      const second = await get(first.next!)
      assert.deepEqual(
        [second.ids, second.included, second.body.total],
        [['o-glucose-mass'], ['Patient/p-kim'], 2],
      )
    })

    it('in the form that is asked for', async () => {
      const { body } = await get(
        'Observation?_id=o-bp&_include=Observation:subject&_elements=subject',
      )
      const patient = body.entry[1].resource
      assert.deepEqual(Object.keys(patient).sort(), ['id', 'meta', 'resourceType'])
    })
  })

  describe('is the same by POST', () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const post = async (path: string, body: string) =>
      readSearchset(server(), await server().send('POST', path, body, form))

    it('with a form', async () => {
      const found = await post('/Patient/_search', 'name=' + encodeURIComponent('Núñez'))
      assert.deepEqual(found.ids, ['p-jose'])
      assert.equal(found.self, `${server().base}/Patient?name=${encodeURIComponent('Núñez')}`)
    })
    it('with a form and a query together', async () => {
      const found = await post(
        '/Observation/_search?status=final&_count=1',
        'code=2339-0&_sort=_id',
      )
      assert.deepEqual(found.ids, ['o-glucose-high'])
      assert.deepEqual((await get(found.next!)).ids, ['o-glucose-si'])
    })
    it('with an empty body', async () => {
      const { status, body } = await server().send('POST', '/Organization/_search', '', form)
      assert.equal(status, 200)
      assert.equal(body.entry.length, 2)
    })
    it('in the system and in a compartment', async () => {
      assert.deepEqual((await post('/_search', '_type=Group&_id=g-crew')).ids, ['g-crew'])
      const found = await post('/Patient/p-kim/Observation/_search', 'code=2339-0')
      assert.deepEqual(found.ids, ['o-glucose-mass'])
    })
  })

  describe('says what was used', () => {
    const selfs: readonly (readonly [query: string, self: string])[] = [
      ['Patient?gender=female', '/Patient?gender=female'],
      ['Patient?gender=female&nmae=x', '/Patient?gender=female'],
      ['Patient?nmae=x', '/Patient'],
      [
        'Patient?_count=5&_sort=-birthdate,_id&name:exact=x',
        '/Patient?_count=5&_sort=-birthdate,_id&name:exact=x',
      ],
      [
        'Observation?code=http://loinc.org|2339-0,85354-9&date=ge2026',
        '/Observation?code=http://loinc.org%7C2339-0,85354-9&date=ge2026',
      ],
      [
        'Observation?combo-code-value-quantity=8480-6$gt100',
        '/Observation?combo-code-value-quantity=8480-6$gt100',
      ],
      [
        'Observation?date=2026-03-01T09:00:00%2B09:00',
        '/Observation?date=2026-03-01T09:00:00%2B09:00',
      ],
      ['Patient?identifier=a%26b%3Dc', '/Patient?identifier=a%26b%3Dc'],
      ['?_type=Group', '?_type=Group'],
      ['Patient/p-kim/Observation?status=final', '/Patient/p-kim/Observation?status=final'],
    ]
    for (const [query, self] of selfs)
      it(`${query} → ${self}`, async () => {
        const found = await get(query)
        assert.equal(found.self, server().base + self)
        // The link leads to the same result.
        assert.deepEqual((await get(found.self)).ids, found.ids)
      })
  })

  describe('when a parameter is not known', () => {
    it('warns, and searches without it', async () => {
      const found = await get('Patient?gender=female&nmae=x&_elements=nmae')
      assert.deepEqual([...found.ids].sort(), ['p-aliya', 'p-kim'])
      const [outcome] = found.outcomes
      assert.equal(outcome.resourceType, 'OperationOutcome')
      assert.deepEqual(
        outcome.issue.map((i: any) => i.severity),
        ['warning', 'warning'],
      )
      assert.match(outcome.issue[0].diagnostics, /nmae.*did you mean name/)
      assert.deepEqual(server().context.validator.validate(outcome), [])
      assert.equal(found.body.entry.at(-1).search.mode, 'outcome')
    })
    it('refuses it when asked to be strict', async () => {
      const { status, body } = await server().send(
        'GET',
        '/Patient?gender=female&nmae=x',
        undefined,
        STRICT,
      )
      assert.equal(status, 400)
      assert.match(body.issue[0].diagnostics, /nmae.*did you mean name/)
    })
    it('leaves it out of all pages', async () => {
      const first = await get('Observation?nmae=x&_count=4')
      assert.ok(!first.next!.includes('nmae'))
    })
  })

  describe('is refused with 400, naming the parameter', () => {
    const wrong: readonly (readonly [query: string, place: string, says: RegExp])[] = [
      ['Patient?birthdate=yesterday', 'Patient?birthdate', /yesterday/],
      ['Patient?birthdate=2026-02-30', 'Patient?birthdate', /2026-02-30/],
      ['Patient?birthdate=xx2026', 'Patient?birthdate', /xx2026/],
      ['Patient?birthdate:exact=2026', 'Patient?birthdate:exact', /exact/],
      ['Patient?name:below=x', 'Patient?name:below', /below/],
      ['Patient?gender=a|b|c', 'Patient?gender', /system\|code/],
      ['Patient?gender=|', 'Patient?gender', /system\|code/],
      ['Patient?gender=female,', 'Patient?gender', /empty/],
      ['Patient?gender:missing=maybe', 'Patient?gender:missing', /true or false/],
      ['Patient?identifier:of-type=NI|1', 'Patient?identifier:of-type', /system\|code\|value/],
      ['Patient?general-practitioner=a b', 'Patient?general-practitioner', /reference/],
      ['Patient?_id=a_b', 'Patient?_id', /id/],
      ['Patient?_lastUpdated=soon', 'Patient?_lastUpdated', /soon/],
      ['ChargeItem?factor-override=many', 'ChargeItem?factor-override', /many/],
      ['Observation?value-quantity=5|mg', 'Observation?value-quantity', /quantity/],
      ['Observation?value-quantity=five', 'Observation?value-quantity', /five/],
      ['Observation?code-value-quantity=2339-0', 'Observation?code-value-quantity', /joined by \$/],
      ['Observation?code-value-quantity=2339-0$x', 'Observation?code-value-quantity', /x/],
      ['Observation?subject:Pacient=x', 'Observation?subject:Pacient', /Pacient/],
      ['Observation?subject:Patient=Group/x', 'Observation?subject:Patient', /Patient/],
      ['Observation?_sort=nmae', 'Observation?_sort', /nmae/],
      ['Observation?_sort=code-value-quantity', 'Observation?_sort', /composite/],
      ['Observation?_count=-1', 'Observation?_count', /-1/],
      ['Observation?_count=ten', 'Observation?_count', /ten/],
      ['Observation?_count=1&_count=2', 'Observation?_count', /once/],
      ['Observation?_total=all', 'Observation?_total', /accurate/],
      ['Observation?_summary=some', 'Observation?_summary', /data/],
      ['Observation?_include=Observation:nmae', 'Observation?_include', /nmae/],
      ['Observation?_include=Patient:link', 'Observation?_include', /Observation/],
      ['Observation?_revinclude=Nobody:x', 'Observation?_revinclude', /Nobody/],
      ['?_type=Pacient', '?_type', /Patient/],
      ['Observation?_count=2&_cursor=nonsense', '', /./],
    ]
    for (const [query, place, says] of wrong)
      it(query, async () => {
        const path = query.startsWith('?') ? query : `/${query}`
        const { status, body } = await server().send('GET', path)
        assert.equal(status, 400, JSON.stringify(body))
        assert.equal(body.resourceType, 'OperationOutcome')
        const [issue] = body.issue
        assert.match(issue.diagnostics, says)
        if (place !== '') assert.deepEqual(issue.expression, [place])
      })
  })

  it('is XML when asked for', async () => {
    const { status, text, headers } = await server().send(
      'GET',
      '/Patient?_id=p-kim&nmae=1&_format=xml',
    )
    assert.equal(status, 200)
    assert.match(headers.get('content-type')!, /^application\/fhir\+xml/)
    assert.match(text, /<family value="김"\/>/)
    assert.match(text, /<mode value="outcome"\/>/)
    assert.match(text, /<url value="[^"]*\/Patient\?_id=p-kim&amp;_format=xml"\/>/)
  })
})
